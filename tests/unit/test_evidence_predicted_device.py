"""Which device has opened unseen, by who is dark."""

from hypothesis import given
from hypothesis import strategies as st

from gridops.ids import LoadId
from gridops.network import Network, draw
from gridops.outage.fault_path import opens_by_itself
from gridops.outage.predicted_device import Prediction, predict
from gridops.state import energise
from tests.properties.random_feeders import drawings

LATERALS = """
    S1 [b1] A [s1] B [f1] C [s2] D
    B [f2] E [s3] F
    B [r1] G [f3] H [s4] K
    S2 [b2] X"""


def ids(names: str) -> frozenset[LoadId]:
    return frozenset(LoadId(name) for name in names)


def asked(lost: str, alive: str = "", *, grid: str | Network = LATERALS) -> Prediction:
    network = draw(grid) if isinstance(grid, str) else grid
    return predict(energise(network, network.normally_closed), lost=ids(lost), alive=ids(alive))


def devices(prediction: Prediction) -> list[str]:
    return [found.device for found in prediction.devices]


def test_the_lowest_device_above_all_of_them() -> None:
    assert devices(asked("CD")) == ["f1"]
    assert devices(asked("GHK")) == ["r1"]
    assert devices(asked("CDEGH")) == ["b1"]


def test_it_is_split_where_somebody_between_is_alive() -> None:
    found = asked("CDEF", "AB")
    assert devices(found) == ["f1", "f2"]
    assert [one.lost for one in found.devices] == [("C", "D"), ("E", "F")]
    assert found.device is None


def test_the_lower_device_is_named_where_the_rest_of_the_zone_answers() -> None:
    assert devices(asked("HK", "G")) == ["f3"]


def test_a_single_transformer_has_a_trouble_of_its_own() -> None:
    found = asked("C", "D")
    assert (found.devices, found.by_themselves) == ((), ("C",))


def test_one_answer_against_many_does_not_split() -> None:
    found = asked("CDEFGHK", "A")
    assert devices(found) == ["b1"]
    assert found.devices[0].alive == 1


def test_two_feeders_are_two_devices() -> None:
    network = draw(LATERALS + " [s9] Y")
    assert devices(asked("CDXY", "ABE", grid=network)) == ["f1", "b2"]


def test_confidence_grows_with_witnesses_and_falls_with_contradiction() -> None:
    more, some, less = asked("CDEFGH"), asked("CDEF"), asked("CDEFGH", "A")
    assert more.device == some.device == less.device == "b1"
    certain = [one.devices[0].confidence for one in (less, some, more)]
    assert 0.5 < certain[0] < certain[2]
    assert certain[1] < certain[2]


def test_it_tells_whom_the_device_takes_with_it() -> None:
    (found,) = asked("HK", "B").devices
    assert (found.customers, found.silent, found.alive) == (200, 0, 0)


def test_who_is_lost_and_alive_at_once_counts_as_neither() -> None:
    assert asked("CD", "CD") == Prediction(devices=(), by_themselves=())


def test_unknown_and_dark_loads_are_passed_over() -> None:
    network = draw("S1 [b1] A [f1] B (t1) C")
    assert asked("CZ", grid=network) == Prediction(devices=(), by_themselves=())


@given(drawings(), st.data())
def test_every_lost_transformer_is_explained_once(text: str, data: st.DataObject) -> None:
    network = draw(text)
    loads = st.frozensets(st.sampled_from(list(network.loads)))
    lost, alive = data.draw(loads), data.draw(loads)
    traced = energise(network, network.normally_closed)
    found = predict(traced, lost=lost, alive=alive)
    explained = [load for one in found.devices for load in one.lost] + [*found.by_themselves]
    assert sorted(explained) == sorted(lost - alive)
    for one in found.devices:
        behind = traced.behind(one.device)
        assert opens_by_itself(network.switches[one.device])
        assert all(network.section_of_node[network.loads[k].node] in behind for k in one.lost)
        assert 0.5 <= one.confidence <= 1.0
