"""A storm of messages: what is kept of them does not grow with them."""

import random
from collections.abc import Iterator
from datetime import timedelta

from gridops.events import Event
from gridops.incident.hearing import TRIALS_MAX
from gridops.incident.tally import SEEN_MAX
from gridops.measurement import Part, Reading
from gridops.sheets.sheet import NOTES_MAX
from tests.playbook import SETTINGS, Fact, Playbook
from tests.playbook_reports import (
    Answers,
    Calls,
    EarthFault,
    FaultCurrent,
    Gasps,
    LostVoltage,
    PartFlagged,
    Patrolled,
    Tried,
    silent,
)
from tests.playbook_words import Flagged, PickedUp, Tripped

GRID = """
S1 [b1] A [s1] B [r1] C [s2] D (t1) E [s3] F [b2] S2
B [f1] G [s4] H
S3 [b3] J [s5] K [f2] L
"""
LOADS, SWITCHES = "ABCDEFGHJKL", ("b1", "s1", "r1", "s2", "t1", "s3", "b2", "s4", "b3", "s5")
EVENTS = 100_000


def words(chance: random.Random) -> Iterator[Fact]:
    """Anything that field and people can say, but for what moves a switch."""
    while True:
        load, switch = chance.choice(LOADS), chance.choice(SWITCHES)
        yield from (
            Gasps(load, chance.randint(1, 120), -chance.random() * 90),
            Answers(load, chance.randint(1, 120), -chance.random() * 90),
            Calls(load, chance.randint(1, 9)),
            Flagged(switch, chance.choice([Reading.YES, Reading.NO])),
            PartFlagged(switch, chance.choice(list(Part)[1:]), -chance.random() * 9),
            LostVoltage(switch, chance.choice(list(Part))),
            FaultCurrent(switch, chance.random() * 5e3),
            EarthFault("b2", chance.choice([Reading.YES, Reading.NO])),
            PickedUp("b3"),
            Patrolled(chance.choice(["SB", "C-s2", "B", "nowhere"])),
            Tried(chance.choice(["s1", "r1", "t1"]), held=chance.random() < 0.5),
        )


def size(play: Playbook) -> int:
    """Everything that is kept of what was heard, counted one by one."""
    desk, total = play.desk, 0
    for incident in desk.open_incidents.values():
        heard = incident.heard
        total += sum(
            len(kept)
            for kept in (
                heard.flags,
                heard.part_flags,
                heard.voltage_losses,
                heard.fault_currents_a,
                heard.calls,
                heard.patrolled,
                heard.trials,
                incident.trying,
            )
        )
        total += sum(1 + len(tally.seen) for tally in heard.meters.values())
    reports = desk._reports
    total += sum(1 + len(t.seen) for t in reports.meters.values()) + len(reports.calls)
    return total + len(reports._back_at) + len(desk._register.recent)


def bound(play: Playbook) -> int:
    switches, loads = len(play.network.switches), len(play.network.loads)
    per_incident = switches * (2 + 2 * len(Part)) + loads * (2 + SEEN_MAX) + TRIALS_MAX + 60
    common = loads * (2 + SEEN_MAX) + len(play.network.sections) + switches * (1 + 2 * len(Part))
    return per_incident * len(play.desk.open_incidents) + common


def test_the_second_half_of_a_hundred_thousand_messages_leaves_nothing_more_behind() -> None:
    play = Playbook.on(silent(GRID, "f1", "f2"), SETTINGS)
    play >> Flagged("s1") >> Tripped("b1")
    play.forget_after(11)
    storm = words(random.Random(11))
    sizes = []
    for count in range(EVENTS):
        play.now += timedelta(milliseconds=1)
        for event in next(storm).events(play):
            _hear(play, event)
        if count % 10_000 == 9_999:
            play.forget_after(1)
            sizes.append(size(play))
            play.facts.clear()
            play.said.clear()
    assert max(sizes) <= bound(play)
    assert max(sizes[5:]) <= 1.05 * max(sizes[:5])
    assert len(play.desk.incidents) <= 6
    assert all(len(i.timeline) <= NOTES_MAX for i in play.desk.incidents.values())


def _hear(play: Playbook, event: Event) -> None:
    play.feed(event)
    play.forget()
