"""A pandapower net asked what the shipped grid is asked."""

import pytest

from gridops import from_pandapower, open_grid
from gridops.errors import GridUnreadable

pytestmark = pytest.mark.filterwarnings(  # raised by pandapower about its own file
    "ignore:tap_dependency_table:DeprecationWarning"
)
networks = pytest.importorskip("pandapower.networks")


def test_the_net_answers_as_the_grid_made_from_it() -> None:
    ours = open_grid("oberrhein").what_if(faults=["L20"])
    theirs = from_pandapower(networks.mv_oberrhein(scenario="load")).what_if(faults=["L20"])
    assert theirs.answer.plan == ours.answer.plan
    assert theirs.answer.fingerprint == ours.answer.fingerprint


def test_what_cannot_be_expressed_is_named() -> None:
    with pytest.raises(GridUnreadable, match="trafo3w"):
        from_pandapower(networks.example_multivoltage())
