"""Every policy, mode and identity over real TCP, against a secured server of our own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from opcua_setting import point_at
from secured_setting import MODES, POLICIES, SERVER_URI, Site, secured_rtu

from gridops.network import Signal
from gridops.ports import SecurityMode, SecurityPolicy
from opcua_bridge import DEFAULT_LIMITS, VirtualRtu
from opcua_bridge.session.session import open_session
from tests.certificates import own

POINTS = [point_at("S1", Signal.VOLTAGE)]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Standing:
    """One server for all tests of this page."""

    site: Site
    rtu: VirtualRtu


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Standing]:
    site, server = Site(tmp_path_factory.mktemp("matrix")), own("server", SERVER_URI)
    site.believe_each_other(server)
    async with secured_rtu(server, site.server, points=POINTS) as rtu:
        yield Standing(site, rtu)


@pytest.mark.parametrize("identity", ["anonymous", "password", "certificate"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("policy", POLICIES)
async def test_a_session_is_secured_as_asked(
    standing: Standing, policy: SecurityPolicy, mode: SecurityMode, identity: str
) -> None:
    site, rtu = standing.site, standing.rtu
    endpoint = site.endpoint(rtu.endpoint, policy=policy, mode=mode)
    who = site.identity(identity)
    async with open_session(endpoint, DEFAULT_LIMITS, identity=who) as session:
        await session.bind(rtu.link)
        assert (session.secured.policy, session.secured.mode) == (policy, mode)
        assert session.secured.warnings == ()
        (value,) = await session.read([POINTS[0].node_id])
        assert value.Value.Value == 22_000.0


async def test_the_strongest_policy_is_taken_where_none_is_named(standing: Standing) -> None:
    endpoint = standing.site.endpoint(standing.rtu.endpoint)
    async with open_session(endpoint, DEFAULT_LIMITS) as session:
        assert session.secured.policy == "Aes256Sha256RsaPss"
        assert session.secured.mode == "SignAndEncrypt"


async def test_the_channel_is_renewed_under_security(standing: Standing) -> None:
    """Keys change while the session lives; both ends must follow."""
    endpoint = standing.site.endpoint(standing.rtu.endpoint)
    async with open_session(endpoint, DEFAULT_LIMITS) as session:
        await session.bind(standing.rtu.link)
        for _ in range(3):
            session._renew_at = 0.0
            await session.renew_channel_when_due()
            assert len(await session.read([POINTS[0].node_id])) == 1
