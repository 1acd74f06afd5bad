"""Feeders that share ties side by side: a heuristic for the linear arrangement of a graph."""

from collections.abc import Mapping, Sequence

ROUNDS_MAX = 12
REACH = 24
"""How far one item may move in one step; keeps long lists affordable."""
CHAIN_MAX = 1_000
"""Longer lists start from the given order."""

Weights = Mapping[int, Mapping[int, float]]
"""`w[a][b]`: how strongly a and b are drawn together; symmetric."""


def arranged(items: Sequence[int], weights: Weights, *, pulls: Mapping[int, float]) -> list[int]:
    """`items` so that those drawn together stand near each other; untied ones come last.

    `pulls` draw an item towards the end (positive) or the front of the list. The given order
    decides only where all else is equal. Every step lowers the sum of weight times distance,
    so it ends; it need not be the best order there is.
    """
    inside = set(items)
    near = {a: {b: w for b, w in weights.get(a, {}).items() if b in inside} for a in items}
    bound = [item for item in items if near[item] or pulls.get(item)]
    loose = [item for item in items if not (near[item] or pulls.get(item))]
    row = _Row(bound, near, pulls=pulls)
    if len(bound) <= CHAIN_MAX:
        row.chain()
    for _ in range(ROUNDS_MAX):
        if not sum(row.improve(item) for item in tuple(row.order)):
            break
    return row.order + loose


class _Row:
    def __init__(self, items: Sequence[int], near: Weights, *, pulls: Mapping[int, float]) -> None:
        self.order = list(items)
        self._place = {item: k for k, item in enumerate(items)}
        self._near = near
        self._pull = {item: pulls.get(item, 0.0) for item in items}

    def chain(self) -> None:
        """Begins with what is pulled to the front most, goes on with what is drawn most
        strongly to what stands already, twice as strongly to what stands last.
        """
        drawn = dict.fromkeys(self.order, 0.0)
        order: list[int] = []
        while drawn:
            last = self._near[order[-1]] if order else {}
            chosen = min(
                drawn,
                key=lambda x: (-drawn[x] - last.get(x, 0.0), self._pull[x], self._place[x]),
            )
            del drawn[chosen]
            order.append(chosen)
            for other, weight in self._near[chosen].items():
                if other in drawn:
                    drawn[other] += weight
        self.order = order
        self._place = {item: k for k, item in enumerate(order)}

    def improve(self, item: int) -> bool:
        """Moves `item` to the best place within reach; False if it stands there already."""
        start = self._place[item]
        best, best_at = -1e-9, start
        for step in (-1, 1):
            cost, at = 0.0, start
            while abs(at + step - start) <= REACH and 0 <= at + step < len(self.order):
                cost += self._cost_of_passing(item, at=at, step=step)
                at += step
                if cost < best:
                    best, best_at = cost, at
        self.order.insert(best_at, self.order.pop(start))
        for k in range(min(start, best_at), max(start, best_at) + 1):
            self._place[self.order[k]] = k
        return best_at != start

    def _cost_of_passing(self, item: int, *, at: int, step: int) -> float:
        """What `item`, thought at place `at`, adds by changing places with its neighbour."""
        passed = self.order[at + step]
        cost = (self._pull[passed] - self._pull[item]) * step
        for other, weight in self._near[item].items():
            if other != passed:
                cost += -weight if (self._place[other] - at) * step > 0 else weight
        for other, weight in self._near[passed].items():
            if other != item:
                cost += weight if (self._place[other] - at - step) * step > 0 else -weight
        return cost
