"""The view that is made from changes equals the whole view, after whatever came."""

from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

from api_setting import SETTINGS, ring
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.adapters.journal import open_journal
from gridops.api.changing_view import ChangingView
from gridops.api.live_view import live_view
from gridops.bootstrap.wiring import engines_of
from gridops.control_room import ControlRoom, Installation
from gridops.events import (
    CommandConfirmed,
    CommandIssued,
    CommandTimedOut,
    CurrentMeasured,
    Event,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LocalControlChanged,
    LockoutChanged,
    ModeChanged,
    ProtectionPickedUp,
    SwitchMoved,
    TagPlaced,
    TagRemoved,
    TimerExpired,
    VoltageMeasured,
)
from gridops.events.operator import Mode, TagKind
from gridops.ids import (
    CommandId,
    FeederId,
    IncidentId,
    LinkId,
    PlanId,
    SwitchId,
    TagId,
    UserName,
)  # fmt: skip
from gridops.measurement import Position, Quality, Reading

NIGHT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
LAN = UserName("lan")
NETWORK = ring()
SWITCH = st.sampled_from(list(NETWORK.switches))
LINK = st.sampled_from(list(NETWORK.links))
YES_NO = st.sampled_from([Reading.YES, Reading.NO])
COMMAND = st.sampled_from([CommandId("I1/P1/S1"), CommandId("I1/P1/S2")])


TAG = st.sampled_from([TagId("x"), TagId("y"), TagId("z")])


def facts(k: int) -> st.SearchStrategy[Event]:
    """Of what the view shows. The switch that a removal names need not be where the tag hangs."""
    at = st.just(NIGHT + timedelta(seconds=2 * k))
    device: dict[str, st.SearchStrategy[object]] = {"at": at, "source_time": at}
    of_switch = {**device, "switch": SWITCH}
    person = {"at": at, "by": st.just(LAN)}
    quality = st.sampled_from(list(Quality))
    moves = st.builds(
        SwitchMoved, **of_switch, position=st.sampled_from(list(Position)), quality=quality
    )
    b1 = {**device, "switch": st.just(SwitchId("b1")), "reading": YES_NO}
    return st.one_of(
        moves,
        moves,
        st.builds(CurrentMeasured, **of_switch, current_a=st.floats(0, 99)),
        st.builds(
            VoltageMeasured,
            **device,
            node=st.sampled_from(list(NETWORK.nodes)),
            voltage_v=st.sampled_from([0.0, 12_700.0, 22_000.0]),
            quality=quality,
        ),
        st.builds(LinkLost, at=at, link=LINK, why=st.just("cut")),
        st.builds(LinkRestored, at=at, link=LINK, epoch=st.just(k + 2), gap_since=st.none()),
        st.builds(
            TagPlaced, **person, tag=TAG, switch=SWITCH, kind=st.sampled_from(list(TagKind)),
            reason=st.just("work"),
        ),
        st.builds(TagRemoved, **person, tag=TAG, switch=SWITCH),
        st.builds(
            ModeChanged, **person, feeder=st.just(FeederId("Fb1")),
            mode=st.sampled_from(list(Mode)),
        ),
        st.builds(
            CommandIssued, at=at, command=COMMAND, incident=st.just(IncidentId("I1")),
            plan=st.just(PlanId("I1/P1")), step=st.just(1), switch=SWITCH,
            position=st.just(Position.OPEN), deadline=at,
        ),
        st.builds(CommandTimedOut, at=at, command=COMMAND, why=st.just("no read-back")),
        st.builds(CommandConfirmed, at=at, command=COMMAND),
        st.builds(FaultFlagChanged, **of_switch, reading=YES_NO),
        st.builds(LocalControlChanged, **of_switch, reading=YES_NO),
        st.builds(ProtectionPickedUp, **b1),
        st.builds(LockoutChanged, **b1),
    )  # fmt: skip


@st.composite
def nights(draw: st.DrawFn) -> list[list[Event]]:
    """Some facts for each view."""
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=6))
    return [[draw(facts(4 * k + n)) for n in range(length)] for k, length in enumerate(lengths)]


@settings(max_examples=12, deadline=None)
@given(nights())
def test_the_view_from_changes_is_the_whole_view(night: list[list[Event]]) -> None:
    with TemporaryDirectory() as name:
        journal = open_journal(f"sqlite:///{name}/j.sqlite")
        installation = Installation(
            network=NETWORK, grid_fingerprint="f", engines=engines_of(NETWORK), settings=SETTINGS
        )
        room = ControlRoom(installation, journal)
        changing = ChangingView(room)
        room.start(NIGHT)
        for link in NETWORK.links:
            room.accept([LinkRestored(at=NIGHT, link=LinkId(link), epoch=1, gap_since=None)])
        for events in night:
            room.accept(events)
            now = events[-1].at
            due = [TimerExpired(at=now, timer=one.timer) for one in room.timers.expired(now)]
            if due:
                room.accept(due)
            assert changing.view(now=now, links=()) == live_view(room, now=now, links=())
        journal.close()
