"""What must not come to pass over real TCP, and the words that say why it did not."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asyncua import Client, ua
from opcua_setting import CLOCK, RTU, Listener, field_on, point_at, ring
from secured_setting import (
    PASSWORD,
    SERVER_URI,
    USER,
    Site,
    every_guest,
    lying_discovery,
    secured_rtu,
)

from gridops.errors import CertificateRefused, LinkInsecure, LoginRefused, SettingsError
from gridops.events import LinkLost, LinkRestored
from gridops.ids import LinkId
from gridops.network import Signal
from gridops.ports import Endpoint, Identity, LinkSecurity, SecurityMode, SecurityPolicy
from opcua_bridge import DEFAULT_LIMITS, VirtualRtu, open_field_link, serve_virtual_field
from opcua_bridge.security.certificates import fingerprint_of
from opcua_bridge.security.own_certificate import Own
from opcua_bridge.security.pki import Pki
from opcua_bridge.security.policies import CLASS_OF
from opcua_bridge.security.server_side import Guests, ServerSecurity
from opcua_bridge.session.opening import discover
from opcua_bridge.session.session import Session, open_session
from tests.certificates import DAY, Authority, own

pytestmark = pytest.mark.asyncio(loop_scope="module")

POINTS = [point_at("S1", Signal.VOLTAGE)]


@dataclass(frozen=True)
class Standing:
    site: Site
    rtu: VirtualRtu


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Standing]:
    """One secured server, for everything that leaves it as it was."""
    site, server = Site(tmp_path_factory.mktemp("refusals")), own("server", SERVER_URI)
    site.believe_each_other(server)
    async with secured_rtu(server, site.server, points=POINTS) as rtu:
        yield Standing(site, rtu)


async def opened(endpoint: Endpoint, **how: Any) -> None:
    async with open_session(endpoint, DEFAULT_LIMITS, **how) as session:
        assert isinstance(session, Session)


@asynccontextmanager
async def against(site: Site, server: Own) -> AsyncIterator[Endpoint]:
    """A link to a server with that certificate, which believes us."""
    site.server.trust(site.room.own(at=CLOCK.now()).certificate)
    async with secured_rtu(server, site.server, points=POINTS) as rtu:
        yield site.endpoint(rtu.endpoint)


async def test_an_unknown_server_lands_in_rejected_and_the_remedy_works(tmp_path: Path) -> None:
    site, server = Site(tmp_path), own("stranger", SERVER_URI)
    async with against(site, server) as endpoint:
        with pytest.raises(CertificateRefused, match="nobody who is trusted") as refused:
            await opened(endpoint)
        name = fingerprint_of(server.certificate)
        assert refused.value.remedy.endswith(f"`gridops opcua trust {name[:16]}`")
        assert refused.value.fingerprint == name
        assert site.room.unknown() == [server.certificate]

        site.room.trust(site.room.named(name[:16]))
        await opened(endpoint)


async def test_trust_that_is_taken_back_refuses_the_next_session(tmp_path: Path) -> None:
    site, server = Site(tmp_path), own("server", SERVER_URI)
    site.room.trust(server.certificate)
    async with against(site, server) as endpoint:
        await opened(endpoint)
        site.room.ban(server.certificate)
        with pytest.raises(CertificateRefused, match="it is banned"):
            await opened(endpoint)


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (own("server", SERVER_URI, begins=-9 * DAY, ends=-DAY), "has expired on"),
        (own("server", SERVER_URI, begins=2 * DAY, ends=9 * DAY), "is not valid before"),
    ],
    ids=["expired", "not yet valid"],
)
async def test_a_trusted_certificate_out_of_its_time_is_refused(
    tmp_path: Path, server: Own, words: str
) -> None:
    site = Site(tmp_path)
    site.room.trust(server.certificate)
    async with against(site, server) as endpoint:
        with pytest.raises(CertificateRefused, match=words):
            await opened(endpoint)


async def test_a_certificate_that_its_issuer_revokes_is_refused(tmp_path: Path) -> None:
    site, utility = Site(tmp_path), Authority("utility")
    server = utility.issue("substation", SERVER_URI, serial=77)
    site.room.trust(utility.own())
    site.room.keep_revocation_list(utility.revocations(5))
    async with against(site, server) as endpoint:
        by_name = replace(endpoint, url=endpoint.url.replace("127.0.0.1", "localhost"))
        await opened(by_name)
        site.room.keep_revocation_list(utility.revocations(5, 77))
        with pytest.raises(CertificateRefused, match="it is revoked by 'CN=utility'"):
            await opened(by_name)


async def test_a_server_with_another_uri_or_host_is_refused(standing: Standing) -> None:
    site, url = standing.site, standing.rtu.endpoint
    with pytest.raises(LinkInsecure, match="as 'urn:test:other'"):
        await opened(site.endpoint(url, server_uris=frozenset({"urn:test:other"})))
    by_name = url.replace("127.0.0.1", "localhost")
    with pytest.raises(CertificateRefused, match="not for 'localhost'"):
        await opened(site.endpoint(by_name))
    await opened(site.endpoint(by_name, check_host=False))


async def test_a_server_that_claims_another_uri_than_its_certificate_is_refused(
    tmp_path: Path,
) -> None:
    site, server = Site(tmp_path), own("server", SERVER_URI)
    site.room.trust(server.certificate)
    async with against(site, server) as endpoint:
        offers = list(await discover(endpoint.url, DEFAULT_LIMITS))
    for offer in offers:
        offer.Server.ApplicationUri = "urn:test:somebody"
    async with lying_discovery(offers, real="opc.tcp://127.0.0.1:9") as url:
        with pytest.raises(CertificateRefused, match="says that it is 'urn:test:somebody'"):
            await opened(site.endpoint(url))


@pytest.mark.parametrize(
    ("user", "password"), [(USER, "Strasse-7 is wet"), ("nobody", PASSWORD), ("Admin", PASSWORD)]
)
async def test_a_wrong_password_is_a_refused_login(
    standing: Standing, user: str, password: str
) -> None:
    file = standing.site.folder / "wrong"
    file.touch(mode=0o600)
    file.write_text(password)
    who = Identity(user=user, password_file=file)
    with pytest.raises(LoginRefused, match="BadUserAccessDenied") as refused:
        await opened(standing.site.endpoint(standing.rtu.endpoint), identity=who)
    assert password not in str(refused.value)


async def test_a_user_certificate_that_nobody_knows_is_a_refused_login(
    standing: Standing,
) -> None:
    certificate, key_file = standing.site.user_certificate(own("intruder", "urn:test:user"))
    who = Identity(certificate_file=certificate, key_file=key_file)
    with pytest.raises(LoginRefused, match="BadIdentityTokenRejected"):
        await opened(standing.site.endpoint(standing.rtu.endpoint), identity=who)


async def test_nobody_comes_in_unnamed_where_names_are_asked(tmp_path: Path) -> None:
    site, server = Site(tmp_path), own("server", SERVER_URI)
    site.believe_each_other(server)
    guests = replace(every_guest(), anonymous=False)
    async with secured_rtu(server, site.server, points=POINTS, guests=guests) as rtu:
        with pytest.raises(LoginRefused, match="it takes Certificate, UserName"):
            await opened(site.endpoint(rtu.endpoint))
        await opened(site.endpoint(rtu.endpoint), identity=site.identity("password"))


async def test_a_server_that_does_not_know_us_says_so(tmp_path: Path) -> None:
    site, server = Site(tmp_path), own("server", SERVER_URI)
    site.room.trust(server.certificate)
    async with secured_rtu(server, site.server, points=POINTS) as rtu:
        with pytest.raises(ConnectionError, match="may not trust our certificate"):
            await opened(site.endpoint(rtu.endpoint))
        ours = site.room.own(at=CLOCK.now()).certificate
        assert site.server.unknown() == [ours]
        site.server.trust(ours)
        await opened(site.endpoint(rtu.endpoint))


async def test_a_man_in_the_middle_with_his_own_certificate_is_refused(
    standing: Standing, tmp_path: Path
) -> None:
    """He stands where the server stood, with its name and its ApplicationUri, and his key."""
    site, his = standing.site, own("man in the middle", SERVER_URI)
    async with secured_rtu(his, None, points=POINTS) as rtu:
        with pytest.raises(CertificateRefused, match="nobody who is trusted"):
            await opened(site.endpoint(rtu.endpoint), identity=site.identity("password"))


async def test_a_man_in_the_middle_with_a_copied_certificate_gets_no_channel(
    standing: Standing,
) -> None:
    """He shows the server's own certificate in discovery, and cannot read what we encrypt."""
    copied = own("server", SERVER_URI).certificate
    his = Own(copied, own("man in the middle", SERVER_URI).key)
    async with secured_rtu(his, None, points=POINTS) as rtu:
        with pytest.raises((OSError, TimeoutError, ua.UaError)):
            await opened(standing.site.endpoint(rtu.endpoint))


