"""From a template and a choice to steps that a dispatcher would have written, and files that say
all that is wrong with them."""

from pathlib import Path

import pytest

from gridops.adapters.template_files import (
    ParameterEntry,
    StepEntry,
    TemplateFile,
    read_template,
    read_templates,
)
from gridops.errors import FileFlawed
from gridops.events.operator import TagKind
from gridops.events.sheets import StepAct, StepBy, StepDraft
from gridops.ids import SwitchId
from gridops.network import Control, draw
from gridops.powerflow import RadialFlow
from gridops.sheets.course import Course
from gridops.sheets.drafting import Drafted, boundary_of, drafted
from gridops.sheets.templates import Template
from tests.guard_desk import Desk, desk, sections
from tests.sheet_desk import FEEDERS, broken, judge, why

CALM = desk(FEEDERS, fault="")
PAGE = Path(__file__).parents[2] / "docs" / "sheets.md"
SHIPPED = {template.id: template for template in read_templates()}


def draft(here: Desk, template: str | Template, **chosen: str) -> Drafted:
    asked = SHIPPED[template] if isinstance(template, str) else template
    planner = RadialFlow(here.network)
    return drafted(asked, chosen, knowledge=here.knowledge(), planner=planner)


def said(found: Drafted) -> str:
    return ", ".join(f"{s.act.value} {s.switch or s.text}" for s in found.steps)


def passes(here: Desk, found: Drafted) -> bool:
    asked = Course(steps=found.steps, gives_up=frozenset(found.gives_up))
    return why(judge(here, asked)) == []


def test_a_section_is_taken_out_at_the_switches_that_the_grid_has_around_it() -> None:
    found = draft(CALM, "section_out", section="SB", tie="t1", work="New joints at B")
    assert said(found) == (
        "open s1, open s2, close t1, check_dead s1, check_dead s2, earth s1, earth s2, "
        "note New joints at B"
    )
    assert found.gives_up == ("SB", "SC")
    assert passes(CALM, found)


def test_a_line_whose_place_nobody_chose_is_left_out() -> None:
    found = draft(CALM, "section_out", section="SC")
    assert said(found) == "open s2, check_dead s2, check_dead t1, earth s2, earth t1"
    assert found.gives_up == ("SC",)


def test_the_end_that_feeds_is_opened_first_so_that_a_disconnector_may_follow() -> None:
    turned = desk("S1 [b1] A [s1] B [d2] C (t1) D [b2] S2\nB [d3] E", fault="")
    found = draft(turned, "section_out", section="SB")
    assert said(found).startswith("open s1, open d2, open d3, check_dead s1")
    assert passes(turned, found)


def test_it_is_given_back_as_it_was() -> None:
    out = CALM.moved("open s1, open s2, close t1")
    for switch in ("s1", "s2"):
        out = out.tagged(switch, TagKind.EARTH_APPLIED)
    found = draft(out, "section_back", section="SB", tie="t1")
    assert said(found) == "unearth s1, unearth s2, open t1, close s1, close s2"
    assert passes(out, found)


def test_what_hangs_beyond_waits_until_the_nearer_end_is_closed() -> None:
    """In grid order s0 comes first, but supply comes over s1."""
    drawn = "C [s0] B [s1] A [b1] S1"
    out = desk(drawn, fault="").moved("open s1, open s0")
    found = draft(out, "section_back", section="SB")
    assert said(found) == "close s1, close s0"
    assert passes(out, found)


def test_no_switch_that_stands_where_it_should_is_written() -> None:
    out = CALM.moved("open s1")
    assert said(draft(out, "section_out", section="SB")).startswith("open s2, check_dead s1")
    doubtful = out.doubting("s1")
    assert said(draft(doubtful, "section_out", section="SB")).startswith("open s1, open s2")


def test_a_crew_moves_what_no_telecontrol_can() -> None:
    by_hand = desk(FEEDERS, fault="", change={"s2": {"control": Control.CREW}})
    steps = draft(by_hand, "section_out", section="SC").steps
    assert steps[0] == StepDraft(act=StepAct.OPEN, by=StepBy.CREW, switch=SwitchId("s2"))


