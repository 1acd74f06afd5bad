"""Who may command what, how often, as whom; and what is only told."""

from dataclasses import replace
from pathlib import Path

import pytest
from command_setting import B1, S1, CountingField, Tapped, order
from opcua_setting import CLOCK, RTU, at_work, listening, ring
from secured_setting import SERVER_URI, Site

from gridops.bootstrap.commanding import commanding_of
from gridops.errors import (
    CommandNotAllowed,
    CommandRefused,
    CommandRehearsed,
    SettingsError,
    TooManyCommands,
    UnknownId,
)
from gridops.measurement import Position
from gridops.ports import Commanding, Endpoint, Identity, LinkSecurity
from gridops.settings import load_settings
from opcua_bridge import VirtualRtu, open_field_link, serve_virtual_field
from opcua_bridge.field_server.virtual_field_server import ordering, play_field
from opcua_bridge.security.server_side import Guests, ServerSecurity, these_users
from tests.certificates import own


async def test_only_what_the_settings_allow_is_commanded() -> None:
    grid = ring()
    field = CountingField(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), commanding=Commanding(switches=frozenset({S1}))) as (
            link,
            heard,
        ),
    ):
        await heard.restored(epoch=1)
        with pytest.raises(CommandNotAllowed, match="do not let it"):
            await link.operate(order(B1, Position.OPEN))
        await link.operate(order(S1, Position.OPEN))
        assert field.orders == [("s1", Position.OPEN)]


@pytest.mark.parametrize(
    "commanding",
    [Commanding(link_per_minute_max=2), Commanding(per_minute_max=2)],
    ids=["of the link", "in all"],
)
async def test_more_commands_than_a_minute_may_bring_are_refused(commanding: Commanding) -> None:
    grid = ring()
    field = CountingField(grid)
    async with at_work(field, commanding=commanding) as (link, _):
        await link.operate(order(S1, Position.OPEN))
        assert link.health()[0].detail == "good"
        await link.operate(order(S1, Position.CLOSED))
        with pytest.raises(TooManyCommands, match="2 commands"):
            await link.operate(order(S1, Position.OPEN))
        assert len(field.orders) == 2
        assert "no more commands: 2 of 2" in link.health()[0].detail


async def test_no_command_passes_twice() -> None:
    grid = ring()
    field = CountingField(grid)
    async with at_work(field) as (link, _):
        once = order(S1, Position.OPEN)
        await link.operate(once)
        with pytest.raises(CommandRefused, match="was sent before"):
            await link.operate(once)
        assert field.orders == [("s1", Position.OPEN)]


async def test_a_dry_run_tells_what_would_be_sent_and_sends_no_byte() -> None:
    grid = ring()
    field = CountingField(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        Tapped(rtus.endpoints[RTU]) as path,
        listening(grid, {RTU: path.endpoint}, commanding=Commanding(dry_run=True)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        with pytest.raises(CommandRehearsed) as told:
            await link.operate(order(S1, Position.OPEN))
        assert told.value.what == (
            f"would send to {path.endpoint} (policy None, as anonymous, namespace"
            " urn:gridops:drawing) command: write 1 (Byte) to s1.command"
        )
        assert len(path.sent) == 1  # the one that reads
        assert b"s1.command" not in path.sent[0]
        assert field.orders == []
        assert "dry run" in link.health()[0].detail


async def test_with_execution_off_nothing_is_sent_and_no_session_opened() -> None:
    grid = ring()
    field = CountingField(grid)
    off = commanding_of(load_settings(), grid)
    assert off is None
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        Tapped(rtus.endpoints[RTU]) as path,
        listening(grid, {RTU: path.endpoint}, commanding=off) as (link, heard),
    ):
        await heard.restored(epoch=1)
        with pytest.raises(CommandNotAllowed, match="execution is off"):
            await link.operate(order(S1, Position.OPEN))
        assert len(path.sent) == 1
        assert field.orders == []


def test_with_execution_off_who_commands_is_not_even_looked_at(tmp_path: Path) -> None:
    """Nor whether the allowed switches exist: the section is of no effect."""
    section = {"user": "operator", "password_file": tmp_path / "none", "allow_switches": ["nope"]}
    off = load_settings(None, {"commands": section})
    assert commanding_of(off, ring()) is None
    on = load_settings(None, {"commands": section, "control": {"execution_enabled": True}})
    with pytest.raises(UnknownId):
        commanding_of(on, ring())


def test_a_feeder_is_allowed_with_its_head_and_its_ties() -> None:
    on = {"control": {"execution_enabled": True}}
    settings = load_settings(None, {**on, "commands": {"allow_feeders": ["Fb1"]}})
    commanding = commanding_of(settings, ring())
    assert commanding is not None
    assert commanding.switches == {"b1", "s1", "t1"}
    everything = commanding_of(load_settings(None, on), ring())
    assert everything is not None
    assert everything.switches is None


async def test_commands_go_as_who_commands_and_reading_as_who_reads(tmp_path: Path) -> None:
    grid, server = ring(), own("server", SERVER_URI)
    site = Site(tmp_path)
    site.believe_each_other(server)
    came: list[str] = []
    check = these_users({"reader": "read", "operator": "operate"})

    def seen(user: str, password: str) -> bool:
        came.append(user)
        return check(user, password)

    security = ServerSecurity(
        own=server, clock=CLOCK, guests=Guests(check_password=seen), pki=site.server
    )
    field = CountingField(grid)
    rtu = VirtualRtu(
        grid.links[RTU],
        grid.components.points,
        host="127.0.0.1",
        port=0,
        order=ordering(field, CLOCK),
        security=security,
    )
    async with play_field(field, CLOCK, rtus={RTU: rtu}) as rtus:
        endpoint = site.endpoint(rtus.endpoints[RTU])
        reader = Identity(user="reader", password_file=_secret(tmp_path, "read"))
        endpoint = replace(endpoint, security=replace(endpoint.security, identity=reader))
        operator = Identity(user="operator", password_file=_secret(tmp_path, "operate"))
        commanding = Commanding(identity=operator)
        async with listening(grid, {RTU: endpoint}, commanding=commanding) as (link, heard):
            await heard.restored(epoch=1)
            assert set(came) == {"reader"}
            await link.operate(order(S1, Position.OPEN))
            assert came[-1] == "operator"
            assert field.orders == [("s1", Position.OPEN)]
            assert operator.password_file is not None
            operator.password_file.unlink()
            with pytest.raises(CommandRefused, match="nothing was sent"):
                await link.operate(order(S1, Position.CLOSED))


@pytest.mark.parametrize(
    "commanding", [Commanding(), Commanding(identity=Identity(user="r", password_variable="P"))]
)
def test_who_reads_does_not_command_unless_the_settings_say_so(commanding: Commanding) -> None:
    reader = Identity(user="r", password_variable="P")
    far = Endpoint(url="opc.tcp://192.0.2.1:4840", security=LinkSecurity(identity=reader))
    with pytest.raises(SettingsError, match="identity of their own"):
        open_field_link(ring(), {RTU: far}, clock=CLOCK, commanding=commanding)
    allowed = replace(commanding, as_reader=True)
    open_field_link(ring(), {RTU: far}, clock=CLOCK, commanding=allowed)
    open_field_link(ring(), {RTU: far}, clock=CLOCK)  # execution is off: nobody is asked


def _secret(folder: Path, password: str) -> Path:
    file = folder / password
    file.write_text(password)
    file.chmod(0o600)
    return file
