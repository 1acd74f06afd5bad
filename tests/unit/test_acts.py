"""The keys under which people act: the newest are known, each by whom it was used."""

from datetime import UTC, datetime, timedelta

import pytest

from gridops.control_room.acts import ACTS_MAX, Acts, Under
from gridops.errors import AlreadyDone, KeyReused
from gridops.events import MetersReported, PersonEntitled, TagRemoved
from gridops.events.codec import from_plain, to_plain
from gridops.events.people import Role
from gridops.ids import LoadId, SwitchId, TagId, UserName
from gridops.measurement import Reading

NIGHT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
LAN, MINH = UserName("lan"), UserName("minh")


def removed(key: str = "", asked: str = "", *, by: UserName = LAN, k: int = 0) -> TagRemoved:
    at = NIGHT + timedelta(seconds=k)
    bare = TagRemoved(at=at, by=by, tag=TagId("t"), switch=SwitchId("s1"))
    return Under(key, asked).put_on(bare)


def test_the_newest_keys_are_known() -> None:
    acts = Acts()
    for k in range(ACTS_MAX + 5):
        acts.keep(removed(f"k{k}", "a", k=k))
    assert len(acts.done[LAN]) == ACTS_MAX
    acts.refuse(LAN, Under("k4", "a"))
    with pytest.raises(AlreadyDone, match=r"TagRemoved .*02:00:05"):
        acts.refuse(LAN, Under("k5", "a"))


def test_nobodys_keys_are_pushed_out_by_somebody_elses() -> None:
    acts = Acts()
    acts.keep(removed("k", "a"))
    for k in range(ACTS_MAX + 1):
        acts.keep(removed(f"k{k}", "a", by=MINH))
    with pytest.raises(AlreadyDone):
        acts.refuse(LAN, Under("k", "a"))


def test_who_is_made_again_under_a_name_has_none_of_the_former_keys() -> None:
    acts = Acts()
    acts.keep(removed("k", "a"))
    acts.keep(PersonEntitled(at=NIGHT, user=LAN, role=Role.VIEWER))
    with pytest.raises(AlreadyDone):
        acts.refuse(LAN, Under("k", "a"))
    acts.keep(PersonEntitled(at=NIGHT, user=LAN, role=None))
    acts.refuse(LAN, Under("k", "a"))


def test_a_key_is_for_one_act_of_one_person() -> None:
    acts = Acts()
    acts.keep(removed("k", "a"))
    with pytest.raises(KeyReused):
        acts.refuse_repeated([removed("k", "b")])
    with pytest.raises(AlreadyDone):
        acts.refuse_repeated([removed(), removed("k", "a")])
    acts.refuse_repeated([removed("k", "a", by=MINH), removed()])


def test_without_a_key_nothing_is_kept_or_written() -> None:
    acts = Acts()
    acts.keep(removed())
    assert not acts.done
    assert not {"key", "asked"} & set(to_plain(removed())[1])


def test_the_journal_brings_the_key_back() -> None:
    kind, body = to_plain(removed("k", "a"))
    assert from_plain(kind, body) == removed("k", "a")


def test_reports_of_meters_carry_no_key() -> None:
    said = MetersReported(at=NIGHT, source_time=NIGHT, load=LoadId("LB"), has_voltage=Reading.NO)
    assert Under("k", "a").put_on(said) is said
