"""A sheet on paper: every word of both forms, in order, and whatever people write stays text."""

import re
import tomllib
from datetime import timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.adapters.grid_files import load_grid
from gridops.api.paper_form import PAPER, STYLE_ADDRESS, FormName, form_of
from gridops.api.sheet_print import PEOPLE, Surroundings, page_of
from gridops.events.sheets import StepAct, StepBy
from gridops.ids import FeederId, SectionId, SheetId, UserName
from gridops.network import Network, SwitchKind, draw
from gridops.sheets import AUTOMATION, Sheet, SheetState, StepState
from tests.paper_sheets import VETOED, after, line, paper, sheet

HANOI = timezone(timedelta(hours=7))
MODELS = Path(__file__).resolve().parents[2] / "models"
RING = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"
VN, EN = FormName.VN, FormName.EN


class Seen(HTMLParser):
    """Tags in their order, and the texts under each class."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())

    def count(self, tag: str, at: str) -> int:
        return sum(t == tag and attrs.get("class") == at for t, attrs in self.tags)


def printed(
    one: Sheet, form: FormName = VN, network: Network | None = None, at_s: float = 600
) -> str:
    grid = network or draw(RING)
    feeders = {switch: (FeederId("Fb1"),) for switch in grid.switches}
    around = Surroundings(network=grid, feeders_at=feeders, zone=HANOI, now=after(at_s))
    return page_of(one, form=form_of(form), around=around)


def rows(html: str) -> list[str]:
    """The texts of each line of the table of steps."""
    body = html.split("<tbody>")[3].split("</tbody>", maxsplit=1)[0]
    return [re.sub(r"<[^>]*>", " ", row) for row in body.split("</tr>")[:-1]]


# the forms


def words_of(form: FormName) -> dict[str, Any]:
    return tomllib.loads((PAPER / f"{form.value}.toml").read_text(encoding="utf-8"))


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_forms_have_the_same_words_with_the_same_places() -> None:
    vietnamese, english = words_of(VN), words_of(EN)
    assert list(vietnamese) == list(english)
    for table, words in vietnamese.items():
        if isinstance(words, str):
            continue
        assert list(words) == list(english[table]), table
        for word, text in words.items():
            assert places(text) == places(english[table][word]), (table, word)
            assert bool(text.strip()) == bool(english[table][word].strip()), (table, word)
            assert text != english[table][word] or not text, (table, word)


@pytest.mark.parametrize("form", FormName)
def test_a_form_has_a_word_for_whatever_a_sheet_can_say(form: FormName) -> None:
    words = form_of(form)
    assert set(words["act"]) == {act.value for act in StepAct}
    assert set(words["by"]) == {by.value for by in StepBy}
    assert set(words["state"]) == {state.value for state in SheetState}
    assert set(words["warning"]) <= set(words["state"])
    assert set(words["device"]) == {kind.value for kind in SwitchKind} | {"unknown"}
    assert set(words["people"]) == set(PEOPLE)
    silent = {StepState.NEW, StepState.COMPLETED}  # an empty and a ticked box say it
    assert set(words["step"]) == {state.value for state in set(StepState) - silent}


def test_every_form_has_its_file() -> None:
    sheets = {file.stem for file in PAPER.glob("*.toml") if "_" not in file.stem}
    assert sheets == {form.value for form in FormName}


# what stands on the paper


def test_the_vietnamese_form_has_number_people_and_lines_in_their_order() -> None:
    grid = load_grid(MODELS / "hanoi_ring")
    one = sheet(
        line("note", "Báo điều độ"),
        line("open RMU1-2"),
        line("crew check_dead RMU2-1", "bằng bút thử điện"),
        of=paper(issuer="Nguyễn Văn An", receiver="Trần Thị Bích", supervisor="Phạm Đức Dũng",
                 operator="Lê Hoàng", planned=False),
        number="07/11/2026-ĐX",
        state=SheetState.APPROVED,
        approved_by=UserName("hung"),
    )  # fmt: skip
    html = printed(one, network=grid)
    texts = Seen(html).texts
    for told in (
        "PHIẾU THAO TÁC", "Số: 07/11/2026-ĐX", "Cô lập RMU Giảng Võ", "đột xuất",
        "Người viết phiếu", "lan", "Người duyệt phiếu", "hung", "Người ra lệnh", "Nguyễn Văn An",
        "Người nhận lệnh", "Trần Thị Bích", "Người giám sát", "Phạm Đức Dũng", "Người thao tác",
        "Lê Hoàng", "Bắt đầu", "Kết thúc", "Đã xong", "đạt, 1.204 phép kiểm tra",
    ):  # fmt: skip
        assert told in texts, told
    first, second, third = rows(html)
    assert re.search(r"1\s+Báo điều độ", first)
    assert "từ xa" not in first  # a note is said, not operated
    assert re.search(r"2\s+Cắt LBS 471-2 RMU Giảng Võ\s+\(RMU1-2\)\s+RMU Giảng Võ\s+từ xa", second)
    assert "Kiểm tra không còn điện tại LBS 471-3 RMU Kim Mã" in third
    assert "bằng bút thử điện" in third
    assert "tại chỗ" in third


def test_a_plan_says_who_released_it_and_that_no_person_wrote_it() -> None:
    named = {"prepared_by": AUTOMATION, "approved_by": UserName("binh")}
    plan = sheet(line("open s1"), **named, started_by=UserName("lan"))
    assert people_on(printed(plan)) == ["GridOps, tự động", "binh", "lan"]
    by_itself = sheet(line("open s1"), prepared_by=AUTOMATION, started_by=AUTOMATION)
    assert people_on(printed(by_itself, EN)) == ["GridOps, by itself"] * 2
    named_otherwise = sheet(line("open s1"), of=paper(issuer="Ông An"), started_by=UserName("lan"))
    assert people_on(printed(named_otherwise)) == ["lan", "Ông An"]


def people_on(html: str) -> list[str]:
    """Who wrote, approved and ordered it, as far as anybody did."""
    texts = Seen(html).texts
    words = {word for form in FormName for word in words_of(form)["people"].values()}
    at = [k for k, text in enumerate(texts) if text in words][:3]
    return [texts[k + 1] for k in at if texts[k + 1] not in words]


def test_the_english_form_says_the_same() -> None:
    one = sheet(line("open s1"), line("crew earth s1"), line("close t1"))
    html = printed(one, EN)
    assert '<html lang="en">' in html
    assert "Open load-break switch s1" in rows(html)[0]
    assert "Apply earth at load-break switch s1" in rows(html)[1]
    assert "Close load-break switch t1" in rows(html)[2]
    assert "Khóa" not in html
    assert "Scope" in Seen(html).texts
    assert "passed, 1,204 checks" in Seen(html).texts


def test_a_line_that_is_done_is_ticked_with_its_time_in_the_control_rooms_zone() -> None:
    states = [StepState.COMPLETED, StepState.PREVIOUSLY_COMPLETED, StepState.PENDING]
    one = sheet(line("open s1"), line("open s2"), line("close t1"), line("open b2"), states=states)
    done, before, pending, new = rows(printed(one))
    assert "✓" in done
    assert "09:29:40 26/11/2026" in re.sub(r"\s+", " ", done)
    assert "09:30:00 26/11/2026" in re.sub(r"\s+", " ", done)
    assert "✓" in before
    assert "đã ở trạng thái này từ trước" in before
    assert "chờ tín hiệu xác nhận" in pending
    assert "✓" not in pending + new


@pytest.mark.parametrize(
    ("state", "warned"),
    [
        (SheetState.DRAFT, "KHÔNG ĐƯỢC THAO TÁC"),
        (SheetState.STOPPED, "KHÔNG ĐƯỢC THAO TÁC TIẾP"),
        (SheetState.WITHDRAWN, "PHIẾU ĐÃ HỦY"),
        (SheetState.APPROVED, None),
        (SheetState.EXECUTING, None),
        (SheetState.COMPLETED, None),
    ],
)
def test_what_must_not_be_carried_out_says_so_on_every_page(
    state: SheetState, warned: str | None
) -> None:
    html = printed(sheet(line("open s1"), state=state))
    head = html.split("<thead>")[1].split("</thead>")[0]  # the browser repeats it on every page
    if warned is None:
        assert 'class="warning"' not in html
    else:
        assert warned in html.split("<table")[1]
        assert warned in head


def test_what_is_struck_out_stays_readable_and_has_no_box() -> None:
    html = printed(sheet(line("open s1"), line("close t1", deleted=True)))
    assert Seen(html).count("tr", "struck") == 1
    assert Seen(html).count("span", "box") == 1
    assert "đã bỏ" in rows(html)[1]


def test_whoever_loses_supply_on_purpose_is_counted() -> None:
    one = sheet(line("open s2"), gives_up=frozenset({SectionId("SC")}), after=SheetId("P0"))
    texts = Seen(printed(one, EN)).texts
    assert "100 customers (SC)" in texts
    assert texts[texts.index("Continues sheet") + 1] == "P0"


def test_a_veto_stands_on_the_paper() -> None:
    one = sheet(line("open s1"), verdict=VETOED)
    assert "not passed, 1 violations" in Seen(printed(one, EN)).texts


def test_a_device_that_the_grid_has_no_more_is_named_all_the_same() -> None:
    assert "thiết bị s9" in rows(printed(sheet(line("open s9"))))[0]


# nothing but text comes from people

NASTY = "<script>alert(1)</script>\"'&amp; </td><img src=x onerror=1> Đường dây 471 – Ngõ 165"


def test_what_people_write_is_text() -> None:
    said = dict.fromkeys(("issuer", "receiver", "supervisor", "operator"), NASTY)
    one = sheet(
        line("note", NASTY), line("open s1", NASTY), of=paper(NASTY, **said),
        prepared_by=UserName(NASTY), number=NASTY, after=SheetId(NASTY),
    )  # fmt: skip
    one.steps[1].progress.receiver = NASTY
    plain = printed(sheet(line("note", "x"), line("open s1", "x"), of=paper("x", issuer="x"),
                          after=SheetId("x")))  # fmt: skip
    html = printed(one)
    tags = [tag for tag, _ in Seen(html).tags]
    assert "script" not in tags
    assert "img" not in tags
    extra = ["span"]  # the receiver of the instruction
    assert sorted(tags) == sorted([tag for tag, _ in Seen(plain).tags] + extra)
    assert sum(NASTY in text for text in Seen(html).texts) >= 11


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40))
def test_no_text_changes_the_page_around_it(text: str) -> None:
    html = printed(sheet(line("note", text), of=paper(text, issuer=text)))
    plain = printed(sheet(line("note", "x"), of=paper("x" if text else "", issuer="x")))
    assert [tag for tag, _ in Seen(html).tags] == [tag for tag, _ in Seen(plain).tags]


def test_the_page_has_neither_script_nor_style_of_its_own() -> None:
    """The Content-Security-Policy would let none through."""
    html = printed(sheet(line("open s1")))
    for tag, attrs in Seen(html).tags:
        assert tag not in ("script", "style", "iframe", "img")
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]
    assert [a["href"] for t, a in Seen(html).tags if t == "link"] == [STYLE_ADDRESS]


def test_two_hundred_lines_are_two_hundred_rows() -> None:
    lines = [line(f"{'close' if k % 2 else 'open'} s1", "đo dòng điện") for k in range(200)]
    html = printed(sheet(*lines))
    numbers = [re.search(r"\d+", row) for row in rows(html)]
    assert [int(found.group()) for found in numbers if found] == list(range(1, 201))
    assert html.count("<thead>") == 1
