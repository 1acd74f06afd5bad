"""Who GridOps is to a server, and how it proves that without giving the proof away."""

import os
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asyncua import ua

from gridops.errors import LinkInsecure, LoginRefused, SettingsError
from gridops.ports import Identity, SecurityMode, SecurityPolicy
from opcua_bridge.security.certificates import presented
from opcua_bridge.security.offers import Offer
from opcua_bridge.security.own_certificate import Own, load_own
from opcua_bridge.security.policies import CLASS_OF, NONE_URI, POLICY_OF, short_name

SECRET_BYTES_MAX = 128
"""Of a password: it must fit into one block of a 2048 bit key together with the nonce."""
NONCE_BYTES_MIN = 32
FILE_BYTES_MAX = 65_536


@dataclass(frozen=True, slots=True)
class Secrets:
    """An identity with what proves it. Printing it shows no secret."""

    user: str | None = None
    password: str = field(default="", repr=False)
    certificate: Own | None = field(default=None, repr=False)


def check_identity(identity: Identity, *, where: str) -> None:
    """Raises: SettingsError for parts that do not go together. Reads nothing."""
    with_user = identity.user is not None
    passwords = [identity.password_file, identity.password_variable]
    given = sum(each is not None for each in passwords)
    if (identity.certificate_file is None) != (identity.key_file is None):
        raise SettingsError(
            "a user certificate needs its key, and a key its certificate",
            where=where,
            remedy="set user_certificate_file and user_key_file",
        )
    if with_user and identity.certificate_file is not None:
        raise SettingsError("a user or a user certificate, not both", where=where)
    if given != int(with_user):
        raise SettingsError(
            "a user needs one password, and a password a user",
            where=where,
            remedy="set user and either password_file or password_variable",
        )


def secrets_of(identity: Identity, *, where: str) -> Secrets:
    """Read afresh for each session, so that a changed password counts at once.

    Raises: SettingsError for a file or a variable that is not there or cannot be used; it does
    not repeat what they hold.
    """
    check_identity(identity, where=where)
    if identity.user is not None:
        return Secrets(identity.user, _password(identity, where))
    if identity.certificate_file is not None and identity.key_file is not None:
        certificate = _content(identity.certificate_file, where)
        key = _content(identity.key_file, where, is_secret=True)
        try:
            return Secrets(certificate=load_own(certificate, key))
        except ValueError as error:
            raise SettingsError(f"the user certificate: {error}", where=where) from error
    return Secrets()


def _password(identity: Identity, where: str) -> str:
    if identity.password_file is not None:
        content = _content(identity.password_file, where, is_secret=True)
        try:
            password = content.decode("utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise SettingsError(
                "it is not UTF-8", where=str(identity.password_file)
            ) from None  # the error would repeat what it read
    else:
        password = os.environ.get(identity.password_variable or "", "")
    if not 0 < len(password.encode("utf-8")) <= SECRET_BYTES_MAX:
        raise SettingsError(
            f"the password of {identity.user!r} is empty or longer than {SECRET_BYTES_MAX} bytes",
            where=where,
            remedy="check password_file or the variable of password_variable",
        )
    return password


def _content(file: Path, where: str, *, is_secret: bool = False) -> bytes:
    try:
        status = file.stat()
        if is_secret and status.st_mode & 0o077:
            raise SettingsError(
                "others than its owner may read this secret", where=str(file), remedy="chmod 600"
            )
        if status.st_size > FILE_BYTES_MAX:
            raise SettingsError("it is too large for what it should be", where=str(file))
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}", where=where) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What the server has given to prove an identity against."""

    policy: SecurityPolicy
    mode: SecurityMode
    offer: Offer
    server_certificate: bytes
    nonce: bytes


