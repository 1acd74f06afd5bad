"""Answers under an Idempotency-Key: whose they are, what they answer, and how many are kept."""

from itertools import combinations

import pytest

from gridops.api.answers import ANSWERS_MAX, Answers, Asked, asked_as
from gridops.events.people import Role
from gridops.ids import UserName
from gridops.ports.accounts import Account

LAN = Account(UserName("lan"), Role.DISPATCHER, password_hash="of lan")
MINH = Account(UserName("minh"), Role.DISPATCHER, password_hash="of minh")
ALIKE: list[Asked] = [
    ("tag", "s1 no_close", "", "x"),
    ("tag", "s1", "no_close", "x"),
    ("tag", "s1", "no_close x"),
    ("tag", "s1", None),
    ("tag", "s1", "None"),
    ("tag", "s1", ""),
    ("tag s1", ""),
    ("tag", "s1"),
    ("tag", 's1", "'),
]


@pytest.mark.parametrize(("one", "other"), list(combinations(ALIKE, 2)))
def test_no_two_acts_are_taken_for_one(one: Asked, other: Asked) -> None:
    assert asked_as(one) != asked_as(other)


def test_the_answer_is_given_again_to_whom_it_was_given() -> None:
    answers = Answers()
    answers.keep(LAN, "k", asked="a", said={"id": "T1"})
    assert answers.asked(LAN, "k") == ("a", {"id": "T1"})
    assert answers.asked(LAN, "other") is None
    assert answers.asked(MINH, "k") is None


def test_an_account_that_was_removed_and_made_again_is_told_nothing_of_the_former() -> None:
    answers = Answers()
    answers.keep(LAN, "k", asked="a", said={"id": "T1"})
    again = Account(LAN.name, LAN.role, password_hash="of another lan")
    assert answers.asked(again, "k") is None


def test_whoever_asks_most_loses_their_own_oldest_answers() -> None:
    answers = Answers()
    answers.keep(LAN, "k", asked="a", said={})
    for k in range(ANSWERS_MAX + 5):
        answers.keep(MINH, f"k{k}", asked="a", said={})
    assert len(answers) == ANSWERS_MAX
    assert answers.asked(LAN, "k") is not None
    assert answers.asked(MINH, "k5") is None
    assert answers.asked(MINH, "k6") is not None
