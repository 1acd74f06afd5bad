"""The way into a server: discovery, trust, secure channel, session, identity."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asyncua import Client, ua
from asyncua.crypto import uacrypto
from cryptography.exceptions import InvalidSignature

from gridops.adapters.clocks import SystemClock
from gridops.errors import (
    CertificateRefused,
    CertificateStoreError,
    LinkInsecure,
    LoginRefused,
    SettingsError,
)
from gridops.ports import Clock, Endpoint, Identity
from opcua_bridge.limits import LinkLimits
from opcua_bridge.security.addresses import check_address, goes_unsecured
from opcua_bridge.security.certificates import der_of
from opcua_bridge.security.identities import (
    Challenge,
    Secrets,
    secrets_of,
    sound_nonce,
    token_for,
)
from opcua_bridge.security.offers import (
    OFFERS_MAX,
    Chosen,
    Offer,
    choose,
    refuse_changed_offers,
)
from opcua_bridge.security.policies import CLASS_OF, MODE_OF
from opcua_bridge.security.quiet_logs import keep_secrets_out_of_logs
from opcua_bridge.security.trust import Trusted, trust_server
from opcua_bridge.session.bounds import Bounded, chunks_max
from opcua_bridge.session.within import within

CERTIFICATES_CLOCK: Clock = SystemClock()
"""Certificates hold for real days, also where a field is played at another speed."""

NOT_CURED_BY_TRYING = (
    LinkInsecure,
    CertificateRefused,
    LoginRefused,
    CertificateStoreError,
    SettingsError,
)
"""What stays wrong until somebody changes something."""

_LOGIN = frozenset(
    {
        ua.StatusCodes.BadIdentityTokenInvalid,
        ua.StatusCodes.BadIdentityTokenRejected,
        ua.StatusCodes.BadUserAccessDenied,
        ua.StatusCodes.BadUserSignatureInvalid,
    }
)
_CERTIFICATE = frozenset(
    {
        ua.StatusCodes.BadSecurityChecksFailed,
        ua.StatusCodes.BadCertificateInvalid,
        ua.StatusCodes.BadCertificateUntrusted,
        ua.StatusCodes.BadCertificateTimeInvalid,
        ua.StatusCodes.BadCertificateHostNameInvalid,
        ua.StatusCodes.BadCertificateUriInvalid,
        ua.StatusCodes.BadCertificateUseNotAllowed,
        ua.StatusCodes.BadCertificateIssuerTimeInvalid,
        ua.StatusCodes.BadCertificateIssuerUseNotAllowed,
        ua.StatusCodes.BadCertificateRevocationUnknown,
        ua.StatusCodes.BadCertificateIssuerRevocationUnknown,
        ua.StatusCodes.BadCertificateRevoked,
        ua.StatusCodes.BadCertificateIssuerRevoked,
        ua.StatusCodes.BadCertificateChainIncomplete,
        ua.StatusCodes.BadCertificatePolicyCheckFailed,
    }
)
_URI_MAX = 2_048
_OUR_CERTIFICATE = "let the server trust our certificate: `gridops opcua certs own` shows it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """How a session is secured; `policy` None: not at all."""

    policy: str = "None"
    mode: str = "None"
    expires: datetime | None = None
    """When the first certificate ends on which it rests."""
    warnings: tuple[str, ...] = ()


def new_client(url: str, limits: LinkLimits) -> Client:
    """The library's client, with our bounds and names. Nothing is connected."""
    keep_secrets_out_of_logs()
    client = Client(url, timeout=limits.request_timeout_s)
    client.name = client.description = "GridOps"
    client.application_uri = "urn:gridops:control-room"
    client.session_timeout = limits.session_timeout_ms
    client.secure_channel_timeout = limits.channel_lifetime_ms
    client.max_messagesize = limits.message_bytes_max
    client.max_chunkcount = chunks_max(limits)
    return client


async def connect(client: Client, limits: LinkLimits) -> None:
    """The socket and the agreement about sizes; what comes in is bounded from the first byte on.

    Raises: OSError, TimeoutError, ua.UaError.
    """
    await client.connect_socket()
    protocol = client.uaclient.protocol
    if protocol is None or protocol.transport is None:
        raise ConnectionError("the connection is closed")
    Bounded(protocol, limits).come_between(protocol.transport)
    await client.send_hello()


def abort(client: Client) -> None:
    """Resets the connection: what the kernel has not sent yet is never sent."""
    protocol = client.uaclient.protocol
    if protocol is not None and protocol.transport is not None:
        protocol.transport.abort()


async def discover(url: str, limits: LinkLimits) -> Sequence[Offer]:
    """What the server says that it offers, over a channel that protects nothing.

    Raises: OSError, TimeoutError, ua.UaError, SettingsError for a wrong address.
    """
    check_address(url)
    client = new_client(url, limits)
    try:
        async with within(limits.connect_timeout_s):
            await connect(client, limits)
            await _open_channel(client)
            found: Sequence[Offer] = await client.get_endpoints()
            return found
    finally:
        abort(client)


