"""`gridops return` and `Grid.return_to_normal`: the way back from a given state."""

import pytest
from cli_story import Terminal

from gridops import open_grid
from gridops.errors import ScenarioError, UnknownId
from gridops.network import Limits

LENT = ("return", "hanoi_ring", "--open", "RMU2-1", "--close", "RMU3-2")
ONE_BUSBAR = ("return", "hanoi_ring", "--open", "MC473-2", "--close", "T471-473")


def actions(document: dict[str, object]) -> list[str]:
    return [f"{s['action']} {s['switch']}" for s in document["plan"]["steps"]]  # type: ignore[index]


def test_a_part_that_another_substation_feeds_goes_home_by_open_transition(
    gridops_says: Terminal,
) -> None:
    said = gridops_says(*LENT, "--json")
    assert said.code == 0
    document = said.document
    assert actions(document) == ["open RMU3-2", "close RMU2-1"]
    assert [s["customers_dropped"] for s in document["plan"]["steps"]] == [1556, 0]
    assert document["customers_interrupted_on_the_way"] == 1556
    assert document["customer_minutes"]["with_plan"] == pytest.approx(1556 * 8 / 60)
    assert document["off_normal"] == ["RMU2-1", "RMU3-2"]
    (lender,) = document["plan"]["steps"][0]["expects"]["currents_a"]
    assert lender["switch"] == "472"
    assert lender["before"] > lender["after"] > 0.0
    assert document["plan"]["branches"] == document["plan"]["helps"] == []
    assert (document["fault"], document["cause"], document["location"]) == ([], "planned", None)
    assert document["guard"]["passed"]
    assert document["plan"]["proof"] == "optimal"


def test_feeders_of_one_busbar_may_meet_where_the_grid_allows_it(gridops_says: Terminal) -> None:
    document = gridops_says(*ONE_BUSBAR, "--json").document
    assert actions(document) == ["close MC473-2", "open T471-473"]
    assert document["customers_interrupted_on_the_way"] == 0
    assert document["guard"]["passed"]
    apart = gridops_says(*ONE_BUSBAR, "--no-ring", "--json").document
    assert actions(apart) == ["open T471-473", "close MC473-2"]
    assert apart["customers_interrupted_on_the_way"] == 2252


def test_people_read_the_same_in_tables(gridops_says: Terminal) -> None:
    said = gridops_says(*LENT)
    assert "Off their normal position: RMU2-1, RMU3-2." in said.out
    assert "open RMU3-2" in said.out
    assert "What each step should show" in said.out
    assert "1 556" in said.out.replace("\u202f", " ")
    stays = gridops_says("return", "hanoi_ring", "--open", "471-7", "--close", "RMU3-2")
    assert "No switch can go back" in stays.out
    assert "duty" in stays.out


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (("return", "hanoi_ring"), "normal position"),
        (("return", "hanoi_ring", "--open", "RMU2-9"), "RMU2-9"),
        (("return", "hanoi_ring", "--open", "RMU2-1", "--close", "RMU2-1"), "RMU2-1"),
        (("return", "hanoi_ring", "--open", "RMU2-1", "--load-scale", "no"), "load-scale"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(
    gridops_says: Terminal, argv: tuple[str, ...], named: str
) -> None:
    assert named in gridops_says(*argv).complaint


def test_python_gives_the_same(gridops_says: Terminal) -> None:
    grid = open_grid("hanoi_ring")
    result = grid.return_to_normal(opened=["RMU2-1"], closed=["RMU3-2"])
    document = gridops_says(*LENT, "--json").document
    plain = result.to_plain()
    for told in (plain, document):
        told["plan"].pop("solve_ms")
    assert plain == document
    assert result.stays == ()


def test_what_stays_is_named_with_its_limit() -> None:
    grid = open_grid("hanoi_ring")
    tight = Limits(voltage_pu_min=0.95, loading_pct_max=20.0)
    result = grid.return_to_normal(opened=["MC473-2"], closed=["T471-473"], limits=tight)
    assert result.answer.plan.steps == ()
    (because,) = {stays.because for stays in result.stays}
    assert because == "overload"


def test_a_normal_state_that_breaks_a_limit_in_the_evening_is_not_gone_back_to() -> None:
    grid = open_grid("hanoi_ring")
    tight = Limits(voltage_pu_min=0.95, loading_pct_max=22.0)
    away = {"opened": ["MC473-2"], "closed": ["T471-473"], "limits": tight}
    for at, steps in (("10:00", 2), ("13:00", 2), ("15:00", 0)):
        result = grid.return_to_normal(at=at, **away)  # type: ignore[arg-type]
        assert len(result.answer.plan.steps) == steps, at
        assert result.answer.verdict.passed
    assert {(r.because, r.element, r.in_s) for r in result.stays} == {
        ("look-ahead", "L473-1", 10_800.0)
    }


def test_what_is_dark_comes_back_with_it() -> None:
    grid = open_grid("hanoi_ring")
    plan = grid.return_to_normal(opened=["RMU2-1", "RMU2-2"], closed=["RMU3-2"]).answer.plan
    assert [step.switch for step in plan.steps] == ["RMU2-1", "RMU3-2", "RMU2-2"]
    assert plan.customers.restored_by_switching == plan.customers.interrupted > 0


def test_an_unknown_switch_and_a_normal_state_are_refused() -> None:
    grid = open_grid("hanoi_ring")
    with pytest.raises(UnknownId):
        grid.return_to_normal(opened=["nowhere"])
    with pytest.raises(ScenarioError):
        grid.return_to_normal()
