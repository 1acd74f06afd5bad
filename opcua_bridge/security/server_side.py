"""The other side: a server of ours that lets in only whom it should.

What the library leaves open is closed here: sessions on channels without security although none
is offered, user managers that let everybody in, passwords in clear or under RSA 1.5, passwords
recorded and played again, certificates of clients that nobody looks at, sessions taken over by
guessing their number, and servers registered by strangers.
"""

import hmac
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from asyncua import Server, ua
from asyncua.common.utils import ServiceError
from asyncua.crypto import security_policies, uacrypto
from asyncua.crypto.permission_rules import PermissionRuleset, SimpleRoleRuleset, User, UserRole
from asyncua.server.internal_server import InternalServer
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from gridops.ports import Clock, SecurityMode, SecurityPolicy
from opcua_bridge.security.certificates import fingerprint_of, presented, uris_of
from opcua_bridge.security.judgement import Demands, judge
from opcua_bridge.security.own_certificate import Own
from opcua_bridge.security.pki import Pki
from opcua_bridge.security.policies import CLASS_OF, MODE_OF, NONE_URI
from opcua_bridge.security.quiet_logs import keep_secrets_out_of_logs
from opcua_bridge.security.trust import believed_of

EVERY_POLICY = tuple((policy, mode) for policy in CLASS_OF for mode in MODE_OF)

_DECRYPT: Mapping[str, Callable[[Any, bytes], bytes]] = MappingProxyType(
    {
        security_policies.SecurityPolicyBasic256Sha256.AsymmetricEncryptionURI: (
            uacrypto.decrypt_rsa_oaep
        ),
        security_policies.SecurityPolicyAes256Sha256RsaPss.AsymmetricEncryptionURI: (
            uacrypto.decrypt_rsa_oaep_sha256
        ),
    }
)
_SIGNATURES = frozenset(each.AsymmetricSignatureURI for each in CLASS_OF.values())
_SECRET_BYTES_MAX = 512


CheckPassword = Callable[[str, str], bool]
"""Of a user's name and the password given; takes as long whether the user exists or not."""


def these_users(passwords: Mapping[str, str]) -> CheckPassword:
    """Kept as digests, compared in constant time."""
    digests = {user: sha256(password.encode()).digest() for user, password in passwords.items()}

    def check(user: str, password: str) -> bool:
        known = digests.get(user, b"\0" * 32)
        return hmac.compare_digest(known, sha256(password.encode()).digest()) and user in digests

    return check


@dataclass(frozen=True, slots=True, kw_only=True)
class Guests:
    """Who may come in. Nobody is ever an administrator of the library's making."""

    anonymous: bool = False
    check_password: CheckPassword | None = field(default=None, repr=False)
    certificates: Mapping[str, str] = field(default_factory=dict)
    """Names of users by the fingerprints (SHA-256) of their certificates."""

    def get_user(
        self,
        iserver: InternalServer,  # noqa: ARG002 - the library gives it
        *,
        username: str | None = None,
        password: str | None = None,
        certificate: bytes | None = None,
    ) -> User | None:
        """Asked by the library, after it was made sure that the proof fits."""
        if username is not None:
            check = self.check_password
            let_in = check is not None and bool(password) and check(username, password or "")
            return User(role=UserRole.User, name=username) if let_in else None
        named = self.named(certificate)
        if named is not None:
            return User(role=UserRole.User, name=named)
        return User(role=UserRole.User, name="anonymous") if self.anonymous else None

    def tokens(self) -> tuple[type, ...]:
        kinds: list[type] = [ua.AnonymousIdentityToken] if self.anonymous else []
        if self.check_password is not None:
            kinds.append(ua.UserNameIdentityToken)
        if self.certificates:
            kinds.append(ua.X509IdentityToken)
        return tuple(kinds)

    def named(self, certificate: bytes | None) -> str | None:
        """Whose certificate it is; None for a stranger's."""
        if not certificate:
            return None
        try:
            return self.certificates.get(fingerprint_of(presented(certificate).leaf))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSecurity:
    """How a server of ours stands. `pki` None believes every client's certificate."""

    own: Own
    clock: Clock
    guests: Guests
    pki: Pki | None
    policies: Sequence[tuple[SecurityPolicy, SecurityMode]] = EVERY_POLICY


