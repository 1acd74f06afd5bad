"""Witnesses whose clocks are an hour off are heard all the same; stuck ones are not."""

from datetime import timedelta

from gridops.events import Event, FaultFlagChanged
from gridops.ids import SwitchId
from gridops.incident import Incident
from gridops.measurement import Reading
from gridops.outage import Role, Verdict
from tests.playbook import Playbook
from tests.playbook_words import Tripped


class Flags:
    """The indicator flags now, by a clock that is `off_s` ahead."""

    def __init__(self, switch: str, *, off_s: float) -> None:
        self.switch, self.off_s = SwitchId(switch), off_s

    def events(self, play: Playbook) -> list[Event]:
        return [
            FaultFlagChanged(
                at=play.now,
                source_time=play.now + timedelta(seconds=self.off_s),
                switch=self.switch,
                reading=Reading.YES,
            )
        ]


def located(play: Playbook) -> Incident:
    play.forget_after(30)
    return play.incident()


def role_of(incident: Incident, device: str) -> tuple[Role, str]:
    assert incident.location is not None
    found = next(e for e in incident.location.evidence if e.device == device)
    return found.role, found.why.code


def settled() -> Playbook:
    """The link has been whole for ten minutes."""
    play = Playbook()
    play.forget_after(600)
    return play


def test_flags_an_hour_slow_count_for_the_fault_of_now() -> None:
    play = settled()
    play >> Flags("s1", off_s=-3600) >> Flags("s2", off_s=-3600) >> Tripped("b1")
    incident = located(play)
    assert incident.location is not None
    assert incident.location.verdict is Verdict.LOCATED
    assert incident.location.suspects[0].section == "SC"
    assert role_of(incident, "s1") == (Role.SUPPORTS, "saw-fault-current")


def test_flags_an_hour_fast_count_as_well() -> None:
    play = settled()
    play >> Flags("s1", off_s=3600) >> Flags("s2", off_s=3600) >> Tripped("b1")
    assert role_of(located(play), "s2") == (Role.SUPPORTS, "saw-fault-current")


def test_a_flag_that_was_stuck_before_and_is_read_again_stays_old() -> None:
    play = settled()
    play >> Flags("s3", off_s=0)
    play.forget_after(600)
    play >> Flags("s1", off_s=0) >> Flags("s3", off_s=-600) >> Tripped("b1")
    assert role_of(located(play), "s3") == (Role.IGNORED, "indicator-stale")


def test_a_slow_flag_that_comes_twice_is_no_older_for_it() -> None:
    play = settled()
    play >> Flags("s1", off_s=-3600) >> Flags("s1", off_s=-3600) >> Tripped("b1")
    assert role_of(located(play), "s1") == (Role.SUPPORTS, "saw-fault-current")
