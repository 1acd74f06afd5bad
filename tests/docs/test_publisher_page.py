"""docs/publisher.md names every node, event and number as they are."""

import re
from pathlib import Path

from gridops.api.live_view import CLOSED_INCIDENTS_MAX
from gridops.bootstrap.publishing import AGAIN_S, EVERY_S, SEND_S_MAX
from gridops.ports.publishing import VIEW_S_MAX
from gridops.settings.publisher import PublisherSettings
from opcua_bridge.publisher.happenings import SEVERITY
from opcua_bridge.publisher.tree import NAMESPACE, shown
from tests.publisher_views import planned

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "publisher.md").read_text(encoding="utf-8")
NAMED = {"F1": "<id>", "I1": "<id>", "ieee1366": "<ruleset>", "vn-tt39": "<ruleset>"}
PLACES = re.compile("|".join(NAMED))


def test_every_node_is_told_with_its_type() -> None:
    rows = re.findall(r"^\| `([\w./<>]+)` \| ([A-Z][\w\[\]]+) \|", PAGE, re.M)
    there = {
        PLACES.sub(lambda found: NAMED[found[0]], ".".join(path)): value.kind.name
        + ("[]" if value.is_list else "")
        for path, value in shown(planned()).items()
    }
    assert dict(rows) == there
    assert NAMESPACE in PAGE


def test_every_event_is_told_with_its_severity() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE, re.M)
    assert [(name, int(severity)) for name, severity in rows] == [
        (kind.value, severity) for kind, severity in SEVERITY.items()
    ]


def test_numbers_and_settings() -> None:
    assert (EVERY_S, SEND_S_MAX, AGAIN_S, VIEW_S_MAX) == (1.0, 5.0, (1.0, 30.0), 5.0)
    assert CLOSED_INCIDENTS_MAX == 20
    block = PAGE.split("```toml\n", 1)[1].split("```", 1)[0]
    stated = set(re.findall(r"^(\w+) =", block, re.M))
    assert stated <= set(PublisherSettings.model_fields)
