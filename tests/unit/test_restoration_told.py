"""What a course says of supply is traced again before a load transfer is believed."""

import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest
from outages import after_trip, sections

from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.powerflow import RadialFlow
from gridops.restoration import By, Proof, Situation, propose
from gridops.restoration.plan import FoundBy
from gridops.restoration.schedule import Move
from gridops.restoration.told import does_as_told

HANDS_ON = "S1 [b1] A [s1] B (t1) D [b2] S2\nD [s2] C (t2) E [b3] S3"
RIGHT = ("open s1", "open s2 -C", "close t2 +C", "close t1 +B")


def night() -> Situation:
    return after_trip(HANDS_ON, suspected="A")


def course(situation: Situation, words: Sequence[str]) -> list[Move]:
    """`open s2 -C`: and takes supply from C; `close t2 +C`: and gives it back."""
    closed = situation.network.switch_set(situation.snapshot.closed)
    moves = []
    for k, line in enumerate(words):
        act, name, *said = line.split()
        switch = SwitchId(name)
        closed = closed | {switch} if act == "close" else closed - {switch}
        moves.append(
            Move(
                switch=switch,
                position=Position.CLOSED if act == "close" else Position.OPEN,
                by=By.REMOTE,
                starts_s=2.0 * k,
                done_s=2.0 * k + 2.0,
                closed=closed,
                restored=tuple(s for w in said if w[0] == "+" for s in sections(w[1:])),
                dropped=tuple(s for w in said if w[0] == "-" for s in sections(w[1:])),
            )
        )
    return moves


def told(*words: str) -> bool:
    return does_as_told(night(), course(night(), words))


def test_what_happens_as_told_is_believed() -> None:
    assert told(*RIGHT)


def test_a_drop_that_is_not_told_is_not() -> None:
    assert not told("open s1", "open s2", "close t2 +C", "close t1 +B")


def test_nor_one_that_does_not_happen() -> None:
    assert not told("open s1 -D", *RIGHT[1:])


def test_nor_supply_that_does_not_come() -> None:
    assert not told("open s1", "open s2 -C", "close t1 +B +C")


def test_nor_a_ring_even_a_dead_one() -> None:
    ring = after_trip("S1 [b1] A [s1] B [s2] C [s3] D (t1) B\nS2 [b2] E (t2) D", suspected="A")
    assert not does_as_told(ring, course(ring, ["open s1", "close t1"]))
    assert does_as_told(ring, course(ring, ["open s1", "open s3", "close t1"]))


def test_nor_a_closing_beside_a_position_that_is_not_known() -> None:
    known = night()
    doubt = replace(known.snapshot, unknown=frozenset({SwitchId("t2")}))
    there = replace(known, snapshot=doubt)
    assert not does_as_told(there, course(known, RIGHT))


def test_a_transfer_that_is_not_believed_still_says_that_better_may_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """C to S3 frees D for B. Not taken, the plan without it is no optimum, and says so."""
    load_w = {"A": 1e6, "B": 6e6, "C": 6e6, "D": 4e6, "E": 3e6}
    situation = after_trip(HANDS_ON, suspected="A", p_w=load_w)
    engine = RadialFlow(situation.network)
    assert propose(situation, engine).found_by is FoundBy.TRANSFER
    planner = sys.modules["gridops.restoration.propose"]
    monkeypatch.setattr(planner, "does_as_told", lambda *_: False)
    plan = propose(situation, engine)
    assert plan.found_by is not FoundBy.TRANSFER
    assert plan.proof is Proof.GAP