def without_the_strongest(offers: list[ua.EndpointDescription]) -> list[ua.EndpointDescription]:
    """So that "strongest" means less."""
    return [offer for offer in offers if "Aes256" not in offer.SecurityPolicyUri]


def with_open_passwords(offers: list[ua.EndpointDescription]) -> list[ua.EndpointDescription]:
    """So that a password is sent as it is."""
    for offer in offers:
        for token in offer.UserIdentityTokens:
            token.SecurityPolicyUri = "http://opcfoundation.org/UA/SecurityPolicy#None"
    return offers


@pytest.mark.parametrize("weaken", [without_the_strongest, with_open_passwords])
async def test_discovery_that_was_weakened_on_the_way_is_seen_before_any_secret(
    standing: Standing, weaken: Any
) -> None:
    site, real = standing.site, standing.rtu.endpoint
    offers = weaken(list(await discover(real, DEFAULT_LIMITS)))
    async with lying_discovery(offers, real=real) as url:
        with pytest.raises(LinkInsecure, match="is not what discovery has shown"):
            await opened(site.endpoint(url), identity=site.identity("password"))


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        (None, "there is no certificate"),
        (b"", "there is no certificate"),
        (b"0\x82\xff\xff", "it ends before its end"),
        (b"\0" * 100_000, "at most 65536 are read"),
        (own("server", SERVER_URI).certificate_der * 40, "chain of more than 10"),
    ],
    ids=["none", "empty", "cut", "long", "chain"],
)
async def test_whatever_stands_for_a_certificate_is_refused_in_words(
    standing: Standing, certificate: bytes | None, words: str
) -> None:
    offers = list(await discover(standing.rtu.endpoint, DEFAULT_LIMITS))
    for offer in offers:
        offer.ServerCertificate = certificate
    async with lying_discovery(offers, real=standing.rtu.endpoint) as url:
        with pytest.raises(CertificateRefused, match=words):
            await opened(standing.site.endpoint(url))


