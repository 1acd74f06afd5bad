"""What makes sure which device answers, and what is said where nothing does."""

from dataclasses import replace

import pytest

from gridops.errors import SettingsError
from gridops.ids import LinkId
from gridops.network import NO_IDENTITY, Link, build_network, draw
from gridops.ports import Commanding, Endpoint, LinkSecurity, SecurityPolicy
from gridops.settings.security import LinkSecuritySettings, SecuritySettings
from opcua_bridge.command.drive import drives_of
from opcua_bridge.session.identity import is_identity, is_known, weakness_of
from opcua_bridge.session.namespaces import Namespaces
from opcua_bridge.session.wrong_server import WrongServer

RTU = LinkId("rtu")
NAMED = Link(id=RTU, name="rtu", namespace_uri="urn:plant")
NAMELESS = replace(NAMED, identity_node_id=NO_IDENTITY)
HERE, THERE = "opc.tcp://127.0.0.1:4840", "opc.tcp://10.0.0.1:4840"


def at(url: str, *uris: str, unsecured: bool = False) -> Endpoint:
    policy = SecurityPolicy.NONE if unsecured else SecurityPolicy.AUTO
    return Endpoint(
        url=url,
        security=LinkSecurity(
            policy=policy, allow_unsecured=unsecured, server_uris=frozenset(uris)
        ),
    )


@pytest.mark.parametrize(
    ("link", "endpoint", "known", "weakness"),
    [
        (NAMED, at(HERE), True, ""),
        (NAMED, at(THERE), True, ""),
        (NAMELESS, at(THERE, "urn:a"), True, ""),
        (NAMELESS, at(THERE, "urn:a", unsecured=True), True, "unproven"),
        (NAMELESS, at(HERE, "urn:a"), True, "unproven"),
        (NAMELESS, at(THERE), False, "any trusted server with the namespace 'urn:plant' passes"),
        (NAMELESS, at(HERE), False, "any server with the namespace 'urn:plant' passes"),
    ],
)
def test_what_is_lost_is_said(link: Link, endpoint: Endpoint, known: bool, weakness: str) -> None:
    assert is_known(link, endpoint) is known
    said = weakness_of(link, endpoint)
    assert weakness in said
    assert bool(said) is bool(weakness)


@pytest.mark.parametrize(
    ("says", "fits"),
    [
        ("rtu", True),
        ("RTU", False),
        ("rtu ", False),
        ("", False),
        (None, False),
        (["rtu"], False),
        (True, False),
        (4711, False),
    ],
)
def test_only_the_very_words_make_it_the_link(says: object, fits: bool) -> None:
    assert is_identity(says, NAMED) is fits


def test_a_serial_number_may_be_a_number() -> None:
    numbered = replace(NAMED, identity_value="4711")
    assert is_identity(4711, numbered)
    assert is_identity("4711", numbered)
    assert not is_identity(4712, numbered)
    assert not is_identity(4711.0, numbered)
    assert not is_identity(True, replace(NAMED, identity_value="True"))


def test_commands_to_a_device_that_nothing_tells_from_others_are_refused_at_once() -> None:
    parts = draw("S1 [b1] A [s1] B").components
    nameless = tuple(replace(link, identity_node_id=NO_IDENTITY) for link in parts.links)
    grid = build_network(replace(parts, links=nameless))
    with pytest.raises(SettingsError, match="nothing tells the devices") as refused:
        drives_of(grid, {RTU: at(HERE)}, commanding=Commanding())
    assert "server_uri" in refused.value.remedy
    assert set(drives_of(grid, {RTU: at(HERE, "urn:a")}, commanding=Commanding())) == {"b1", "s1"}


def test_a_link_that_is_only_listened_to_needs_no_identity() -> None:
    parts = draw("S1 [b1] A [s1] B").components
    (link,) = parts.links
    listened = replace(
        link, id=LinkId("meters"), namespace_uri="urn:m", identity_node_id=NO_IDENTITY
    )
    grid = build_network(replace(parts, links=(link, listened)))
    drives = drives_of(grid, {RTU: at(HERE), listened.id: at(HERE)}, commanding=Commanding())
    assert set(drives) == {"b1", "s1"}


def test_a_pair_has_several_names() -> None:
    both = LinkSecuritySettings(server_uri=["urn:a", "urn:b"])
    assert SecuritySettings().of_link(both).server_uris == {"urn:a", "urn:b"}
    assert SecuritySettings(server_uri="urn:c").of_link(None).server_uris == {"urn:c"}
    assert SecuritySettings().of_link(None).server_uris == frozenset()


def test_what_a_server_gives_for_its_namespaces_may_be_anything() -> None:
    odd = ["", "urn:other", "", "urn:plant", "urn:plant"]
    assert Namespaces(NAMED, odd).node("x").NamespaceIndex == 3
    with pytest.raises(WrongServer, match="does not have the namespace"):
        Namespaces(NAMED, odd[:3])
    with pytest.raises(WrongServer, match="namespace of 'nsu=urn:gone;i=1'"):
        Namespaces(NAMED, odd).node("nsu=urn:gone;i=1")
