"""Currents through contacts equal the least-squares solution of Kirchhoff's law; walks equal
networkx."""

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from random_feeders import drawings

from gridops.adapters.engines.contacts import Contacts
from gridops.adapters.engines.islands_kernel import gathered, reached
from gridops.network import draw

NODES_MAX = 7
PLACES = st.integers(0, NODES_MAX - 1)
PAIRS = st.lists(st.tuples(PLACES, PLACES), max_size=10)


def graph(pairs: list[tuple[int, int]]) -> "nx.MultiGraph[int]":
    drawn: nx.MultiGraph[int] = nx.MultiGraph()
    drawn.add_nodes_from(range(NODES_MAX))
    drawn.add_edges_from(pairs)
    return drawn


def balanced(group: NDArray[np.int32], sources: list[int], seed: int) -> NDArray[np.complex128]:
    """Random draws, which in every group without source sum up to nothing."""
    dice = np.random.default_rng(seed)
    drawn = dice.normal(size=NODES_MAX) + 1j * dice.normal(size=NODES_MAX)
    fed = {int(group[s]) for s in sources}
    for each in set(group.tolist()) - fed:
        members = np.flatnonzero(group == each)
        drawn[members] -= drawn[members].mean()
    return drawn


def least_squares(
    pairs: list[tuple[int, int]], sources: list[int], drawn: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    """One column per contact and per source; lstsq gives the solution of least norm."""
    arriving = np.zeros((NODES_MAX, len(pairs) + len(sources)))
    for k, (a, b) in enumerate(pairs):
        arriving[a, k] -= 1.0
        arriving[b, k] += 1.0
    for k, node in enumerate(sources, start=len(pairs)):
        arriving[node, k] = 1.0
    solution: NDArray[np.complex128] = np.linalg.lstsq(arriving, drawn, rcond=None)[0]
    return solution


@given(pairs=PAIRS, sources=st.lists(PLACES, max_size=3), seed=st.integers(0, 1000))
def test_nodes_fuse_and_currents_share_as_the_slow_way_says(
    pairs: list[tuple[int, int]], sources: list[int], seed: int
) -> None:
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    contacts = Contacts(NODES_MAX, ends, sources=np.array(sources, np.int64))
    islands = {frozenset(island) for island in nx.connected_components(graph(pairs))}
    groups = range(contacts.groups)
    assert {frozenset(np.flatnonzero(contacts.group == g).tolist()) for g in groups} == islands
    drawn = balanced(contacts.group, sources, seed)
    found = contacts.currents(drawn)
    expected = least_squares(pairs, sources, drawn)
    assert np.allclose(found.through, expected[: len(pairs)], rtol=0, atol=1e-12)
    assert np.allclose(found.from_source, expected[len(pairs) :], rtol=0, atol=1e-12)


def test_the_current_through_a_chain_of_contacts_is_exact() -> None:
    contacts = Contacts(4, np.array([[0, 1], [2, 1], [2, 3]]), sources=np.array([0]))
    found = contacts.currents(np.array([0.1, 0.2, 0.3, 0.4j]))
    assert found.through.tolist() == [0.5 + 0.4j, -0.3 - 0.4j, 0.4j]
    assert found.from_source.tolist() == [0.6 + 0.4j]


@given(text=drawings(), start=st.sets(st.integers(0, 20), max_size=3), open_=st.integers(0, 2**12))
def test_the_walk_over_sections_reaches_what_networkx_reaches(
    text: str, start: set[int], open_: int
) -> None:
    network = draw(text)
    arrays = network.arrays
    status = np.array([1 - (open_ >> k & 1) for k in range(len(arrays.switches))], np.int8)
    begun = np.array(sorted(k % len(arrays.sections) for k in start), np.int32)
    drawn: nx.Graph[int] = nx.Graph()
    drawn.add_nodes_from(range(len(arrays.sections)))
    drawn.add_edges_from(arrays.switch_sections[status == 1].tolist())
    found = reached(begun, status, arrays.first, arrays.neighbour_switch, arrays.neighbour_section)
    expected = set[int]().union(*(nx.node_connected_component(drawn, int(k)) for k in begun))
    assert len(set(found.tolist())) == len(found)
    assert set(found.tolist()) == expected


def test_gathered_members_come_section_by_section() -> None:
    first, members = np.array([0, 2, 2, 5], np.int32), np.array([7, 9, 1, 2, 3], np.int32)
    assert gathered(first, members, np.array([2, 0, 1], np.int32)).tolist() == [1, 2, 3, 7, 9]