def test_a_feeder_goes_over_to_its_neighbour_with_an_interruption_that_it_declares() -> None:
    found = draft(CALM, "feeder_over_tie", feeder="Fb1", tie="t1")
    assert said(found) == "open b1, close t1"
    assert found.gives_up == ("SA", "SB", "SC")
    assert passes(CALM, found)


def test_the_way_without_an_interruption_is_for_declared_rings_alone() -> None:
    found = draft(CALM, "feeder_over_ring", feeder="Fb1", tie="t1")
    assert said(found) == "close t1, open b1"
    assert found.gives_up == ()
    assert "09" in broken(judge(CALM, Course(steps=found.steps)))


def test_one_tie_is_closed_or_opened() -> None:
    assert said(draft(CALM.moved("open s2"), "close_switch", switch="t1")) == "close t1"
    assert said(draft(CALM.moved("open s2, close t1"), "open_switch", switch="t1")) == "open t1"


def test_the_planner_brings_a_feeder_home() -> None:
    away = CALM.moved("open s2, close t1")
    for feeder in ("Fb1", "Fb2"):
        found = draft(away, "back_to_normal", feeder=feeder)
        assert said(found) == "open t1, close s2"
        assert found.gives_up == ("SC",)
        assert passes(away, found)


def test_what_is_dark_and_hangs_on_the_feeder_normally_gets_its_supply_back() -> None:
    dark = CALM.moved("open s1")
    assert said(draft(dark, "back_to_normal", feeder="Fb1")) == "close s1"


def test_a_tag_keeps_the_planner_from_the_way_home_and_says_so() -> None:
    away = CALM.moved("open s2, close t1").tagged("s2", TagKind.NO_CLOSE)
    assert [r.code for r in draft(away, "back_to_normal", feeder="Fb1").flaws] == ["no-way-back"]


@pytest.mark.parametrize(
    ("template", "chosen", "codes"),
    [
        ("section_out", {}, ["template-not-chosen"]),
        ("section_out", {"section": "SZ"}, ["guard-no-such-element"]),
        ("section_out", {"section": "SB", "tie": "t9"}, ["guard-no-such-element"]),
        ("section_out", {"section": "SB", "room": "3"}, ["template-no-such-parameter"]),
        ("section_out", {"section": "SB", "work": "x" * 501}, ["template-text-too-long"]),
        ("section_out", {"section": "SS1"}, ["template-no-boundary"]),
        ("feeder_over_tie", {"tie": "b7"}, ["template-not-chosen", "guard-no-such-element"]),
        ("feeder_over_tie", {"feeder": "b1", "tie": "t1"}, ["guard-no-such-element"]),
        ("open_switch", {"switch": "t1"}, ["template-nothing-to-do"]),
        ("back_to_normal", {"feeder": "Fb1"}, ["template-nothing-to-do"]),
    ],
)
def test_a_wrong_choice_is_answered_with_every_reason(
    template: str, chosen: dict[str, str], codes: list[str]
) -> None:
    found = draft(CALM, template, **chosen)
    assert [flaw.code for flaw in found.flaws] == codes
    assert found.steps == ()


def test_fuses_and_what_nobody_can_operate_bound_no_work() -> None:
    network = draw("S1 [b1] A [f1] B [s2] C [s3] D", change={"s2": {"control": Control.NONE}})
    assert boundary_of(network, next(iter(sections("B")))) == (sections("A B C"), ("b1", "s3"))


def test_a_ring_within_the_zone_bounds_nothing() -> None:
    network = draw("S1 [b1] A [f1] B [f2] A\nA [s4] B")
    assert boundary_of(network, next(iter(sections("A")))) == (sections("A B"), ("b1",))


# Files


