"""What must hold whatever is corrected, in whichever order it is said."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.events import MinutesCorrected
from gridops.events.minutes import Corrected
from gridops.ids import IncidentId, SectionId, UserName
from gridops.network import draw
from gridops.reliability import (
    IEEE1366,
    Account,
    Circumstance,
    Indices,
    Ledger,
    Period,
    Served,
    table_of,
    why_not,
)

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
YEAR = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
LATER = NIGHT + timedelta(days=40)
GRID = draw("S1 [b1] A [s1] B [s2] C", customers={"A": 10, "B": 200, "C": 3000})
PARTS = ("A", "B", "C")


def at(second: int) -> datetime:
    return NIGHT + timedelta(seconds=second)


Steps = list[tuple[int, frozenset[SectionId], IncidentId]]
"""At which second, what is dark from then on, and the incident of what is lost then."""


@st.composite
def nights(draws: st.DrawFn) -> Steps:
    """Supply goes and comes; in the end everybody has it."""
    found, second = [], 0
    for number in range(1, draws(st.integers(2, 6))):
        second += draws(st.integers(0, 900))
        out = draws(st.sets(st.sampled_from(PARTS)))
        dark = frozenset(SectionId(f"S{name}") for name in out)
        found.append((second, dark, IncidentId(f"I{draws(st.integers(1, number))}")))
    return [*found, (second + draws(st.integers(0, 900)), frozenset(), IncidentId("I1"))]


def booked(night: Steps) -> Ledger:
    ledger = Ledger(GRID)
    for second, dark, incident in night:
        ledger.sections_changed(at(second), dark, incident_of=dict.fromkeys(sorted(dark), incident))
    explain(ledger)
    return ledger


def explain(ledger: Ledger) -> None:
    for k in range(1, 7):
        ledger.explain(IncidentId(f"I{k}"), Circumstance(cause="fault"))


@st.composite
def corrections(draws: st.DrawFn, ledger: Ledger) -> MinutesCorrected:
    one = draws(st.sampled_from(ledger.interruptions))
    fields: dict[str, object] = {
        "began": at(draws(st.integers(-60, 5400))),
        "ended": at(draws(st.integers(0, 5400))),
        "customers": draws(st.integers(0, one.customers)),
        "cause": draws(st.sampled_from(("fault", "third-party", "planned"))),
        "planned": draws(st.booleans()),
        "source_lost": draws(st.booleans()),
        "grounds": tuple(sorted(draws(st.sets(st.sampled_from(("storm", "strike")))))),
    }
    names = draws(st.sets(st.sampled_from(sorted(fields)), min_size=1))
    return MinutesCorrected(
        at=LATER, by=UserName("lan"), reason="log", interruption=one.id,
        **{name: fields[name] for name in names},  # type: ignore[arg-type]
    )  # fmt: skip


def read(ledger: Ledger) -> Indices:
    account = Account(
        table=table_of(ledger.interruptions),
        ruleset=IEEE1366,
        served=Served(((YEAR.begin, GRID.customers),)),
        now=LATER,
    )
    return account.indices(YEAR)


def accepted(data: st.DataObject, ledger: Ledger) -> list[MinutesCorrected]:
    """Those of a few corrections that can have been so, laid over it one after the other."""
    found: list[MinutesCorrected] = []
    for _ in range(data.draw(st.integers(1, 6)) if ledger.interruptions else 0):
        said = data.draw(corrections(ledger))
        if why_not(ledger, said, network=GRID) is None:
            ledger.correct(said)
            found.append(said)
    return found


@settings(max_examples=40, deadline=None)
@given(nights(), st.data())
def test_what_is_taken_back_leaves_every_index_to_the_last_digit(
    night: Steps, data: st.DataObject
) -> None:
    ledger = booked(night)
    before = read(ledger)
    for said in accepted(data, ledger):
        ledger.correct(
            MinutesCorrected(
                at=LATER, by=UserName("mai"), reason="no", interruption=said.interruption,
                as_booked=tuple(Corrected),
            )
        )  # fmt: skip
    assert read(ledger) == before


@settings(max_examples=40, deadline=None)
@given(nights(), st.data())
def test_every_version_is_kept_and_the_last_one_holds(night: Steps, data: st.DataObject) -> None:
    ledger = booked(night)
    first = ledger.interruptions
    said = accepted(data, ledger)
    for was, now in zip(first, ledger.interruptions, strict=True):
        about = [one for one in said if one.interruption == was.id]
        versions = ledger.history(was.id).versions()
        assert versions[0].value == was
        assert versions[-1].value == now
        assert len(versions) == now.revisions + 1 == len(about) + 1


@settings(max_examples=80, deadline=None)
@given(nights(), nights(), st.integers(0, 1800), st.data())
def test_nobody_is_ever_without_supply_twice_at_once(
    night: Steps, late: Steps, earlier_s: int, data: st.DataObject
) -> None:
    """Nor when more is learnt after the corrections, and is of before them."""
    ledger = booked(night)
    accepted(data, ledger)
    for second, dark, _ in late:
        ledger.sections_changed(at(night[-1][0] - earlier_s + second), dark)
    accepted(data, ledger)
    last: dict[str, datetime] = {}
    for one in ledger.interruptions:
        assert one.ended is not None
        assert one.began <= one.ended
        assert last.get(one.load, one.began) <= one.began
        last[one.load] = one.ended


@settings(max_examples=40, deadline=None)
@given(nights(), st.data())
def test_corrections_of_different_things_may_come_in_any_order_and_before_the_cause(
    night: Steps, data: st.DataObject
) -> None:
    """Each interruption is corrected once, in two orders; and what the engine concludes comes
    before the corrections, or after them."""
    wanted: dict[str, MinutesCorrected] = {}
    for said in accepted(data, booked(night)):
        wanted.setdefault(str(said.interruption), said)
    one, other = booked(night), booked(night)
    for said in wanted.values():
        one.correct(said)
    for said in data.draw(st.permutations(list(wanted.values()))):
        other.correct(said)
    explain(other)
    assert one.interruptions == other.interruptions
    assert read(one) == read(other)
