"""A state on a drawing, and grids drawn by the switches that matter."""

import re

from gridops.ids import SectionId, SwitchId
from gridops.network import Network, draw
from gridops.schematic import Look, Shown, blocks, layout, picture

GRID = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"


def section(network: Network, node: str) -> SectionId:
    return network.section_of(node)


def shown(network: Network, **looks: Look) -> Shown:
    """After the plan of the worked example: B faulty, C fed by t1."""
    return Shown(
        heading="B <faulty>",
        subheading="100 customers dark",
        closed=frozenset(map(SwitchId, ("b1", "t1", "b2"))),
        looks={section(network, node): look for node, look in looks.items()},
        notes={SwitchId("t1"): "4 closed"},
    )


def drawn(network: Network, state: Shown | None) -> str:
    return picture(network, layout(network), shown=state)


def test_a_state_is_told_by_lines_and_by_words() -> None:
    network = draw(GRID)
    text = drawn(network, shown(network, B=Look.FAULT, C=Look.LENT))
    assert text.count(">FAULT</text>") == 1
    assert ">t1: 4 closed</text>" in text
    assert "B &lt;faulty&gt;" in text
    assert 'class="core"' in text
    for words in ("dark", "faulty, dark", "fed another way", "as normal"):
        assert f">{words}</text>" in text


def symbols(text: str) -> dict[str, str]:
    """By switch: `o` or `c`."""
    found = re.findall(r'<use href="#\w+-([oc])"[^>]*><title>(\w+)', text)
    return {ident: position for position, ident in found}


def test_symbols_show_the_positions_of_the_state() -> None:
    network = draw(GRID)
    normally = symbols(drawn(network, None))
    assert normally == {"b1": "c", "s1": "c", "s2": "c", "t1": "o", "b2": "c"}
    now = symbols(drawn(network, shown(network)))
    assert now == {"b1": "c", "s1": "o", "s2": "o", "t1": "c", "b2": "c"}


def test_dark_sections_have_black_nodes() -> None:
    network = draw(GRID)
    dark = drawn(network, shown(network, C=Look.DARK))
    assert dark.count('class="full"') == drawn(network, shown(network)).count('class="full"') + 1


def test_a_source_without_voltage_is_crossed_out() -> None:
    network = draw(GRID)
    dead = drawn(network, shown(network, S2=Look.DARK))
    assert dead.count('class="cross"') == dead.count(">DEAD</text>") == 1
    assert 'class="cross"' not in drawn(network, shown(network, B=Look.FAULT))


def test_the_normal_picture_knows_nothing_of_states() -> None:
    network = draw(GRID)
    assert "FAULT" not in drawn(network, None)
    assert ".lent" not in drawn(network, None)


def test_a_note_stays_on_the_sheet() -> None:
    network = draw(GRID)
    long = "7 opened by a crew that came from far away"
    state = Shown(
        heading="",
        subheading="",
        closed=network.normally_closed,
        looks={},
        notes=dict.fromkeys(network.switches, long),
    )
    text = drawn(network, state)
    width = float(re.findall(r'viewBox="0 0 (\S+) ', text)[0])
    for style, x in re.findall(r'<text class="(a[ e]*)" x="([\d.-]+)"', text):
        assert (float(x) > 0) if "e" in style else (float(x) < width)
    assert text.count(long) == len(network.switches)


def test_blocks_keep_what_is_kept_and_join_the_rest() -> None:
    network = draw(GRID, customers={"A": 10, "B": 20, "C": 30})
    small, block_of = blocks(network, frozenset(map(SwitchId, ("b1", "s2", "t1", "b2"))))
    assert set(small.switches) == {"b1", "s2", "t1", "b2"}
    at = {node: block_of[section(network, node)] for node in "ABCD"}
    assert at["A"] == at["B"]
    assert len({at["A"], at["C"], at["D"]}) == 3
    assert small.nodes[at["A"]].name == "30 customers"
    assert small.customers == network.customers
    assert set(small.heads) == set(network.heads)
    assert "30 customers" in drawn(small, None)


def test_blocks_leave_out_what_no_kept_switch_touches() -> None:
    network = draw("S1 [b1] A [s1] B\nS2 [b2] C")
    small, block_of = blocks(network, frozenset({SwitchId("b1")}))
    assert section(network, "C") not in block_of
    assert set(small.sources) == {"S1"}
    assert section(network, "B") in block_of
