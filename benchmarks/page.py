"""Puts what a run printed into the page of figures."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"


def put_into_readme(part: str, text: str) -> None:
    """Between the comments that begin and end `part`. Raises: ValueError if it has none."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    page = README.read_text(encoding="utf-8")
    if begin not in page or end not in page:
        raise ValueError(f"{README} has no place for {part}: it wants {begin} and {end}")
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    README.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
