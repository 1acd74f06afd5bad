"""Whoever floods the service with what is refused pushes nobody's acts out of the audit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gridops.adapters.metrics import PrometheusMetrics
from gridops.api.audit import FLOOD, REFUSED_IN_FULL_MAX, SOURCES_MAX, Audit
from gridops.ports.audit import AuditLine

NIGHT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


@dataclass
class Trail:
    lines: list[AuditLine] = field(default_factory=list)

    def append(self, lines: Sequence[AuditLine]) -> None:
        self.lines += lines

    def latest(self, count: int) -> Sequence[AuditLine]:
        return self.lines[::-1][:count]


@dataclass
class Hands:
    """A clock that stands until it is moved."""

    at: datetime = NIGHT

    def now(self) -> datetime:
        return self.at


def line(k: int, *, code: str = "role-refused", address: str = "10.0.0.1") -> AuditLine:
    return AuditLine(
        at=NIGHT + timedelta(seconds=k / 100), user="lan", role="viewer", token="",
        address=address, act=f"POST /{k}", path=f"/{k}", status=403, code=code,
    )  # fmt: skip


def audit() -> tuple[Audit, Trail]:
    trail = Trail()
    return Audit(trail, Hands(), PrometheusMetrics(links=[])), trail


async def test_of_many_refusals_of_one_source_the_rest_is_one_line_a_minute() -> None:
    kept, trail = audit()
    for k in range(5_000):
        kept.note(line(k))
        if k % 50 == 0:
            kept.note(line(k, code=""))
            await kept.flush()
    kept.note(line(6_000, address="10.0.0.2"))  # the next minute
    await kept.close()
    assert sum(one.code == "role-refused" for one in trail.lines) == REFUSED_IN_FULL_MAX + 1
    assert sum(one.code == "" for one in trail.lines) == 100
    (flood,) = [one for one in trail.lines if one.code == FLOOD]
    assert (flood.user, flood.address) == ("lan", "10.0.0.1")
    assert flood.times == 5_000 - REFUSED_IN_FULL_MAX


async def test_a_rare_refusal_beside_a_flood_is_told_in_full() -> None:
    kept, trail = audit()
    for k in range(500):
        kept.note(line(k))
    kept.note(line(501, address="10.0.0.2"))
    await kept.close()
    assert [one.act for one in trail.lines if one.address == "10.0.0.2"] == ["POST /501"]


async def test_however_many_the_sources_are_memory_and_lines_are_bounded() -> None:
    kept, trail = audit()
    for k in range(3 * SOURCES_MAX):
        kept.note(line(k % 5_000, address=f"10.1.{k // 250}.{k % 250}"))
        if k % 50 == 0:
            await kept.flush()
    await kept.close()
    full = [one for one in trail.lines if one.code == "role-refused"]
    assert len(full) == SOURCES_MAX + REFUSED_IN_FULL_MAX
    (flood,) = [one for one in trail.lines if one.code == FLOOD]
    assert flood.times == 2 * SOURCES_MAX - REFUSED_IN_FULL_MAX
