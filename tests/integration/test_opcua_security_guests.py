"""A secured server of ours against clients that hold a believed certificate and cheat."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from asyncua import ua
from opcua_setting import point_at
from secured_setting import PASSWORD, SERVER_URI, Site, secured_rtu

from gridops.errors import LoginRefused
from gridops.network import Signal
from opcua_bridge import DEFAULT_LIMITS, VirtualRtu
from opcua_bridge.session import opening
from opcua_bridge.session.opening import abort, new_client, way_into
from opcua_bridge.session.session import open_session
from tests.certificates import own

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Standing:
    site: Site
    rtu: VirtualRtu


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Standing]:
    site, server = Site(tmp_path_factory.mktemp("guests")), own("server", SERVER_URI)
    site.believe_each_other(server)
    points = [point_at("S1", Signal.VOLTAGE)]
    async with secured_rtu(server, site.server, points=points) as rtu:
        yield Standing(site, rtu)


def for_an_older_challenge(given: Callable[..., Any]) -> Callable[..., Any]:
    """As somebody replays it who has recorded an earlier login."""

    def token_for(secrets: Any, challenge: Any, *, where: str) -> Any:
        return given(secrets, replace(challenge, nonce=b"\x07" * 32), where=where)

    return token_for


def in_clear(given: Callable[..., Any]) -> Callable[..., Any]:
    def token_for(secrets: Any, challenge: Any, *, where: str) -> Any:
        token, signature = given(secrets, challenge, where=where)
        token.Password, token.EncryptionAlgorithm = PASSWORD.encode(), None
        return token, signature

    return token_for


def under_rsa_1_5(given: Callable[..., Any]) -> Callable[..., Any]:
    def token_for(secrets: Any, challenge: Any, *, where: str) -> Any:
        token, signature = given(secrets, challenge, where=where)
        token.EncryptionAlgorithm = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"
        return token, signature

    return token_for


@pytest.mark.parametrize("cheat", [for_an_older_challenge, in_clear, under_rsa_1_5])
async def test_a_right_password_in_the_wrong_form_is_refused(
    standing: Standing, monkeypatch: pytest.MonkeyPatch, cheat: Any
) -> None:
    endpoint, who = (
        standing.site.endpoint(standing.rtu.endpoint),
        standing.site.identity("password"),
    )
    monkeypatch.setattr(opening, "token_for", cheat(opening.token_for))
    with pytest.raises(LoginRefused, match="BadIdentityToken"):
        async with open_session(endpoint, DEFAULT_LIMITS, identity=who):
            pass


async def test_a_user_certificate_proven_for_another_challenge_is_refused(
    standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = standing.site.endpoint(standing.rtu.endpoint)
    monkeypatch.setattr(opening, "token_for", for_an_older_challenge(opening.token_for))
    with pytest.raises(LoginRefused, match="BadUserSignatureInvalid"):
        async with open_session(
            endpoint, DEFAULT_LIMITS, identity=standing.site.identity("certificate")
        ):
            pass


async def test_a_session_is_not_taken_over_by_its_number(standing: Standing) -> None:
    """The library counts sessions: who has one knows the numbers of the others."""
    endpoint = standing.site.endpoint(standing.rtu.endpoint)
    async with open_session(endpoint, DEFAULT_LIMITS) as session:
        held = session._client.uaclient.protocol
        assert held is not None
        way = await way_into(endpoint, DEFAULT_LIMITS)
        thief = new_client(endpoint.url, DEFAULT_LIMITS)
        way.dress(thief)
        try:
            await thief.connect_socket()
            await thief.send_hello()
            await way.open_channel(thief)
            assert thief.uaclient.protocol is not None
            thief.uaclient.protocol.authentication_token = held.authentication_token
            with pytest.raises(ua.uaerrors.BadSessionIdInvalid):
                await thief.uaclient.activate_session(ua.ActivateSessionParameters())
        finally:
            abort(thief)
        await session.bind(standing.rtu.link)
