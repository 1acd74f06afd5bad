"""The gauges of outage minutes: what cannot be counted keeps nothing else back."""

import math
from datetime import timedelta
from pathlib import Path

from night import Night
from prometheus_client.parser import text_string_to_metric_families

from gridops.adapters.journal import open_journal
from gridops.adapters.metrics import PrometheusMetrics
from gridops.adapters.ruleset_files import read_ruleset
from gridops.api.counting import Counting
from gridops.api.minutes_gauges import MinutesGauges
from gridops.network import draw
from tests.playbook import FEEDER

RULES = read_ruleset("ieee1366")


async def test_a_year_that_began_without_customers_is_not_known_and_its_last_day_is(
    tmp_path: Path,
) -> None:
    journal = open_journal(f"sqlite:///{tmp_path}/night.sqlite")
    peopled = draw(FEEDER)
    night = Night(journal, draw(FEEDER, customers=dict.fromkeys(peopled.loads, 0)))
    night.wait(60)
    night.room.books.take_in(peopled, night.now + timedelta(days=10))
    metrics = PrometheusMetrics()
    gauges = MinutesGauges(Counting(room=night.room, rulesets={RULES.name: RULES}), metrics)
    await gauges.bring_up(night.now + timedelta(days=11))
    journal.close()
    found = {
        sample.labels["period"]: sample.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
        if sample.name == "gridops_saidi_minutes" and sample.labels["ruleset"] == RULES.name
    }
    assert math.isnan(found["year"])
    assert (found["today"], found["month"]) == (0, 0)
