"""A sheet on real paper, as far as a browser goes: A4, numbered pages, repeated heads, and nothing
that the service's own Content-Security-Policy would stop."""

import re
import shutil
import subprocess
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from gridops.adapters.grid_files import load_grid
from gridops.api.paper_form import PAPER, STYLE, FormName, form_of
from gridops.api.sheet_print import Surroundings, page_of
from gridops.api.shield import HEADERS
from gridops.sheets import Sheet, SheetState, StepState
from tests.browser.conftest import picture
from tests.paper_sheets import after, line, paper, sheet

pytestmark = pytest.mark.browser

GRID = load_grid(Path(__file__).parents[2] / "models" / "hanoi_ring")
A4_PT = (595, 842)
HANOI = timezone(timedelta(hours=7))
ADDRESS = "http://localhost"


def shown(page: Page, one: Sheet, form: FormName) -> None:
    """The page and its stylesheet under the headers that the service sends."""
    around = Surroundings(network=GRID, feeders_at={}, zone=HANOI, now=after(600))
    html = page_of(one, form=form_of(form), around=around)

    def answer(route: Route) -> None:
        style = route.request.url.endswith(STYLE)
        kind, body = ("text/css", (PAPER / STYLE).read_text()) if style else ("text/html", html)
        headers = {**HEADERS, "Content-Type": f"{kind}; charset=utf-8"}
        route.fulfill(status=200, headers=headers, body=body)

    page.route(f"{ADDRESS}/**", answer)
    page.goto(f"{ADDRESS}/sheet")


def pdf_of(page: Page, folder: Path) -> Path:
    """As the print dialog would: the page's own paper size, nothing of the browser's."""
    path = folder / "sheet.pdf"
    page.pdf(path=path, prefer_css_page_size=True, display_header_footer=False)
    return path


def sizes(pdf: Path) -> list[tuple[int, int]]:
    """(width, height) of each page in points."""
    objects = re.findall(rb"/Type\s*/Page\b(?!s).*?endobj", pdf.read_bytes(), re.S)
    boxes = [re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", one) for one in objects]
    return [(round(float(box[1])), round(float(box[2]))) for box in boxes if box is not None]


def texts(pdf: Path) -> list[str]:
    """Page by page; empty without poppler's pdftotext."""
    tool = shutil.which("pdftotext")
    if tool is None:
        return []
    said = subprocess.run([tool, "-layout", pdf, "-"], capture_output=True, check=True)
    return said.stdout.decode().split("\f")[:-1]


def night() -> Sheet:
    return sheet(
        line("note", "Liên hệ điều độ, xác nhận phương thức vận hành"),
        line("open RMU1-2"),
        line("open RMU2-1"),
        line("crew check_dead RMU1-2", "bằng bút thử điện"),
        line("crew earth RMU1-2", 'treo biển "Cấm đóng điện"'),
        line("close RMU2-3", deleted=True),
        line("crew open 471-7"),
        of=paper(
            "Cô lập đoạn cáp RMU Giảng Võ – RMU Kim Mã để sửa chữa đầu cáp",
            issuer="Nguyễn Văn An",
            receiver="Trần Thị Bích Hạnh",
            supervisor="Phạm Đức Dũng",
            operator="Lê Hoàng",
        ),
        state=SheetState.EXECUTING,
        states=[StepState.COMPLETED, StepState.PREVIOUSLY_COMPLETED, StepState.INSTRUCTED],
        started_at=after(0),
    )


@pytest.mark.parametrize("form", FormName)
def test_a_sheet_prints_on_a4(page: Page, tmp_path: Path, form: FormName) -> None:
    shown(page, night(), form)
    assert page.evaluate("getComputedStyle(document.querySelector('.steps')).borderCollapse") == (
        "collapse"
    )
    picture(page, f"sheet-{form.value}")
    pdf = pdf_of(page, tmp_path)
    assert sizes(pdf) == [A4_PT] * 2
    for text, number in zip(texts(pdf), ("1/2", "2/2"), strict=False):
        assert number in text.replace(" ", "")
        assert "01/11/2026" in text
    said = page.locator("body").inner_text()
    for name in ("Nguyễn Văn An", "Trần Thị Bích Hạnh", "Phạm Đức Dũng", "Lê Hoàng"):
        assert name in said
        assert not texts(pdf) or any(name in text for text in texts(pdf))


def test_a_long_sheet_repeats_its_head_and_says_on_each_page_that_it_is_a_draft(
    page: Page, tmp_path: Path
) -> None:
    switches = list(GRID.switches)
    lines = [line(f"open {switches[k % len(switches)]}", "đo dòng điện") for k in range(200)]
    shown(page, sheet(*lines), FormName.VN)
    pdf = pdf_of(page, tmp_path)
    pages = sizes(pdf)
    assert set(pages) == {A4_PT}
    assert 8 <= len(pages) <= 20
    # The browser repeats what is a head, and breaks no line in two.
    assert page.evaluate("getComputedStyle(document.querySelector('thead')).display") == (
        "table-header-group"
    )
    row = "getComputedStyle(document.querySelector('.steps tbody tr'))"
    assert page.evaluate(f"{row}.breakInside") == "avoid"
    for text in texts(pdf)[1:-1]:
        assert "BẢN NHÁP" in text
        assert "Phiếu thao tác số 01/11/2026" in text


def test_nothing_runs_off_the_paper(page: Page) -> None:
    """However long a word is."""
    endless = "Đ" * 400
    one = sheet(line("note", endless), line("open s1", endless), of=paper(endless, issuer=endless))
    page.set_viewport_size({"width": 800, "height": 1100})
    shown(page, one, FormName.EN)
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
