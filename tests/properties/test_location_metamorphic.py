"""What must not matter to a location, and what must, over random grids and everything heard."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Measured, Quality, Reading
from gridops.network import Components, IndicatorKind, Network, build_network
from gridops.outage import Heard, Location, infer
from tests.location_reference import Reference
from tests.properties.random_outages import SINCE, Case, cases

EXAMPLES = 25
T = TypeVar("T")


def found_in(case: Case) -> Location:
    return infer(case.network, case.heard, settings=case.settings)


def shuffled(data: st.DataObject, some: Mapping[T, Any]) -> dict[T, Any]:
    return dict(data.draw(st.permutations(list(some.items()))))


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(), st.data())
def test_the_order_in_which_anything_was_heard_is_nothing(case: Case, data: st.DataObject) -> None:
    heard = case.heard
    other = replace(
        heard,
        tripped=tuple(data.draw(st.permutations(heard.tripped))),
        flags=shuffled(data, heard.flags),
        part_flags=shuffled(data, heard.part_flags),
        closed_before=frozenset(data.draw(st.permutations(sorted(heard.closed_before)))),
        scope=frozenset(data.draw(st.permutations(sorted(heard.scope)))),
    )
    assert infer(case.network, other, settings=case.settings) == found_in(case)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_names_are_nothing(case: Case) -> None:
    found = found_in(case)
    renamed = infer(
        renamed_network(case.network), renamed_heard(case.heard), settings=case.settings
    )
    assert [(new_section(s.section), s.probability) for s in found.suspects] == [
        (s.section, s.probability) for s in renamed.suspects
    ]
    assert {new_section(s) for s in found.suspected} == renamed.suspected
    assert found.verdict is renamed.verdict
    assert [(a.kind, new_target(a.target), a.customer_minutes) for a in found.advice] == [
        (a.kind, a.target, a.customer_minutes) for a in renamed.advice
    ]


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(), st.data())
def test_an_indicator_that_gives_nothing_changes_nothing(case: Case, data: st.DataObject) -> None:
    mute = data.draw(st.sampled_from(list(case.network.switches)))
    heard = replace(
        case.heard,
        flags={s: said for s, said in case.heard.flags.items() if s != mute},
        part_flags={k: said for k, said in case.heard.part_flags.items() if k[0] != mute},
    )
    failed = Measured(Reading.FAILED, Quality.BAD, SINCE)
    with_it = with_indicator(case.network, mute, IndicatorKind.NON_DIRECTIONAL)
    without = with_indicator(case.network, mute, IndicatorKind.NONE)
    silent = infer(
        with_it, replace(heard, flags={**heard.flags, mute: failed}), settings=case.settings
    )
    none = infer(without, heard, settings=case.settings)
    assert silent.suspects == none.suspects
    assert silent.suspected == none.suspected
    assert silent.verdict is none.verdict
    assert (silent.p_no_fault, silent.p_trouble) == (none.p_no_fault, none.p_trouble)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_what_the_grid_does_not_have_is_passed_over(case: Case) -> None:
    ghost = SwitchId("ghost")
    yes = Measured(Reading.YES, Quality.GOOD, SINCE)
    heard = replace(
        case.heard,
        flags={**case.heard.flags, ghost: yes},
        closed_before=case.heard.closed_before | {ghost},
        in_test=case.heard.in_test | {ghost},
    )
    assert infer(case.network, heard, settings=case.settings) == found_in(case)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_indicators_that_toss_coins_tell_nothing(case: Case) -> None:
    """Their words are then as likely wherever the fault is; without them the odds are the same."""
    coins = replace(
        case.settings, p_missing=0.5, p_stray=0.5, p_backfeed=0.0, contradictory_from=10_000
    )
    heard = replace(case.heard, asked_at=None)
    silent = replace(heard, flags={}, part_flags={})
    told = infer(case.network, heard, settings=coins)
    untold = infer(case.network, silent, settings=coins)
    probabilities = {s.section: s.probability for s in told.suspects}
    assert probabilities == pytest.approx({s.section: s.probability for s in untold.suspects})
    assert told.p_no_fault == pytest.approx(untold.p_no_fault)
    assert told.p_trouble == pytest.approx(untold.p_trouble)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(), st.data())
def test_a_reading_that_fails_takes_nothing_out_that_one_wrong_device_could_hide(
    case: Case, data: st.DataObject
) -> None:
    """Where one fault explains what was said with no more failed devices than tolerated."""
    single = replace(case.settings, contradictory_from=10_000)
    before = Reference(case.network, case.heard, single)
    assume(case.heard.flags and before.candidates and not before.has_ring())
    assume(before.fewest_of_faults <= single.malfunctions_tolerated)
    mute = data.draw(st.sampled_from(sorted(case.heard.flags)))
    failed = Measured(Reading.FAILED, Quality.GOOD, SINCE)
    parts = {k: failed if k[0] == mute else said for k, said in case.heard.part_flags.items()}
    heard = replace(case.heard, flags={**case.heard.flags, mute: failed}, part_flags=parts)
    assert before.tolerated() <= infer(case.network, heard, settings=single).suspected


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_advice_is_worth_something_and_leaves_the_rest_as_it_is(case: Case) -> None:
    found = found_in(case)
    worth = [a.customer_minutes for a in found.advice]
    assert worth == sorted(worth, reverse=True)
    assert all(0.0 < w < float("inf") for w in worth)
    quiet = infer(case.network, case.heard, settings=replace(case.settings, advice_max=0))
    assert quiet == replace(found, advice=())


def new(ident: str) -> str:
    """Backwards in the alphabet, so that any sorting by name would show."""
    return "".join(chr(ord("~") - ord(c) + ord("!")) for c in ident)


def new_section(section: SectionId) -> SectionId:
    return SectionId("S" + new(section[1:]))


def new_target(target: str) -> str:
    """Drawings call sections S and then as a node, switches by a small letter."""
    return new_section(SectionId(target)) if target[0] == "S" else new(target)


REFERENCES = ("id", "node", "node_a", "node_b", "from_node", "to_node", "element", "feeder")


def renamed_network(network: Network) -> Network:
    def rows(table: str) -> tuple[Any, ...]:
        return tuple(
            replace(
                row,
                **{
                    name: new(getattr(row, name))
                    for name in REFERENCES
                    if getattr(row, name, None) is not None
                },
            )
            for row in network.components.rows(table)
        )

    tables = ("nodes", "branches", "switches", "sources", "loads", "generators", "points")
    return build_network(replace(network.components, **{t: rows(t) for t in tables}))


def renamed_heard(heard: Heard) -> Heard:
    def of(switches: Any) -> Any:
        return type(switches)(SwitchId(new(s)) for s in switches)

    return replace(
        heard,
        closed_before=frozenset(SwitchId(new(s)) for s in heard.closed_before),
        tripped=of(heard.tripped),
        in_test=of(heard.in_test),
        scope=frozenset(new_section(s) for s in heard.scope),
        flags={SwitchId(new(s)): said for s, said in heard.flags.items()},
        part_flags={(SwitchId(new(s)), p): said for (s, p), said in heard.part_flags.items()},
    )


def with_indicator(network: Network, switch: SwitchId, kind: IndicatorKind) -> Network:
    parts: Components = network.components
    switches = tuple(replace(s, indicator=kind) if s.id == switch else s for s in parts.switches)
    return build_network(replace(parts, switches=switches))
