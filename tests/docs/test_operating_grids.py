"""The page says which findings there are, and which of them block."""

import re
from pathlib import Path


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