async def _open_channel(client: Client) -> None:
    """Raises: ConnectionError, also for a refusal that the library does not understand."""
    try:
        await client.open_secure_channel()
    except AssertionError as error:  # a service fault instead of a channel
        raise ConnectionError("it refuses to open such a channel") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class WayIn:
    """All that is settled before the connection: nothing is sent by making one."""

    endpoint: Endpoint
    secrets: Secrets
    chosen: Chosen | None = None
    trusted: Trusted | None = None

    @property
    def secured(self) -> Secured:
        if self.chosen is None or self.trusted is None:
            return Secured()
        return Secured(
            policy=self.chosen.policy,
            mode=self.chosen.mode,
            expires=self.trusted.expires,
            warnings=self.trusted.warnings,
        )

    async def judge_again(self) -> Secured:
        """With the folder and the time as they are now. Raises: as `way_into` does."""
        if self.chosen is None:
            return self.secured
        trusted = await _trust(self.endpoint, self.chosen)
        return replace(self, trusted=trusted).secured

    def dress(self, client: Client) -> None:
        """Before the client connects."""
        if self.chosen is None or self.trusted is None:
            return
        own = self.trusted.own
        client.application_uri = own.application_uri
        policy = CLASS_OF[self.chosen.policy](
            self.trusted.server.leaf, own.certificate, own.key, MODE_OF[self.chosen.mode]
        )
        client.security_policy = policy
        client.uaclient.set_security(policy)

    async def open_channel(self, client: Client) -> None:
        if self.chosen is None:
            await _open_channel(client)
            return
        with _words_for(_CERTIFICATE, CertificateRefused, where=self.endpoint.url):
            try:
                await _open_channel(client)
            except ConnectionError as error:
                raise ConnectionError(
                    "it hung up while the channel was secured; it may not trust our certificate"
                    " (`gridops opcua certs own` shows it)"
                ) from error

    async def open_session(self, client: Client) -> frozenset[str]:
        """Creates the session, makes sure of what was offered, and says who we are. Gives what
        the server calls itself: on a secured channel that is what its certificate says.

        Raises: LinkInsecure, CertificateRefused, LoginRefused, ua.UaError, OSError.
        """
        where = self.endpoint.url
        if self.chosen is None or self.trusted is None:
            created = await client.create_session()
            await client.activate_session()
            return frozenset(
                str(offer.Server.ApplicationUri)[:_URI_MAX]
                for offer in (created.ServerEndpoints or [])[:OFFERS_MAX]
            )
        with _words_for(_CERTIFICATE, CertificateRefused, where=where):
            try:
                created = await client.create_session()
            except (InvalidSignature, uacrypto.InvalidSignature) as error:
                raise LinkInsecure(
                    "it does not hold the key of the certificate that it shows", where=where
                ) from error
        offer = refuse_changed_offers(self.chosen, created.ServerEndpoints, where=where)
        challenge = Challenge(
            policy=self.chosen.policy,
            mode=self.chosen.mode,
            offer=offer,
            server_certificate=der_of(self.trusted.server.leaf),
            nonce=sound_nonce(created.ServerNonce, where=where),
        )
        with _words_for(_LOGIN, LoginRefused, where=where):
            await client.uaclient.activate_session(self._activation(client, challenge))
        return frozenset({str(offer.Server.ApplicationUri)})

    def _activation(self, client: Client, challenge: Challenge) -> Any:
        where = self.endpoint.url
        asked = ua.ActivateSessionParameters()
        asked.LocaleIds = ["en"]
        signing: Any = client.security_policy
        asked.ClientSignature.Algorithm = signing.AsymmetricSignatureURI
        asked.ClientSignature.Signature = signing.asymmetric_cryptography.signature(
            challenge.server_certificate + challenge.nonce
        )
        token, signed = token_for(self.secrets, challenge, where=where)
        asked.UserIdentityToken = token
        asked.UserTokenSignature = signed
        return asked


async def way_into(
    endpoint: Endpoint, limits: LinkLimits, *, identity: Identity | None = None
) -> WayIn:
    """Settles whether, how and as whom the server is spoken to.

    `identity`: who asks, if it is not the one of `endpoint`. Asks the server for its offers, on
    a connection of its own, unless the link is unsecured.

    Raises: LinkInsecure, CertificateRefused, CertificateStoreError, SettingsError; OSError,
    TimeoutError and ua.UaError of discovery.
    """
    check_address(endpoint.url)
    who = endpoint.security.identity if identity is None else identity
    if goes_unsecured(endpoint):
        if not who.is_anonymous:
            raise LinkInsecure(
                "an identity is not told on a link that anybody can read",
                where=endpoint.url,
                remedy="choose a security policy",
            )
        return WayIn(endpoint=endpoint, secrets=Secrets())
    secrets = await asyncio.to_thread(secrets_of, who, where=endpoint.url)
    offers = await discover(endpoint.url, limits)
    chosen = choose(offers, endpoint.security, where=endpoint.url)
    trusted = await _trust(endpoint, chosen)
    return WayIn(endpoint=endpoint, secrets=secrets, chosen=chosen, trusted=trusted)


async def _trust(endpoint: Endpoint, chosen: Chosen) -> Trusted:
    """Beside the event loop: it reads files, and reckons with large numbers."""
    return await asyncio.to_thread(trust_server, endpoint, chosen, at=CERTIFICATES_CLOCK.now())


@contextmanager
def _words_for(
    codes: frozenset[int], kind: type[CertificateRefused | LoginRefused], *, where: str
) -> Iterator[None]:
    """The server's refusals of `codes` as errors that say what to do."""
    try:
        yield
    except ua.UaStatusCodeError as error:
        if int(error.code) not in codes:
            raise
        name = ua.StatusCode(ua.UInt32(error.code)).name
        if kind is LoginRefused:
            what, remedy = "it does not let this identity in", "check the user and the password"
        else:
            what, remedy = "it does not accept our certificate", _OUR_CERTIFICATE
        raise kind(f"{what} ({name})", where=where, remedy=remedy) from error
