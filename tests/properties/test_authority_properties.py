"""What holds of modes, load shedding and latches, whatever people and field do."""

from collections.abc import Sequence
from datetime import timedelta

from drawn_nights import GRID, Answer, nights
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.events import AutomationEnabled, LoadShedChanged, ModeChanged
from gridops.events.codec import from_plain, to_plain
from gridops.events.operator import Mode
from gridops.ids import FeederId, SwitchId
from gridops.incident import Automation, BlockerKind, Desk, automation_of
from gridops.measurement import Quality, Reading
from gridops.state.modes import Modes
from tests.playbook import NIGHT, SETTINGS, Fact, Playbook, Wait
from tests.playbook_words import LAN, Done, Put

FEEDERS = (FeederId("Fb1"), FeederId("Fb2"))
LADDER = ["disabled", "restore_only", "advisory", "automatic"]

Word = ModeChanged | LoadShedChanged | AutomationEnabled


@st.composite
def words(draw: st.DrawFn) -> list[Word]:
    """What people set and inputs say, in the order of time."""
    switch = st.sampled_from([SwitchId("b1"), SwitchId("b2")])
    feeder = st.sampled_from([None, *FEEDERS])
    found: list[Word] = []
    for second in range(draw(st.integers(0, 25))):
        at = NIGHT + timedelta(seconds=second)
        kind = draw(st.integers(0, 2))
        if kind == 0:
            mode = draw(st.sampled_from(list(Mode)))
            found.append(ModeChanged(at=at, by=LAN, feeder=draw(feeder), mode=mode))
        elif kind == 1:
            said = draw(st.sampled_from(list(Reading)))
            quality = draw(st.sampled_from([Quality.GOOD, *Quality]))
            found.append(
                LoadShedChanged(
                    at=at, source_time=at, switch=draw(switch), reading=said, quality=quality
                )
            )
        else:
            enabled = draw(st.sampled_from(FEEDERS))
            found.append(AutomationEnabled(at=at, by=LAN, feeder=enabled, reason="seen"))
    return found


def told(said: Sequence[Word]) -> Modes:
    modes = Modes()
    for word in said:
        modes.apply(word)
    return modes


def last_set(said: Sequence[Word], feeder: FeederId | None) -> Mode | None:
    """By looking back from the end, with nothing that `Modes` uses."""
    for word in reversed(said):
        if isinstance(word, ModeChanged) and word.feeder == feeder:
            return word.mode
    return None


def is_shed(said: Sequence[Word]) -> bool:
    last: dict[str, Reading] = {}
    for word in said:
        if not isinstance(word, LoadShedChanged):
            continue
        believed_no = word.reading is Reading.NO and word.quality is Quality.GOOD
        if word.reading is Reading.YES or believed_no:
            last[word.switch] = word.reading
    return Reading.YES in last.values()


@given(words())
def test_effective_is_the_lower_and_nothing_while_load_is_shed(said: list[Word]) -> None:
    modes = told(said)
    system = last_set(said, None) or Mode.ADVISORY
    for feeder in FEEDERS:
        own = last_set(said, feeder) or system
        lower = min(system, own, key=lambda mode: LADDER.index(mode.value))
        assert modes.effective(feeder) is (Mode.DISABLED if is_shed(said) else lower)


@given(words())
def test_load_shedding_gives_back_exactly_what_the_operator_would_otherwise_have(
    said: list[Word],
) -> None:
    """As if no input had ever said anything: modes, whose they are, and since when."""
    at = NIGHT + timedelta(seconds=60)
    over: list[Word] = [
        LoadShedChanged(at=at, source_time=at, switch=SwitchId(s), reading=Reading.NO)
        for s in ("b1", "b2")
    ]
    assert told([*said, *over]) == told([w for w in said if not isinstance(w, LoadShedChanged)])


AUTOMATIC: tuple[Fact, ...] = (
    Put(Mode.AUTOMATIC),
    Put(Mode.AUTOMATIC, "Fb1"),
    Put(Mode.AUTOMATIC, "Fb2"),
)


@st.composite
def automatic_nights(draw: st.DrawFn) -> Sequence[Fact | Wait]:
    return [*AUTOMATIC, *draw(nights()), *([Answer(Done), Wait(5)] * draw(st.integers(0, 2)))]


@given(automatic_nights())
@settings(max_examples=100)
def test_a_latch_ends_only_by_the_act(night: Sequence[Fact | Wait]) -> None:
    """And while it is there, or load is shed, no run of automation begins on the feeder."""
    play = Playbook(GRID)
    latched: dict[FeederId, object] = {}
    for act in night:
        begun, seen = runs(play), len(play.facts)
        play.forget() >> act
        enabled = {e.feeder for e in play.facts[seen:] if isinstance(e, AutomationEnabled)}
        now = dict(play.desk.state.modes.latches)
        for feeder, latch in latched.items():
            assert now.get(feeder) is latch or feeder in enabled
        for incident in runs(play) - begun:
            feeders = set(play.incident(incident[0]).feeders)
            assert not feeders & latched.keys() - enabled
        latched = now


def runs(play: Playbook) -> set[tuple[str, str]]:
    return {
        (incident.id, incident.proposed.id)
        for incident in play.desk.incidents.values()
        if incident.proposed is not None and incident.proposed.released_by == "automation"
    }


@given(automatic_nights())
@settings(max_examples=60)
def test_nothing_is_sent_while_load_is_shed(night: Sequence[Fact | Wait]) -> None:
    play = Playbook(GRID)
    for act in night:
        was_shed, sent = play.desk.state.modes.shed_since is not None, len(play.orders)
        play.forget() >> act
        if was_shed and play.desk.state.modes.shed_since is not None:
            assert len(play.orders) == sent


@given(automatic_nights())
@settings(max_examples=60)
def test_after_a_restart_the_same_is_latched_shed_and_blocked(
    night: Sequence[Fact | Wait],
) -> None:
    """What the journal says is all that there is to know."""
    play = Playbook(GRID)
    for act in night:
        play.forget() >> act
    again = Desk(play.network, play.engines, settings=SETTINGS)
    for fact in play.facts:
        again.handle(from_plain(*to_plain(fact)))
    assert again.state.modes == play.desk.state.modes
    assert again.blockers == play.desk.blockers


@given(automatic_nights())
@settings(max_examples=60)
def test_what_is_said_of_automation_is_what_it_does(night: Sequence[Fact | Wait]) -> None:
    """Off, blocked or available: as the effective mode has it."""
    play = Playbook(GRID)
    for act in night:
        play.forget() >> act
        for feeder, found in play.desk.blockers.items():
            says = automation_of(found)
            is_automatic = play.desk.state.mode_of(feeder) is Mode.AUTOMATIC
            assert is_automatic is (says in (Automation.AVAILABLE, Automation.LIMITED))
            kinds = {one.kind for one in found}
            assert (BlockerKind.MODE in kinds) is (says is Automation.OFF)