def token_for(secrets: Secrets, challenge: Challenge, *, where: str) -> tuple[Any, Any]:
    """The identity token and its signature for ActivateSession, on a secured channel.

    A password is always encrypted with a policy of today, or goes inside an encrypted channel
    where the server insists on it.

    Raises: LoginRefused if the server knows no such kind of user, LinkInsecure if the password
    could be read on the way.
    """
    if secrets.user is not None:
        return _password_token(secrets, challenge, where=where), ua.SignatureData()
    if secrets.certificate is not None:
        return _certificate_token(secrets.certificate, challenge, where=where)
    return anonymous_token(challenge.offer, where=where), ua.SignatureData()


def anonymous_token(offer: Offer | None, *, where: str) -> Any:
    token = ua.AnonymousIdentityToken()
    token.PolicyId = _accepted(offer, ua.UserTokenType.Anonymous, where=where).PolicyId
    return token


def _password_token(secrets: Secrets, challenge: Challenge, *, where: str) -> Any:
    accepted = _accepted(challenge.offer, ua.UserTokenType.UserName, where=where)
    token = ua.UserNameIdentityToken()
    token.PolicyId = accepted.PolicyId
    token.UserName = secrets.user
    password = secrets.password.encode("utf-8")
    if accepted.SecurityPolicyUri == NONE_URI:
        if challenge.mode is not SecurityMode.SIGN_AND_ENCRYPT:
            raise LinkInsecure(
                "it wants the password in clear on a channel that is not encrypted; it was not"
                " sent",
                where=where,
                remedy="use the mode SignAndEncrypt, or let the server encrypt passwords",
            )
        token.Password = password
        token.EncryptionAlgorithm = None
        return token
    used = CLASS_OF[_policy_of(accepted, challenge, where=where)]
    plain = struct.pack("<I", len(password) + len(challenge.nonce)) + password + challenge.nonce
    key = presented(challenge.server_certificate).leaf.public_key()
    token.Password = used.encrypt_asymmetric(key, plain)
    token.EncryptionAlgorithm = used.AsymmetricEncryptionURI
    return token


def _certificate_token(own: Own, challenge: Challenge, *, where: str) -> tuple[Any, Any]:
    accepted = _accepted(challenge.offer, ua.UserTokenType.Certificate, where=where)
    if accepted.SecurityPolicyUri == NONE_URI:
        raise LinkInsecure("it wants no proof of who we are", where=where)
    used = CLASS_OF[_policy_of(accepted, challenge, where=where)]
    token = ua.X509IdentityToken()
    token.PolicyId = accepted.PolicyId
    token.CertificateData = own.certificate_der
    signed = ua.SignatureData()
    signed.Algorithm = used.AsymmetricSignatureURI
    signed.Signature = used.sign_asymmetric(own.key, challenge.server_certificate + challenge.nonce)
    return token, signed


def _accepted(offer: Offer | None, kind: ua.UserTokenType, *, where: str) -> ua.UserTokenPolicy:
    tokens = (offer.UserIdentityTokens or ()) if offer is not None else ()
    for token in tokens:
        if token.TokenType == kind:
            found: ua.UserTokenPolicy = token
            return found
    takes = ", ".join(sorted({token.TokenType.name for token in tokens})) or "nobody"
    raise LoginRefused(
        f"it does not let in by {kind.name}; it takes {takes}",
        where=where,
        remedy="set the user, or the user certificate, of the link's security",
    )


def _policy_of(accepted: ua.UserTokenPolicy, challenge: Challenge, *, where: str) -> SecurityPolicy:
    """An empty one means that of the channel (OPC UA Part 4, 7.42)."""
    uri = accepted.SecurityPolicyUri
    policy = challenge.policy if not uri else POLICY_OF.get(uri)
    if policy is None:
        raise LinkInsecure(
            f"it wants the proof under {short_name(uri)}, which can be broken", where=where
        )
    return policy


def sound_nonce(nonce: bytes | None, *, where: str) -> bytes:
    """Raises: LinkInsecure for one that could be guessed or be used again."""
    if nonce is None or len(nonce) < NONCE_BYTES_MIN:
        raise LinkInsecure("its challenge is too short to prove anything with", where=where)
    return bytes(nonce)
