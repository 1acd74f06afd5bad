"""Each variable to one point at most, each point to one variable, with the most confidence."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

V = TypeVar("V", bound=Hashable)
T = TypeVar("T", bound=Hashable)
_RIVAL = 0.75
_DISPUTED = 0.8


def assign(confidence: Mapping[tuple[V, T], float]) -> dict[V, tuple[T, float, bool]]:
    """Of each variable its target, the confidence that is left, and whether it is disputed: a
    variable or a target that is left over, or is less at home where it went, would do as well.

    The sum of confidences is the greatest that there is, among all that want one another.
    """
    chosen: dict[V, T] = {}
    for part in _parts(confidence):
        variables = list(dict.fromkeys(variable for variable, _ in part))
        targets = list(dict.fromkeys(target for _, target in part))
        gain = np.zeros((len(variables), len(targets)))
        row = {variable: place for place, variable in enumerate(variables)}
        column = {target: place for place, target in enumerate(targets)}
        for variable, target in part:
            gain[row[variable], column[target]] = confidence[variable, target]
        for r, c in zip(*linear_sum_assignment(gain, maximize=True), strict=True):
            if gain[r, c] > 0.0:
                chosen[variables[r]] = targets[c]
    return _with_rivals(confidence, chosen)


def _with_rivals(
    confidence: Mapping[tuple[V, T], float], chosen: Mapping[V, T]
) -> dict[V, tuple[T, float, bool]]:
    variable_of = {target: variable for variable, target in chosen.items()}
    disputed: set[V] = set()
    for (variable, target), wish in confidence.items():
        if chosen.get(variable) == target:
            continue
        mine = confidence[variable, chosen[variable]] if variable in chosen else 0.0
        holder = variable_of.get(target)
        theirs = confidence[holder, target] if holder is not None else 0.0
        if holder is not None and mine <= wish and wish >= _RIVAL * theirs:
            disputed.add(holder)
        if variable in chosen and theirs <= wish and wish >= _RIVAL * mine:
            disputed.add(variable)
    return {
        variable: (
            target,
            confidence[variable, target] * (_DISPUTED if variable in disputed else 1.0),
            variable in disputed,
        )
        for variable, target in chosen.items()
    }


def _parts(confidence: Mapping[tuple[V, T], float]) -> list[list[tuple[V, T]]]:
    """Pairs that hang together by a variable or a target."""
    by_variable: dict[V, list[tuple[V, T]]] = defaultdict(list)
    by_target: dict[T, list[tuple[V, T]]] = defaultdict(list)
    for pair in confidence:
        by_variable[pair[0]].append(pair)
        by_target[pair[1]].append(pair)
    left = dict.fromkeys(confidence)
    parts = []
    while left:
        part: list[tuple[V, T]] = []
        todo = [next(iter(left))]
        while todo:
            pair = todo.pop()
            if pair in left:
                del left[pair]
                part.append(pair)
                todo += by_variable[pair[0]] + by_target[pair[1]]
        parts.append(part)
    return parts
