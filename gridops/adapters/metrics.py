"""What dashboards may watch: one closed table of names and label values.

`docs/metrics.md` is made from this table. Label values come from closed sets, so that no
event, however odd, can grow the number of time series.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from itertools import product
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gridops.adapters.ruleset_files import shipped_rulesets
from gridops.errors import (
    CommandNotAllowed,
    CommandNotJournalled,
    CommandRefused,
    CommandRehearsed,
    DeviceInterlocked,
    DeviceLocal,
    TooManyCommands,
)
from gridops.events import Trouble
from gridops.ids import LinkId
from gridops.incident import Automation, BlockerKind
from gridops.outage import Cause
from gridops.reliability.interruptions import UNKNOWN_CAUSE


class MetricKind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


LINKS_OF_THE_GRID = ("every link of the grid",)
"""Stands for a set that is closed only once a grid is open."""

RULESETS = ("every rule-set that is counted by",)
"""As well."""
PERIODS = ("today", "month", "year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One row of the table."""

    name: str
    kind: MetricKind
    unit: str
    meaning: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Each label with every value that it can take."""
    buckets_s: tuple[float, ...] = ()
    """Upper bounds of a histogram."""


REFUSALS = tuple(
    refusal.code
    for refusal in (
        CommandRefused,
        DeviceLocal,
        DeviceInterlocked,
        CommandNotAllowed,
        TooManyCommands,
        CommandRehearsed,
        CommandNotJournalled,
    )
)

_FAST_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
_PLAN_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)

METRICS: tuple[Metric, ...] = (
    Metric(
        name="gridops_events_total",
        kind=MetricKind.COUNTER,
        unit="events",
        meaning="Facts taken in and journalled",
        labels={"kind": ("field", "operator", "execution")},
    ),
    Metric(
        name="gridops_journal_append_seconds",
        kind=MetricKind.HISTOGRAM,
        unit="seconds",
        meaning="Time until a group of records was durable",
        buckets_s=_FAST_S,
    ),
    Metric(
        name="gridops_journal_silent",
        kind=MetricKind.GAUGE,
        unit="0 or 1",
        meaning="Whether the journal cannot be written: the field is shown, and nothing is done",
    ),
    Metric(
        name="gridops_journal_failures_total",
        kind=MetricKind.COUNTER,
        unit="tries",
        meaning="How often the journal could not be written",
    ),
    Metric(
        name="gridops_snapshots_total",
        kind=MetricKind.COUNTER,
        unit="snapshots",
        meaning="Snapshots of the control room: kept, or not for a reason that is logged",
        labels={"outcome": ("kept", "failed")},
    ),
    Metric(
        name="gridops_snapshot_copy_seconds",
        kind=MetricKind.HISTOGRAM,
        unit="seconds",
        meaning="How long the loop was held by a snapshot; the rest is done beside it",
        buckets_s=_FAST_S,
    ),
    Metric(
        name="gridops_alarms",
        kind=MetricKind.GAUGE,
        unit="lines",
        meaning="Lines of alarms: by priority those that nobody has acknowledged, and the rest",
        labels={"state": ("high", "medium", "low", "acknowledged", "shelved")},
    ),
    Metric(
        name="gridops_alarms_told_total",
        kind=MetricKind.COUNTER,
        unit="alarms",
        meaning="How often an alarm was told, or grew worse",
    ),
    Metric(
        name="gridops_incidents_open",
        kind=MetricKind.GAUGE,
        unit="incidents",
        meaning="Incidents that are not closed",
    ),
    Metric(
        name="gridops_automation_feeders",
        kind=MetricKind.GAUGE,
        unit="feeders",
        meaning="Feeders by whether a fault would be handled without a person",
        labels={"state": tuple(Automation)},
    ),
    Metric(
        name="gridops_automation_blockers",
        kind=MetricKind.GAUGE,
        unit="blockers",
        meaning="What keeps automation from feeders, counted once for each feeder",
        labels={"kind": tuple(BlockerKind)},
    ),
    Metric(
        name="gridops_customers_out",
        kind=MetricKind.GAUGE,
        unit="customers",
        meaning="Customers without supply now",
    ),
    Metric(
        name="gridops_saidi_minutes",
        kind=MetricKind.GAUGE,
        unit="minutes per customer",
        meaning="SAIDI of the current day, month and year so far; NaN: no customers",
        labels={"ruleset": RULESETS, "period": PERIODS},
    ),
    Metric(
        name="gridops_saifi",
        kind=MetricKind.GAUGE,
        unit="interruptions per customer",
        meaning="SAIFI of the current day, month and year so far; NaN: no customers",
        labels={"ruleset": RULESETS, "period": PERIODS},
    ),
    Metric(
        name="gridops_maifi",
        kind=MetricKind.GAUGE,
        unit="short losses per customer",
        meaning="MAIFI of the current day, month and year so far; NaN: no customers",
        labels={"ruleset": RULESETS, "period": PERIODS},
    ),
    Metric(
        name="gridops_period_customer_minutes",
        kind=MetricKind.GAUGE,
        unit="customer minutes",
        meaning="Customer minutes of what began in the period, from the first second on",
        labels={"period": PERIODS, "cause": (*Cause, UNKNOWN_CAUSE, "other")},
    ),
    Metric(
        name="gridops_period_customer_minutes_avoided",
        kind=MetricKind.GAUGE,
        unit="customer minutes",
        meaning="Customer minutes that switching saved in what began in the period",
        labels={"period": PERIODS},
    ),
    Metric(
        name="gridops_minutes_counted_timestamp_seconds",
        kind=MetricKind.GAUGE,
        unit="seconds since 1970",
        meaning="When the indices and minutes of the periods were counted last",
    ),
    Metric(
        name="gridops_customer_minutes_total",
        kind=MetricKind.COUNTER,
        unit="customer minutes",
        meaning="Customer minutes interrupted",
    ),
    Metric(
        name="gridops_customer_minutes_avoided_total",
        kind=MetricKind.COUNTER,
        unit="customer minutes",
        meaning="Customer minutes that switching saved against waiting for the repair",
    ),
    Metric(
        name="gridops_link_connected",
        kind=MetricKind.GAUGE,
        unit="0 or 1",
        meaning="Whether the link to a server is up",
        labels={"link": LINKS_OF_THE_GRID},
    ),
    Metric(
        name="gridops_link_troubles_total",
        kind=MetricKind.COUNTER,
        unit="troubles",
        meaning="What lost or distorted information on a link, or may have",
        labels={"link": LINKS_OF_THE_GRID, "trouble": tuple(Trouble)},
    ),
    Metric(
        name="gridops_link_clock_skew_seconds",
        kind=MetricKind.GAUGE,
        unit="seconds",
        meaning="How far the clock of a server, or of its devices, is ahead of ours",
        labels={"link": LINKS_OF_THE_GRID, "clock": ("server", "devices")},
    ),
    Metric(
        name="gridops_link_certificate_expires_timestamp_seconds",
        kind=MetricKind.GAUGE,
        unit="seconds since 1970",
        meaning="When the first certificate ends on which a link rests; 0: it rests on none",
        labels={"link": LINKS_OF_THE_GRID},
    ),
    Metric(
        name="gridops_publisher_running",
        kind=MetricKind.GAUGE,
        unit="0 or 1",
        meaning="Whether the process of the publisher is there and takes views",
    ),
    Metric(
        name="gridops_publisher_ends_total",
        kind=MetricKind.COUNTER,
        unit="processes",
        meaning="Processes of the publisher that ended or were ended because they hung",
    ),
    Metric(
        name="gridops_commands_total",
        kind=MetricKind.COUNTER,
        unit="commands",
        meaning="Commands by what became of them",
        labels={"outcome": ("CommandConfirmed", "CommandRejected", "CommandTimedOut")},
    ),
    Metric(
        name="gridops_commands_refused_total",
        kind=MetricKind.COUNTER,
        unit="commands",
        meaning="Commands that moved nothing, by the code of the error",
        labels={"code": REFUSALS},
    ),
    Metric(
        name="gridops_plan_seconds",
        kind=MetricKind.HISTOGRAM,
        unit="seconds",
        meaning="Time to make one plan, its checks included",
        buckets_s=_PLAN_S,
    ),
    Metric(
        name="gridops_location_seconds",
        kind=MetricKind.HISTOGRAM,
        unit="seconds",
        meaning="Time to locate one fault",
        buckets_s=_FAST_S,
    ),
    Metric(
        name="gridops_audit_lost_total",
        kind=MetricKind.COUNTER,
        unit="lines",
        meaning="Lines of the audit that could not be kept: the disk was full for long, or a flood",
    ),
    Metric(
        name="gridops_sse_clients",
        kind=MetricKind.GAUGE,
        unit="clients",
        meaning="Consoles and dashboards that listen to the event stream",
    ),
    Metric(
        name="gridops_guard_vetoes_total",
        kind=MetricKind.COUNTER,
        unit="vetoes",
        meaning="Plans and commands that the guard refused, by invariant",
        labels={"invariant": tuple(f"{number:02}" for number in range(1, 41))},
    ),
)
_TABLE: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in METRICS})


class PrometheusMetrics:
    """Fulfils `ports.Metrics` with a registry of its own.

    Every method raises ValueError for a name, a label or a label value that the table does not
    have, and for an act that the kind of the metric does not know (a gauge is not counted).
    """

    def __init__(
        self, links: Sequence[LinkId] = (), *, rulesets: Sequence[str] | None = None
    ) -> None:
        """`rulesets` None: those that come with GridOps."""
        self._links = tuple(links)
        self._rulesets = tuple(shipped_rulesets() if rulesets is None else rulesets)
        self._registry = CollectorRegistry()
        self._collectors = {metric.name: self._collector(metric) for metric in METRICS}
        for metric in METRICS:
            if metric.labels:
                self._begin_at_zero(metric)

    def count(self, name: str, by: float = 1.0, **labels: str) -> None:
        """`by` is not negative: a counter only grows."""
        counter = self._of(name, labels)
        if not isinstance(counter, Counter):
            raise _wrong_act(name, "count")
        counter.inc(by)

    def set(self, name: str, value: float, **labels: str) -> None:
        gauge = self._of(name, labels)
        if not isinstance(gauge, Gauge):
            raise _wrong_act(name, "set")
        gauge.set(value)

    def observe(self, name: str, value: float, **labels: str) -> None:
        histogram = self._of(name, labels)
        if not isinstance(histogram, Histogram):
            raise _wrong_act(name, "observe")
        histogram.observe(value)

    def exposition(self) -> bytes:
        """The page that Prometheus reads (text format 0.0.4, UTF-8)."""
        return generate_latest(self._registry)

    def _collector(self, metric: Metric) -> Counter | Gauge | Histogram:
        about = f"{metric.meaning} ({metric.unit})"
        labels = tuple(metric.labels)
        match metric.kind:
            case MetricKind.COUNTER:
                return Counter(metric.name, about, labels, registry=self._registry)
            case MetricKind.GAUGE:
                return Gauge(metric.name, about, labels, registry=self._registry)
            case MetricKind.HISTOGRAM:
                return Histogram(
                    metric.name, about, labels, registry=self._registry, buckets=metric.buckets_s
                )

    def _begin_at_zero(self, metric: Metric) -> None:
        """A rate over a series that appears with its first event would miss that event."""
        each = product(*(self._allowed(metric, label) for label in metric.labels))
        for values in each:
            self._collectors[metric.name].labels(*values)

    def _allowed(self, metric: Metric, label: str) -> tuple[str, ...]:
        values = metric.labels[label]
        if values is RULESETS:
            return self._rulesets
        return self._links if values is LINKS_OF_THE_GRID else values

    def _of(self, name: str, labels: Mapping[str, str]) -> Counter | Gauge | Histogram:
        metric = _TABLE.get(name)
        if metric is None:
            near = ", ".join(get_close_matches(name, _TABLE, n=3)) or "none"
            raise ValueError(f"no metric is called {name!r}; near: {near}")
        if set(labels) != set(metric.labels):
            raise ValueError(f"{name} has labels {sorted(metric.labels)}, not {sorted(labels)}")
        for label, value in labels.items():
            if value not in self._allowed(metric, label):
                raise ValueError(f"{name}: {label} cannot be {value!r}")
        collector = self._collectors[name]
        return collector.labels(**labels) if labels else collector


def _wrong_act(name: str, act: str) -> ValueError:
    return ValueError(f"{name} is a {_TABLE[name].kind}; it knows no {act}")