async def test_a_flood_of_endpoints_is_refused(standing: Standing) -> None:
    offers = list(await discover(standing.rtu.endpoint, DEFAULT_LIMITS)) * 30
    async with lying_discovery(offers, real=standing.rtu.endpoint) as url:
        with pytest.raises(LinkInsecure, match="more endpoints than anybody needs"):
            await opened(standing.site.endpoint(url))


async def test_nothing_weaker_than_asked_is_taken(tmp_path: Path) -> None:
    site, server = Site(tmp_path), own("server", SERVER_URI)
    site.believe_each_other(server)
    only = ((SecurityPolicy.BASIC256_SHA256, SecurityMode.SIGN),)
    async with secured_rtu(server, site.server, points=POINTS, policies=only) as rtu:
        with pytest.raises(LinkInsecure, match="it offers Basic256Sha256/Sign") as refused:
            await opened(site.endpoint(rtu.endpoint))
        assert "does not offer Aes256Sha256RsaPss or" in refused.value.what
        with pytest.raises(LinkInsecure, match="does not offer Aes256Sha256RsaPss with Sign"):
            await opened(
                site.endpoint(
                    rtu.endpoint,
                    policy=SecurityPolicy.AES256_SHA256_RSA_PSS,
                    mode=SecurityMode.SIGN,
                )
            )
        await opened(site.endpoint(rtu.endpoint, mode=SecurityMode.SIGN))


