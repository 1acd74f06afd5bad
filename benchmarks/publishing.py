"""What it costs to read what servers publish: ours beside the library's decoder.

`python benchmarks/publishing.py` prints the table; `--write` also puts it into
benchmarks/README.md. Bodies are as they come out of the secure channel, made by the library, each
value with status, source time and server time. Both sides take turns on the same bytes; the answers
are compared first. Figures are values per second of one processor core.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from page import put_into_readme

from gridops.bench.machine import machine, one_thread_each

PART = "publishing"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """`values` items in a message, spread over `points` of one signal."""

    what: str
    signal: str
    points: int
    values: int


CASES = (
    Case("positions, one each", "position", 1_000, 1_000),
    Case("positions, ten each", "position", 100, 1_000),
    Case("voltages, one each", "voltage_v", 1_000, 1_000),
    Case("voltages, ten each", "voltage_v", 100, 1_000),
    Case("positions, a small message", "position", 5, 5),
)


def body_of(case: Case) -> bytes:
    from asyncua import ua  # noqa: PLC0415 (threads are set)
    from asyncua.ua.ua_binary import struct_to_binary  # noqa: PLC0415

    is_position = case.signal == "position"
    kind = ua.VariantType.Byte if is_position else ua.VariantType.Double
    change = ua.DataChangeNotification()
    for n in range(case.values):
        stamp = NOW + timedelta(milliseconds=n)
        value = ua.Variant(1 + n // case.points % 2 if is_position else 21_900.5 + n, kind)
        change.MonitoredItems.append(
            ua.MonitoredItemNotification(
                ClientHandle=n % case.points,
                Value=ua.DataValue(value, SourceTimestamp=stamp, ServerTimestamp=stamp),
            )
        )
    answer = ua.PublishResponse()
    answer.Parameters.SubscriptionId = 1
    answer.Parameters.NotificationMessage.SequenceNumber = 1
    answer.Parameters.NotificationMessage.NotificationData = [change]
    body: bytes = struct_to_binary(answer)
    return body


class Contest:
    """One message, and what both sides do with it."""

    def __init__(self, case: Case) -> None:
        from gridops.ids import LinkId, PointId  # noqa: PLC0415
        from gridops.network import Point, Signal  # noqa: PLC0415
        from opcua_bridge.link.inbox import Counts  # noqa: PLC0415
        from opcua_bridge.link.incoming import Incoming  # noqa: PLC0415
        from opcua_bridge.wire.messages import Room  # noqa: PLC0415

        self.case = case
        self.body = body_of(case)
        self.room = Room()
        self.points = [
            Point(
                id=PointId(f"p{n}"),
                link=LinkId("r"),
                element=f"e{n}",
                signal=Signal(case.signal),
                node_id=f"n{n}",
            )
            for n in range(case.points)
        ]
        self.incoming = Incoming(self.points, Counts())

    def arrays(self) -> object:
        from opcua_bridge.wire.messages import decode_publish  # noqa: PLC0415

        return decode_publish(self.body, self.room).values

    def filtered(self) -> object:
        return self.incoming.newest(self.arrays())  # type: ignore[arg-type]

    def events(self) -> object:
        from opcua_bridge.link.inbox import Inbox  # noqa: PLC0415

        received = self.incoming.received(self.filtered())  # type: ignore[arg-type]
        return Inbox().changes(received, NOW + timedelta(minutes=1))

    def library(self) -> object:
        from asyncua import ua  # noqa: PLC0415
        from asyncua.common.utils import Buffer  # noqa: PLC0415
        from asyncua.ua.ua_binary import struct_from_binary  # noqa: PLC0415

        answer = struct_from_binary(ua.PublishResponse, Buffer(self.body))
        return answer.Parameters.NotificationMessage.NotificationData[0].MonitoredItems

    def agrees(self) -> bool:
        from opcua_bridge.wire.values import Sample, sample_of  # noqa: PLC0415

        def aware(sample: Sample) -> Sample:
            times = [t and t.replace(tzinfo=UTC) for t in (sample.source_time, sample.server_time)]
            return Sample(sample.raw, sample.status, *times)

        ours = self.arrays().samples()  # type: ignore[attr-defined]
        return ours == [aware(sample_of(item.Value)) for item in self.library()]  # type: ignore[attr-defined]


def row(case: Case, repeats: int) -> str:
    from gridops.bench.measuring import Side, measured, timed  # noqa: PLC0415

    contest = Contest(case)
    works: Sequence[Callable[[], object]] = (
        contest.arrays,
        contest.library,
        contest.filtered,
        contest.events,
    )
    sides = [Side(read=timed(work, pieces=case.values)) for work in works]
    arrays, library, filtered, events = (s.median for s in measured(sides, repeats=repeats))
    return (
        f"| {case.what} ({case.values:,} values on {case.points:,} points, {len(contest.body):,} B)"
        f" | {rate(arrays)} | {rate(library)} | {library / arrays:,.0f} |"
        f" {'yes' if contest.agrees() else 'NO'} | {rate(filtered)} | {rate(events)} |"
    )


def rate(seconds: float) -> str:
    """Per second, to three digits."""
    per_second = 1.0 / seconds
    return f"{per_second / 1e6:.3g} M" if per_second >= 1e6 else f"{per_second / 1e3:,.3g} k"


def table(rows: Sequence[str], before: object) -> str:
    from importlib.metadata import version  # noqa: PLC0415

    on = machine()
    return "\n".join(
        [
            f"Measured on {on['processor']}, {on['cores']} cores, {on['system']}, Python "
            f"{on['python']}, asyncua {version('asyncua')}; one thread; values per second of "
            f"processor time; load average {before} at the start, {on['load_average']} at the end.",
            "",
            "| message | into arrays | asyncua's decoder | ratio | same answer |"
            " and filtered | and as events |",
            "|---|---|---|---|---|---|---|",
            *rows,
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    one_thread_each()
    before = machine()["load_average"]
    rows = []
    for case in CASES:
        rows.append(row(case, asked.repeats))
        print(rows[-1], flush=True)
    text = table(rows, before)
    if asked.write:
        put_into_readme(PART, text)


if __name__ == "__main__":
    main()