def test_the_page_names_every_key_and_every_template() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for model in (TemplateFile, ParameterEntry, StepEntry):
        assert not [
            key
            for key in model.model_fields
            if f"`{key}`" not in page.replace("[[", "").replace("]]", "")
        ]
    assert not [template for template in SHIPPED if f"`{template}`" not in page]


def test_every_shipped_template_has_both_languages() -> None:
    assert len(SHIPPED) >= 7
    for template in SHIPPED.values():
        words = [(template.title, template.title_vi)]
        words += [(p.title, p.title_vi) for p in template.parameters]
        assert all(one != other for one, other in words)


SOUND = """format = 1
title = "One"
title_vi = "Mot"

[[parameters]]
name = "tie"
kind = "switch"
title = "Tie"
title_vi = "LL"

[[steps]]
act = "close"
at = "switch"
of = "tie"
"""


def flaws(folder: Path, text: str, name: str = "mine.toml") -> list[str]:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FileFlawed) as told:
        read_template(file)
    assert "docs/sheets.md" in str(told.value)
    return [flaw.removeprefix(f"{file}:") for flaw in told.value.flaws]


def test_a_utility_may_have_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SOUND, encoding="utf-8")
    (only,) = read_templates(tmp_path)
    assert (only.id, only.steps[0].act) == ("mine", StepAct.CLOSE)


def test_every_flaw_is_told_with_its_line(tmp_path: Path) -> None:
    text = SOUND.replace('act = "close"', 'act = "shut"').replace('kind = "switch"', 'kin = "x"')
    assert flaws(tmp_path, text) == [
        "5: parameters.0.kind: Field required",
        "7: parameters.0.kin: no such key (near: kind)",
        "12: steps.0.act: Input should be 'open', 'close', 'check_dead', 'earth', 'unearth' "
        "or 'note'",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('of = "tie"', 'of = "ties"', "14: steps.0.of: no parameter 'ties': near are tie"),
        ('at = "switch"', 'at = "head"', "14: steps.0.of: at 'head' a parameter of kind 'feeder'"),
        ('act = "close"\n', "", "11: steps.0.act: says nothing to do"),
        ('act = "close"', 'act = "note"', "12: steps.0.act: says nothing to do"),
        ('at = "switch"', 'at = "paper"', "14: steps.0.of: at 'paper' a parameter of kind 'text'"),
        ("format = 1", "format = 2", "1: format: Input should be 1"),
        ('title_vi = "Mot"\n', "", "1: title_vi: Field required"),
        ("[[steps]]", "[[steps", "11: is not TOML"),
        ("[[steps]]", '[[parameters]]\nname = "tie"', "6: parameters.0.name: there are several"),
    ],
)
def test_a_flaw_says_where_and_what(tmp_path: Path, old: str, new: str, told: str) -> None:
    if "several" in told:
        one = SOUND.index("[[parameters]]")
        text = SOUND + SOUND[one : SOUND.index("[[steps]]")]
    else:
        text = SOUND.replace(old, new)
    assert any(flaw.startswith(told) for flaw in flaws(tmp_path, text))


def test_a_parameter_that_no_line_uses_is_a_flaw(tmp_path: Path) -> None:
    second = '[[parameters]]\nname = "spare"\nkind = "text"\ntitle = "a"\ntitle_vi = "b"\n'
    assert flaws(tmp_path, SOUND + second) == [
        "16: parameters.1.name: no step uses 'spare': remove it or use it"
    ]


def test_the_flaws_of_all_files_come_together(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml", "sound.toml"):
        text = SOUND if name == "sound.toml" else SOUND.replace("format = 1", "format = 2")
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(FileFlawed) as told:
        read_templates(tmp_path)
    assert [Path(f.split(":")[0]).name for f in told.value.flaws] == ["a.toml", "b.toml"]


def test_a_folder_without_templates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFlawed, match="0 templates"):
        read_templates(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(FileFlawed, match="UTF-8"):
        read_template(tmp_path / "mine.toml")
    assert flaws(tmp_path, SOUND, "My one.toml")[0].startswith("1: format: the name of the file")
