"""What is published, and which happenings are told."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from asyncua import ua
from pydantic import ValidationError

from gridops.settings import Settings
from gridops.settings.publisher import PublisherSettings
from opcua_bridge.publisher.happenings import Kind, happenings
from opcua_bridge.publisher.tree import EMPTY, Shown, name_of, shown
from tests.publisher_views import opened, planned, quiet


def test_happenings_are_told_once_each_in_their_order() -> None:
    closed = planned()
    closed["incidents"]["I1"]["phase"] = "closed"
    views = [quiet(), opened(), opened(), planned(), closed, closed]
    told = [each.kind for before, after in pairwise(views) for each in happenings(before, after)]
    assert told == [Kind.OPENED, Kind.LOCATED, Kind.PLAN_PROPOSED, Kind.CLOSED]


def test_what_passes_between_two_views_is_told_all_the_same() -> None:
    closed = planned()
    closed["incidents"]["I1"]["phase"] = "closed"
    assert [each.kind for each in happenings(quiet(), closed)] == list(Kind)


def test_a_new_plan_is_told_again_and_the_end_of_a_plan_is_not() -> None:
    another, none = planned(), planned()
    another["incidents"]["I1"]["plan"] = "P2"
    none["incidents"]["I1"]["plan"] = ""
    (told,) = happenings(planned(), another)
    assert (told.kind, told.incident, told.customers_out) == (Kind.PLAN_PROPOSED, "I1", 120)
    assert list(happenings(planned(), none)) == []


def test_every_variable_has_a_type_that_its_value_fits() -> None:
    for path, value in shown(planned()).items():
        assert value.kind in EMPTY, path
        if value.value is not None and value.kind is not ua.VariantType.String:
            assert isinstance(value.value, (bool, int, float, datetime)), path
        assert isinstance(value.value, list) == value.is_list, path
    found = shown(planned())
    assert found["Incidents", "I1", "OpenedAt"].value == datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC)
    assert found["Incidents", "I1", "ConcludedAt"] == Shown(ua.VariantType.DateTime, None)
    assert found["Incidents", "Open"].value == 1


def test_names_of_nodes() -> None:
    assert name_of("customers_out") == "CustomersOut"
    assert name_of("p_w") == "PW"


def test_it_is_off_and_on_this_machine_alone_unless_secured() -> None:
    assert Settings().publisher.place(Settings().security) is None
    place = PublisherSettings(enabled=True).place(Settings().security)
    assert place is not None
    assert (place.host, place.secured) == ("127.0.0.1", False)
    with pytest.raises(ValidationError, match="set secured"):
        PublisherSettings(host="0.0.0.0")
    with pytest.raises(ValidationError, match="go together"):
        PublisherSettings(secured=True, user="historian")
    with pytest.raises(ValidationError, match="anybody can read"):
        PublisherSettings(user="historian", password_file="file")
