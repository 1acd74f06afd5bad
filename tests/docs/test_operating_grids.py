"""The page says which findings there are, and which of them block."""

import json
import re
from pathlib import Path

from gridops.bootstrap.compare import changes_to_plain, compare_grids
from gridops.network import draw
from gridops.network.changes import compare


def codes_in_the_code(root: Path) -> dict[str, bool]:
    """Code -> whether it blocks, from every place that makes a finding."""
    text = "".join(f.read_text() for f in sorted((root / "gridops/incident").glob("breaks_*.py")))
    made = re.findall(r'\b(blocks|warns)\(\s*"([a-z-]+)"', text)
    return {code: verb == "blocks" for verb, code in made}


def test_every_finding_is_documented_as_what_it_is(root: Path) -> None:
    page = (root / "docs/operating_grids.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (yes|no) \|", page, re.M)
    told = {code: blocks == "yes" for code, blocks in rows}
    assert len(rows) == len(told)
    found = codes_in_the_code(root)
    assert len(found) > 20
    assert told == found


def test_the_document_on_the_page_has_the_keys_that_the_command_prints(root: Path) -> None:
    page = (root / "docs/operating_grids.md").read_text()
    shown = json.loads(page.partition("```json\n")[2].partition("```")[0])
    printed = compare_grids("hanoi_ring", "hanoi_ring", journal_url=None).to_plain()
    assert shown.keys() == printed.keys()
    assert shown["changes"].keys() == printed["changes"].keys()
    grid = draw("S1 [b1] A [s1] B (t1) C [b2] S2")
    other = draw("S1 [b1] A [s1] B (t1) C [b2] S2\nC [s9] D")
    plain = changes_to_plain(compare(grid.components, other.components))
    for part in ("tables", "sections", "feeders"):
        assert shown["changes"][part][0].keys() == plain[part][0].keys()
