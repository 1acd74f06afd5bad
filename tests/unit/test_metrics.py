import pytest
from prometheus_client.parser import text_string_to_metric_families

from gridops.adapters.metrics import METRICS, MetricKind, PrometheusMetrics
from gridops.events import Trouble
from gridops.ids import LinkId
from gridops.ports import Metrics


def read(metrics: PrometheusMetrics, sample: str, **labels: str) -> float:
    found = [
        each.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for each in family.samples
        if each.name == sample and each.labels == labels
    ]
    assert len(found) == 1, f"{sample} {labels}: {found}"
    return found[0]


def test_what_is_counted_set_and_observed_can_be_read() -> None:
    metrics = PrometheusMetrics()
    as_port: Metrics = metrics
    as_port.count("gridops_events_total", 3, kind="field")
    as_port.count("gridops_events_total", kind="field")
    as_port.set("gridops_customers_out", 2606)
    as_port.observe("gridops_plan_seconds", 0.02)
    assert read(metrics, "gridops_events_total", kind="field") == 4
    assert read(metrics, "gridops_customers_out") == 2606
    assert read(metrics, "gridops_plan_seconds_count") == 1
    assert read(metrics, "gridops_plan_seconds_bucket", le="0.01") == 0
    assert read(metrics, "gridops_plan_seconds_bucket", le="0.025") == 1


def test_series_with_a_label_stand_at_zero_before_anything_happens() -> None:
    metrics = PrometheusMetrics(links=[LinkId("RTU-Bắc")])
    assert read(metrics, "gridops_guard_vetoes_total", invariant="05") == 0
    assert read(metrics, "gridops_link_connected", link="RTU-Bắc") == 0
    for trouble in Trouble:
        labels = {"link": "RTU-Bắc", "trouble": trouble}
        assert read(metrics, "gridops_link_troubles_total", **labels) == 0


def test_two_control_rooms_in_one_process_count_apart() -> None:
    one, other = PrometheusMetrics(), PrometheusMetrics()
    one.set("gridops_incidents_open", 1)
    assert read(other, "gridops_incidents_open") == 0


def test_a_name_outside_the_table_is_refused_with_near_names() -> None:
    with pytest.raises(ValueError, match="gridops_customers_out"):
        PrometheusMetrics().set("gridops_customer_out", 1)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("gridops_events_total", {}),
        ("gridops_events_total", {"kind": "rumour"}),
        ("gridops_events_total", {"kind": "field", "switch": "s1"}),
        ("gridops_commands_total", {"outcome": "lost"}),
        ("gridops_guard_vetoes_total", {"invariant": "41"}),
    ],
)
def test_labels_come_from_closed_sets(name: str, labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=name):
        PrometheusMetrics().count(name, **labels)


def test_a_link_that_the_grid_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="link"):
        PrometheusMetrics(links=[LinkId("A")]).set("gridops_link_connected", 1, link="B")


def test_a_gauge_is_not_counted_and_a_counter_not_set() -> None:
    metrics = PrometheusMetrics()
    with pytest.raises(ValueError, match="is a gauge"):
        metrics.count("gridops_customers_out")
    with pytest.raises(ValueError, match="is a counter"):
        metrics.set("gridops_customer_minutes_total", 1)
    with pytest.raises(ValueError, match="is a gauge"):
        metrics.observe("gridops_sse_clients", 1)
    with pytest.raises(ValueError, match=r"only be incremented|non-negative"):
        metrics.count("gridops_customer_minutes_total", -1)


def test_names_say_their_kind_and_unit() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.name.startswith("gridops_")
        assert metric.name.endswith("_total") == (metric.kind is MetricKind.COUNTER)
        assert metric.name.endswith("_seconds") == metric.unit.startswith("seconds")
        assert bool(metric.buckets_s) == (metric.kind is MetricKind.HISTOGRAM)
