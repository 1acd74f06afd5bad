"""The collector is out of the way while a grid is built, and never looks at it again."""

import gc
from collections.abc import Iterator

import pytest

from gridops.adapters.collector import (
    collector_paused,
    collector_spares_what_is_there,
)


@pytest.fixture(autouse=True)
def nothing_is_spared_yet() -> Iterator[None]:
    """As when a service starts; the tests are spared otherwise."""
    gc.unfreeze()
    yield
    gc.freeze()


def test_it_is_on_again_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), collector_paused():
        1 / gc.isenabled()
    assert gc.isenabled()


def test_it_stays_off_where_it_was_off() -> None:
    with collector_paused():
        with collector_paused():
            pass
        assert not gc.isenabled()


def test_what_was_made_meanwhile_is_old() -> None:
    with collector_paused():
        made = [object()]
        assert any(each is made for each in gc.get_objects(generation=0))
    assert any(each is made for each in gc.get_objects(generation=2))
    assert gc.get_freeze_count() == 0


def test_what_others_spare_stays_spared() -> None:
    spared = [object()]
    with collector_spares_what_is_there():
        with collector_paused():
            pass
        # Not by the count of spared objects: other threads of the process drop some meanwhile.
        assert not any(each is spared for each in gc.get_objects())


def test_what_is_there_is_not_looked_at_and_what_comes_later_is() -> None:
    class Ring:
        def __init__(self) -> None:
            self.itself = self

    old = [Ring()]
    with collector_spares_what_is_there():
        assert not any(each is old for each in gc.get_objects())
        new = [Ring()]
        assert any(each is new for each in gc.get_objects())
    assert any(each is old for each in gc.get_objects())
