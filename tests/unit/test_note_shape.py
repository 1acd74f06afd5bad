"""Lines of a timeline carry whatever a reason carries."""

from gridops.api.shapes import NoteShape


def test_a_line_may_name_several_feeders() -> None:
    said = {
        "at": "2026-11-26T05:40:00+00:00",
        "code": "waits-latched",
        "params": {"feeders": ["F"]},
    }
    assert NoteShape.model_validate(said).params == {"feeders": ["F"]}
