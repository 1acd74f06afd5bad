"""Policies, modes and identities with node-opcua: as a server for our link, as a client of ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gridops.errors import CertificateRefused, LinkInsecure, LoginRefused
from gridops.ids import CommandId, SwitchId
from gridops.measurement import Position
from gridops.network import Link, Signal
from gridops.ports import Commanding, Identity, SecurityMode, SecurityPolicy, SwitchOrder
from gridops.virtual_field import OrderAnswer
from opcua_bridge import DEFAULT_LIMITS, VirtualRtu, open_field_link
from opcua_bridge.security.own_certificate import Own
from opcua_bridge.session.session import open_session
from tests.certificates import CLOCK, DAY, files_of, own
from tests.integration.opcua_setting import (
    Listener,
    eventually,
    field_on,
    moved_to,
    point_at,
    ring,
)
from tests.integration.secured_setting import (
    MODES,
    PASSWORD,
    POLICIES,
    RTU,
    SERVER_URI,
    USER,
    Site,
    secured_rtu,
    shown,
)
from tests.interop.fixtures import served_by_node
from tests.interop.node_peer import NodeClient, NodeProcess, PeerFailed, PeerRtu, PeerSetup

pytestmark = [pytest.mark.node, pytest.mark.asyncio(loop_scope="module")]

NODE_URI = f"urn:gridops:node-peer:{RTU}"
LINK = Link(id=RTU, name="rtu", namespace_uri="urn:gridops:drawing")
POINTS = [point_at("S1", Signal.VOLTAGE)]
NODE_NAME = {
    SecurityPolicy.BASIC256_SHA256: "Basic256Sha256",
    SecurityPolicy.AES128_SHA256_RSA_OAEP: "Aes128_Sha256_RsaOaep",
    SecurityPolicy.AES256_SHA256_RSA_PSS: "Aes256_Sha256_RsaPss",
}
IDENTITIES = ["anonymous", "password", "certificate"]


def node_rtu(process: NodeProcess, server: Own, folder: Path, **how: Any) -> PeerRtu:
    security = {
        "policies": list(NODE_NAME.values()),
        "modes": [str(mode) for mode in MODES],
        "anonymous": True,
        "users": {USER: PASSWORD},
        "trust_all": True,
        **files_of(server, folder, name="server"),
        **how,
    }
    return PeerRtu(
        process,
        LINK,
        POINTS,
        order=lambda switch, position: OrderAnswer.ACCEPTED,
        setup=PeerSetup(security=security),
    )


@dataclass(frozen=True)
class Standing:
    site: Site
    rtu: PeerRtu


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node_server(
    node_process: NodeProcess, node_pki: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Standing]:
    """One server of node-opcua with every policy, which knows one user by password and one by
    certificate."""
    site, server = Site(tmp_path_factory.mktemp("node_security")), own("server", NODE_URI)
    site.room.trust(server.certificate)
    known = node_pki / "users" / "trusted" / "certs"
    known.mkdir(parents=True, exist_ok=True)
    (known / "user.der").write_bytes(own("user", "urn:test:user").certificate_der)
    rtu = node_rtu(node_process, server, site.folder)
    await rtu.start()
    await rtu.show(shown(POINTS))
    yield Standing(site, rtu)
    await rtu.stop()


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("policy", POLICIES)
async def test_our_link_is_secured_as_asked(
    node_server: Standing, policy: SecurityPolicy, mode: SecurityMode, identity: str
) -> None:
    site, rtu = node_server.site, node_server.rtu
    endpoint = site.endpoint(rtu.endpoint, policy=policy, mode=mode)
    async with open_session(endpoint, DEFAULT_LIMITS, identity=site.identity(identity)) as session:
        await session.bind(LINK)
        assert (session.secured.policy, session.secured.mode) == (policy, mode)
        session._renew_at = 0.0
        await session.renew_channel_when_due()
        (value,) = await session.read([POINTS[0].node_id])
        assert value.Value is not None
        assert value.Value.Value == 22_000.0


async def opened(site: Site, rtu: PeerRtu, *, who: Identity | None = None, **security: Any) -> None:
    endpoint = site.endpoint(rtu.endpoint, **security)
    async with open_session(endpoint, DEFAULT_LIMITS, identity=who) as session:
        await session.bind(LINK)


async def test_a_wrong_password_is_a_refused_login(node_server: Standing) -> None:
    wrong = node_server.site.folder / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("guess")
    with pytest.raises(LoginRefused):
        await opened(
            node_server.site, node_server.rtu, who=Identity(user=USER, password_file=wrong)
        )


async def test_a_user_certificate_that_it_does_not_know_is_a_refused_login(
    node_server: Standing,
) -> None:
    certificate, key = node_server.site.user_certificate(own("intruder", "urn:test:user"))
    with pytest.raises(LoginRefused):
        await opened(
            node_server.site,
            node_server.rtu,
            who=Identity(certificate_file=certificate, key_file=key),
        )


async def test_trust_that_is_taken_back_counts_at_once(
    node_server: Standing, tmp_path: Path
) -> None:
    site, server = Site(tmp_path), own("server", NODE_URI).certificate
    with pytest.raises(CertificateRefused, match="nobody who is trusted"):
        await opened(site, node_server.rtu)
    site.room.trust(server)
    await opened(site, node_server.rtu)
    site.room.ban(server)
    with pytest.raises(CertificateRefused, match="it is banned"):
        await opened(site, node_server.rtu)


async def test_an_expired_certificate_is_refused(node_process: NodeProcess, tmp_path: Path) -> None:
    site, server = Site(tmp_path), own("server", NODE_URI, begins=-9 * DAY, ends=-DAY)
    site.room.trust(server.certificate)
    rtu = node_rtu(node_process, server, tmp_path)
    await rtu.start()
    try:
        with pytest.raises(CertificateRefused, match="it has expired on"):
            await opened(site, rtu)
    finally:
        await rtu.stop()


async def test_what_it_does_not_offer_is_not_replaced_by_less(
    node_process: NodeProcess, tmp_path: Path
) -> None:
    site, server = Site(tmp_path), own("server", NODE_URI)
    site.room.trust(server.certificate)
    rtu = node_rtu(
        node_process, server, tmp_path, policies=["Basic256Sha256", "None"], modes=["Sign", "None"]
    )
    await rtu.start()
    try:
        with pytest.raises(LinkInsecure, match=r"it offers .*Basic256Sha256/Sign"):
            await opened(site, rtu)
        await opened(site, rtu, mode=SecurityMode.SIGN)
    finally:
        await rtu.stop()


async def test_a_server_that_does_not_know_us_refuses_us_with_a_remedy(
    node_process: NodeProcess, tmp_path: Path
) -> None:
    site, server = Site(tmp_path), own("server", NODE_URI)
    site.room.trust(server.certificate)
    rtu = node_rtu(node_process, server, tmp_path, trust_all=False)
    await rtu.start()
    try:
        with pytest.raises((CertificateRefused, ConnectionError), match="gridops opcua certs own"):
            await opened(site, rtu)
    finally:
        await rtu.stop()


async def test_the_supervised_link_lives_on_an_encrypted_channel(
    node_process: NodeProcess, node_pki: Path, tmp_path: Path
) -> None:
    """Values and a change for one who reads unnamed; a command of another, with a password."""
    site, server, grid = Site(tmp_path), own("server", NODE_URI), ring()
    site.room.trust(server.certificate)
    field = field_on(grid)
    security = node_rtu(node_process, server, tmp_path).setup
    who = site.identity("password")
    async with served_by_node(field, CLOCK, process=node_process, setups={RTU: security}) as rtus:
        (url,) = rtus.endpoints.values()
        link = open_field_link(
            grid, {RTU: site.endpoint(url)}, clock=CLOCK, commanding=Commanding(identity=who)
        )
        heard = Listener()
        running = asyncio.create_task(link.run(heard.deliver))
        try:
            await heard.restored(epoch=1)
            assert heard.position("t1") is Position.OPEN
            order = SwitchOrder(
                command=CommandId("c1"),
                switch=SwitchId("t1"),
                position=Position.CLOSED,
                deadline=CLOCK.now() + timedelta(seconds=8),
            )
            await link.operate(order)
            assert SwitchId("t1") in field.closed
            await eventually(moved_to(heard, SwitchId("t1"), position=Position.CLOSED))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


# --- node-opcua as a client of our server


@dataclass(frozen=True)
class Ours:
    site: Site
    rtu: VirtualRtu
    client: dict[str, str]
    user: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def our_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ours]:
    site, server = Site(tmp_path_factory.mktemp("node_client")), own("server", SERVER_URI)
    client = own("node client", "urn:test:node-client")
    site.server.trust(client.certificate)
    async with secured_rtu(server, site.server, points=POINTS) as rtu:
        yield Ours(
            site,
            rtu,
            {
                **files_of(client, site.folder, name="client"),
                "application_uri": "urn:test:node-client",
            },
            dict(
                zip(
                    ("user_certificate_file", "user_key_file"),
                    map(str, site.user_certificate(own("user", "urn:test:user"))),
                    strict=True,
                )
            ),
        )


@asynccontextmanager
async def connected(node_client: NodeClient, ours: Ours, **how: Any) -> AsyncIterator[list[str]]:
    """Gives the namespaces that the client sees. Leaves while our server still listens."""
    asked = {
        "url": ours.rtu.endpoint,
        "pki": str(node_client.pki),
        "policy": "Aes256_Sha256_RsaPss",
        "mode": "SignAndEncrypt",
        **ours.client,
        **how,
    }
    try:
        yield await node_client.do("connect", **asked)
    finally:
        await node_client.do("disconnect")


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize(("policy", "mode"), list(product(POLICIES, MODES)))
async def test_a_foreign_client_comes_in_as_it_asks(
    node_client: NodeClient,
    our_server: Ours,
    *,
    policy: SecurityPolicy,
    mode: SecurityMode,
    identity: str,
) -> None:
    who: dict[str, str] = {}
    if identity == "password":
        who = {"user": USER, "password": PASSWORD}
    elif identity == "certificate":
        who = our_server.user
    asked = {"policy": NODE_NAME[policy], "mode": str(mode), **who}
    async with connected(node_client, our_server, **asked) as names:
        index = names.index(LINK.namespace_uri)
        node = f"ns={index};s={POINTS[0].node_id}"
        (value,) = await node_client.do("read", nodes=[node])
        assert value["value"] == 22_000.0


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"user": USER, "password": "guess"}, "BadUserAccessDenied"),
        ({"user": "Admin", "password": PASSWORD}, "BadUserAccessDenied"),
        ({"policy": "None", "mode": "None"}, "."),
    ],
    ids=["wrong password", "unknown user", "no security"],
)
async def test_a_foreign_client_is_kept_out(
    node_client: NodeClient, our_server: Ours, how: dict[str, str], words: str
) -> None:
    with pytest.raises(PeerFailed, match=words):
        async with connected(node_client, our_server, **how):
            pass


async def test_a_foreign_client_that_is_not_trusted_gets_no_channel(
    node_client: NodeClient, our_server: Ours
) -> None:
    stranger = own("stranger", "urn:test:node-client")
    files = files_of(stranger, our_server.site.folder, name="stranger")
    with pytest.raises(PeerFailed):
        async with connected(node_client, our_server, **files):
            pass
    assert stranger.certificate in our_server.site.server.unknown()
    our_server.site.server.trust(stranger.certificate)
    async with connected(node_client, our_server, **files) as names:
        assert LINK.namespace_uri in names
    our_server.site.server.ban(stranger.certificate)