@pytest.mark.parametrize("host", ["10.255.255.1", "rtu.example", "0.0.0.0", "localhost.example"])
async def test_no_security_is_refused_beyond_this_machine(host: str) -> None:
    """Before a single byte: none of these addresses is ever tried."""
    url = f"opc.tcp://{host}:4840"
    unsecured = LinkSecurity(policy=SecurityPolicy.NONE)
    with pytest.raises(LinkInsecure, match="set allow_unsecured"):
        await opened(Endpoint(url=url, security=unsecured))
    grid = ring()
    with pytest.raises(LinkInsecure, match="policy None"):
        open_field_link(grid, {RTU: Endpoint(url=url, security=unsecured)}, clock=CLOCK)


async def test_a_password_never_goes_over_an_unsecured_link(standing: Standing) -> None:
    security = LinkSecurity(policy=SecurityPolicy.NONE)
    with pytest.raises(LinkInsecure, match="an identity is not told"):
        await opened(
            Endpoint(url=standing.rtu.endpoint, security=security),
            identity=standing.site.identity("password"),
        )


@pytest.mark.parametrize(
    "url", ["opc.tcp://reader:geheim@10.0.0.1:4840", "opc.tcp://geheim@127.0.0.1:4840"]
)
async def test_an_address_with_a_user_is_refused_without_being_repeated(url: str) -> None:
    for attempt in (lambda: opened(Endpoint(url=url)), lambda: discover(url, DEFAULT_LIMITS)):
        with pytest.raises(SettingsError) as refused:
            await attempt()
        assert "geheim" not in str(refused.value)
    with pytest.raises(SettingsError) as told:
        open_field_link(ring(), {RTU: url}, clock=CLOCK)
    assert "geheim" not in str(told.value)


# --- a server of ours against clients that do as they like


async def test_no_session_on_a_channel_without_security(standing: Standing) -> None:
    """The library's server would take one, although it offers nothing without security."""
    client = Client(standing.rtu.endpoint)
    await client.connect_socket()
    try:
        await client.send_hello()
        await client.open_secure_channel()
        assert await client.get_endpoints()
        request = ua.CreateSessionRequest()
        request.Parameters.EndpointUrl = standing.rtu.endpoint
        request.Parameters.RequestedSessionTimeout = 10_000
        created = await client.uaclient.create_session(request.Parameters)
        assert created.SessionId
        activation = ua.ActivateSessionParameters()
        activation.UserIdentityToken = ua.AnonymousIdentityToken()
        activation.UserIdentityToken.PolicyId = "anonymous"
        with pytest.raises(ua.uaerrors.BadSecurityPolicyRejected):
            await client.uaclient.activate_session(activation)
        with pytest.raises(ua.UaError):
            await client.nodes.server_state.read_value()
    finally:
        assert client.uaclient.protocol is not None
        assert client.uaclient.protocol.transport is not None
        client.uaclient.protocol.transport.abort()


async def test_the_library_s_own_client_comes_in_with_a_password_and_not_without(
    standing: Standing,
) -> None:
    """Another client than ours, by another author's code."""
    ours = standing.site.room.own(at=CLOCK.now())
    for password, lets_in in ((PASSWORD, True), ("guess", False)):
        client = Client(standing.rtu.endpoint)
        client.application_uri = ours.application_uri
        policy = CLASS_OF[SecurityPolicy.AES256_SHA256_RSA_PSS](
            own("server", SERVER_URI).certificate,
            ours.certificate,
            ours.key,
            ua.MessageSecurityMode.SignAndEncrypt,
        )
        client.security_policy = policy
        client.uaclient.set_security(policy)
        client.set_user(USER)
        client.set_password(password)
        if lets_in:
            async with client:
                assert await client.nodes.server_state.read_value() is not None
        else:
            with pytest.raises(ua.uaerrors.BadUserAccessDenied):
                await client.connect()