class StrictInternalServer(InternalServer):
    """Proofs of identity are looked at before the user manager is asked."""

    def decrypt_user_token(self, isession: Any, token: ua.UserNameIdentityToken) -> tuple[str, str]:
        """Raises: ServiceError for a password that is not encrypted soundly for this session."""
        decrypt = _DECRYPT.get(token.EncryptionAlgorithm or "")
        if decrypt is None or not token.Password or len(token.Password) > _SECRET_BYTES_MAX:
            raise ServiceError(ua.StatusCodes.BadIdentityTokenRejected)
        try:
            plain = decrypt(self.private_key, token.Password)
            (length,) = struct.unpack_from("<I", plain)
            secret, nonce = plain[4:-32], plain[-32:]
            password = secret.decode("utf-8")
        except (ValueError, struct.error):
            raise ServiceError(ua.StatusCodes.BadIdentityTokenInvalid) from None
        if length != len(plain) - 4 or not hmac.compare_digest(nonce, bytes(isession.nonce)):
            raise ServiceError(ua.StatusCodes.BadIdentityTokenInvalid)
        return str(token.UserName or ""), password

    def verify_x509_token(
        self, isession: Any, token: ua.X509IdentityToken, *proof: ua.SignatureData
    ) -> bytes:
        """Raises: ServiceError for a signature that does not fit or a user who is not known."""
        (signature,) = proof
        if signature.Algorithm not in _SIGNATURES:
            raise ServiceError(ua.StatusCodes.BadUserSignatureInvalid)
        try:
            certificate = super().verify_x509_token(isession, token, signature)
        except Exception as error:
            raise ServiceError(ua.StatusCodes.BadUserSignatureInvalid) from error
        guests: Any = self.user_manager
        if not isinstance(guests, Guests) or guests.named(certificate) is None:
            raise ServiceError(ua.StatusCodes.BadIdentityTokenRejected)
        return bytes(certificate)

    def lookup_external_session(self, auth_token: ua.NodeId) -> None:
        """A session stays on its channel: the library's session numbers can be guessed."""

    def register_server(self, server: Any, conf: Any = None) -> None:  # noqa: ARG002
        raise ServiceError(ua.StatusCodes.BadServiceUnsupported)

    def register_server2(self, params: Any) -> None:  # noqa: ARG002
        raise ServiceError(ua.StatusCodes.BadServiceUnsupported)


async def start_securely(server: Server, security: ServerSecurity) -> None:
    """Instead of `server.start()`, after `init` and with its endpoint set. Its internal server is
    a StrictInternalServer.

    Raises: OSError when the port is taken, TypeError for another internal server.
    """
    keep_secrets_out_of_logs()
    inside = server.iserver
    if not isinstance(inside, StrictInternalServer):
        raise TypeError("a secured server needs a StrictInternalServer")
    inside.certificate = security.own.certificate
    inside.private_key = security.own.key
    inside.allow_remote_admin = False
    inside.user_manager = security.guests  # type: ignore[assignment]  # as the library calls it
    inside.supported_tokens = security.guests.tokens()  # type: ignore[assignment]
    inside.certificate_validator = _same_application
    server.set_security_policy(
        [getattr(ua.SecurityPolicyType, f"{policy}_{mode}") for policy, mode in security.policies]
    )
    await server.start()
    for endpoint in inside.endpoints:
        for token in endpoint.UserIdentityTokens:
            if token.TokenType == ua.UserTokenType.UserName:
                token.SecurityPolicyUri = endpoint.SecurityPolicyUri
    if server.bserver is None:
        raise ConnectionError("the server has stopped while it started")
    server.bserver.set_policies([_OnlyDiscovery(), *_factories(security)])
    for transport in list(inside.asyncio_transports):
        transport.abort()  # it came before the policies did


async def _same_application(
    certificate: x509.Certificate, application: ua.ApplicationDescription
) -> None:
    if application.ApplicationUri not in uris_of(certificate):
        raise ServiceError(ua.StatusCodes.BadCertificateUriInvalid)


def _factories(security: ServerSecurity) -> list["_Judging"]:
    return [
        _Judging(security, policy=CLASS_OF[policy], mode=MODE_OF[mode])
        for policy, mode in security.policies
    ]


class _Judging(security_policies.SecurityPolicyFactory):
    """Looks at the client's certificate before its first message is decrypted."""

    def __init__(self, security: ServerSecurity, *, policy: Any, mode: Any) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            policy,
            mode,
            security.own.certificate,
            security.own.key,
            permission_ruleset=SimpleRoleRuleset(),  # type: ignore[no-untyped-call]
        )
        self._security = security

    def create(self, peer_certificate: bytes | None) -> Any:
        """Raises: BadUserAccessDenied, on which the library hangs up."""
        pki = self._security.pki
        try:
            shown = presented(peer_certificate)
        except ValueError:
            raise ua.uaerrors.BadUserAccessDenied from None
        if pki is not None:
            demands = Demands(
                at=self._security.clock.now(), purpose=ExtendedKeyUsageOID.CLIENT_AUTH
            )
            verdict = judge(shown, believed_of(pki), demands=demands)
            if verdict.is_unknown:
                pki.keep_unknown(shown.leaf)
            if not verdict.is_trusted:
                raise ua.uaerrors.BadUserAccessDenied
        return super().create(peer_certificate)  # type: ignore[no-untyped-call]


class _OnlyDiscovery:
    """The channel without security: for GetEndpoints, and for nothing that needs a session."""

    def matches(self, uri: str, mode: ua.MessageSecurityMode | None = None) -> bool:
        return uri == NONE_URI and mode in (None, ua.MessageSecurityMode.None_)

    def create(self, peer_certificate: bytes | None) -> Any:  # noqa: ARG002
        policy: Any = security_policies.SecurityPolicyNone(  # type: ignore[no-untyped-call]
            permission_ruleset=_Nothing()
        )
        policy.asymmetric_cryptography = _NoActivation()  # type: ignore[no-untyped-call]
        return policy


class _Nothing(PermissionRuleset):
    def check_validity(self, *asked: Any) -> bool:  # noqa: ARG002
        return False


class _NoActivation(security_policies.CryptographyNone):
    def verify(self, data: bytes, sig: bytes) -> None:  # noqa: ARG002
        """Asked on this channel for the signature of ActivateSession alone."""
        raise ServiceError(ua.StatusCodes.BadSecurityPolicyRejected)