# --- the supervised link


@pytest.fixture
def quick() -> Any:
    return replace(DEFAULT_LIMITS, backoff_s_refused=0.2, judge_again_s=0.2, connect_timeout_s=8.0)


@asynccontextmanager
async def linked(
    site: Site, server: Own, limits: Any, **security: Any
) -> AsyncIterator[tuple[Any, Listener]]:
    grid = ring()
    secure = ServerSecurity(own=server, clock=CLOCK, guests=Guests(anonymous=True), pki=site.server)
    async with serve_virtual_field(field_on(grid), CLOCK, security=secure) as rtus:
        (url,) = rtus.endpoints.values()
        endpoints: dict[LinkId, str | Endpoint] = {RTU: site.endpoint(url, **security)}
        link = open_field_link(grid, endpoints, clock=CLOCK, limits=limits)
        heard = Listener()
        running = asyncio.create_task(link.run(heard.deliver))
        try:
            yield link, heard
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_a_link_waits_for_trust_and_ends_with_it(tmp_path: Path, quick: Any) -> None:
    site, server = Site(tmp_path), own("server", SERVER_URI)
    site.server.trust(site.room.own(at=CLOCK.now()).certificate)
    async with linked(site, server, quick) as (link, heard):
        lost = await heard.lost()
        assert "gridops opcua trust" in lost.why
        site.room.trust(server.certificate)
        await heard.restored(epoch=1)
        (health,) = link.health()
        assert health.connected
        assert health.certificate_expires == server.certificate.not_valid_after_utc

        site.room.ban(server.certificate)
        again = await heard.lost(count=2)
        assert "it is banned" in again.why
        assert isinstance(heard.events[-1], LinkLost)
        assert len(heard.all(LinkRestored)) == 1


async def test_a_certificate_that_ends_soon_shows_in_the_health(tmp_path: Path, quick: Any) -> None:
    site, server = Site(tmp_path), own("server", SERVER_URI, ends=20 * DAY)
    site.believe_each_other(server)
    async with linked(site, server, quick) as (link, heard):
        await heard.restored(epoch=1)
        (health,) = link.health()
        assert health.detail.startswith("the certificate expires in 19 days")


# --- logs


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """As somebody would set it who looks for an error: everything, and the library by name."""
    names = ("asyncua", "asyncua.client.ua_client.UASocketProtocol", "asyncua.server")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        yield caplog
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


async def test_no_secret_is_ever_logged(
    standing: Standing, everything_logged: pytest.LogCaptureFixture
) -> None:
    site, url = standing.site, standing.rtu.endpoint
    wrong = site.folder / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_text("another secret")
    for mode in SecurityMode:
        await opened(site.endpoint(url, mode=mode), identity=site.identity("password"))
        with pytest.raises(LoginRefused):
            await opened(
                site.endpoint(url, mode=mode), identity=Identity(user=USER, password_file=wrong)
            )
    await opened(site.endpoint(url), identity=site.identity("certificate"))
    lines = [record.getMessage() for record in everything_logged.records]
    assert lines, "the test would pass without looking at anything"
    text = "\n".join(lines) + everything_logged.text
    for secret in (PASSWORD, "another secret", repr(PASSWORD.encode()), "PRIVATE KEY"):
        assert secret not in text
    assert "ActivateSessionRequest(" not in text
    assert "AuthenticationToken=" not in text


async def test_what_holds_secrets_does_not_show_them(tmp_path: Path) -> None:
    site = Site(tmp_path)
    endpoint = site.endpoint("opc.tcp://127.0.0.1:4840", identity=site.identity("password"))
    ours = Pki(tmp_path / "pki").own(at=CLOCK.now())
    for shown in (repr(endpoint), repr(every_guest()), repr(ours)):
        assert PASSWORD not in shown
        assert "PRIVATE" not in shown
        assert "RSAPrivateKey" not in shown
