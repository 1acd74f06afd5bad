"""The folder of certificates: what we are, whom we trust, whom we do not.

```
own/       certificate.der, private.pem (0600)
trusted/   certificates of servers and of issuers that are believed
issuers/   certificates that complete a chain and are not believed by themselves
rejected/  unknown-*.der: seen and not believed; banned-*.der: never to be believed again
crl/       revocation lists of issuers, DER or PEM
```
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gridops.errors import CertificateStoreError
from opcua_bridge.security.certificates import (
    certificates_of,
    der_of,
    fingerprint_of,
    read_certificate,
    thumbprint_of,
)
from opcua_bridge.security.own_certificate import Own, default_uri, load_own, make_own

FOLDERS = ("own", "trusted", "issuers", "rejected", "crl")
UNKNOWN_MAX = 100
"""Certificates of unknown servers that are kept; the oldest goes. Anybody can make new ones."""
FILES_MAX = 2_000
"""Of one folder; more are an error, and not a slow start of every session."""
FILE_BYTES_MAX = 8 * 1024 * 1024
PREFIX_MIN = 8
"""Digits of a fingerprint that name a certificate at the command line."""

Parsed = TypeVar("Parsed")

_BANNED, _UNKNOWN = "banned-", "unknown-"


class Pki:
    """Reads its folder afresh each time, so that what an engineer puts there counts at once.

    Folders are made with mode 0700 on first use; one that others may write to, and a private key
    that others may read, are refused. Every method raises CertificateStoreError for a folder or a
    file that cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def own(self, application_uri: str | None = None, *, at: datetime) -> Own:
        """Makes it if there is none yet. Several processes may ask at once.

        `application_uri`: None takes whatever the certificate has.
        """
        with self._locked():
            if not self._certificate_file.exists() and not self._key_file.exists():
                self._keep_own(make_own(application_uri or default_uri(), at=at))
            own = self._read_own()
        if application_uri is not None and own.application_uri != application_uri:
            raise CertificateStoreError(
                f"the own certificate is of {own.application_uri!r}, not of {application_uri!r}",
                where=str(self._certificate_file),
                remedy="`gridops opcua certs renew`, and let the servers trust the new one",
            )
        return own

    def has_own(self) -> bool:
        return self._certificate_file.exists()

    def renew(
        self, application_uri: str | None = None, *, at: datetime, hosts: tuple[str, ...] = ()
    ) -> Own:
        """A new certificate with a new key; the old pair stays beside it, set aside by its date."""
        with self._locked():
            if application_uri is None and self._certificate_file.exists():
                application_uri = self._read_own().application_uri
            aside = f"{at:%Y%m%dT%H%M%S}"
            for file in (self._certificate_file, self._key_file):
                if file.exists():
                    file.rename(file.with_name(f"{aside}-{file.name}"))
            self._keep_own(make_own(application_uri or default_uri(), at=at, hosts=hosts))
            return self._read_own()

    def trusted(self) -> list[x509.Certificate]:
        return [each for _, each in self._certificates("trusted")]

    def issuers(self) -> list[x509.Certificate]:
        return [each for _, each in self._certificates("issuers")]

    def unknown(self) -> list[x509.Certificate]:
        """Seen, and not believed so far."""
        rejected = self._certificates("rejected")
        return [each for file, each in rejected if not file.name.startswith(_BANNED)]

    def banned(self) -> list[x509.Certificate]:
        """Never believed, whoever issued them."""
        rejected = self._certificates("rejected")
        return [each for file, each in rejected if file.name.startswith(_BANNED)]

    def revocation_lists(self) -> list[tuple[str, x509.CertificateRevocationList]]:
        """With the names of their files. Whether one is signed by whom it names is not checked."""
        return [(file.name, _read(file, _revocation_list_of)) for file in self._files("crl")]

    def keep_unknown(self, certificate: x509.Certificate) -> None:
        """For an engineer to look at. What is known already, in whatever way, stays as it is."""
        name = fingerprint_of(certificate)
        if self._find(name, FOLDERS[1:4]):
            return
        kept = [file for file in self._files("rejected") if file.name.startswith(_UNKNOWN)]
        kept.sort(key=lambda file: file.stat().st_mtime_ns)
        for oldest in kept[: max(0, len(kept) + 1 - UNKNOWN_MAX)]:
            oldest.unlink(missing_ok=True)
        self._write("rejected", f"{_UNKNOWN}{name}.der", content=der_of(certificate))

    def trust(self, certificate: x509.Certificate, *, as_issuer: bool = False) -> None:
        """`as_issuer`: completes chains only. It leaves the other folders."""
        name = fingerprint_of(certificate)
        folder = "issuers" if as_issuer else "trusted"
        self._write(folder, f"{name}.der", content=der_of(certificate))
        self._remove(name, [each for each in FOLDERS[1:4] if each != folder])

    def ban(self, certificate: x509.Certificate) -> None:
        """It is believed no more, not even if an issuer vouches for it."""
        name = fingerprint_of(certificate)
        self._write("rejected", f"{_BANNED}{name}.der", content=der_of(certificate))
        self._remove(name, ["trusted", "issuers"])
        (self.folder / "rejected" / f"{_UNKNOWN}{name}.der").unlink(missing_ok=True)

    def keep_revocation_list(self, found: x509.CertificateRevocationList) -> str:
        """Under the name of its issuer, in place of an older one of the same. Gives the name."""
        digest = hashlib.sha256(found.issuer.public_bytes()).hexdigest()
        name = f"{digest[:32]}.crl"
        self._write("crl", name, content=found.public_bytes(Encoding.DER))
        return name

    def named(self, prefix: str) -> x509.Certificate:
        """The one certificate whose SHA-256 or SHA-1 fingerprint begins so; colons and spaces do
        not count."""
        wanted = prefix.replace(":", "").replace(" ", "").lower()
        known = [each for folder in FOLDERS[1:4] for _, each in self._certificates(folder)]
        found = {fingerprint_of(each): each for each in known if _begins(each, wanted)}
        if len(found) != 1 or len(wanted) < PREFIX_MIN:
            raise CertificateStoreError(
                f"{len(found)} certificates have a fingerprint that begins with {prefix!r}",
                where=str(self.folder),
                remedy=f"give at least {PREFIX_MIN} digits; `gridops opcua trust list` shows them",
            )
        return next(iter(found.values()))

    @property
    def _certificate_file(self) -> Path:
        return self.folder / "own" / "certificate.der"

    @property
    def _key_file(self) -> Path:
        return self.folder / "own" / "private.pem"

    def _read_own(self) -> Own:
        _refuse_open_key(self._key_file)
        try:
            return load_own(self._certificate_file.read_bytes(), self._key_file.read_bytes())
        except (ValueError, OSError) as error:
            raise CertificateStoreError(
                f"the own certificate cannot be used: {error}",
                where=str(self._certificate_file),
                remedy="bring both files back from a backup, or `gridops opcua certs renew`",
            ) from error

    def _keep_own(self, own: Own) -> None:
        """The key first: a certificate without its key is of no use to anybody."""
        self._write("own", self._key_file.name, content=own.key_pem())
        self._write("own", self._certificate_file.name, content=own.certificate_der)

    def unreadable(self) -> list[str]:
        """Files that are no certificates, where leaving them out makes nobody more trusted."""
        return [
            f"{folder}/{file.name}"
            for folder in ("trusted", "issuers")
            for file in self._files(folder)
            if not _is_readable(file)
        ]

    def _certificates(self, folder: str) -> list[tuple[Path, x509.Certificate]]:
        """What cannot be read is left out, except a ban."""
        return [
            (file, each)
            for file in self._files(folder)
            if file.name.startswith(_BANNED) or _is_readable(file)
            for each in _read(file, certificates_of)
        ]

    def _files(self, folder: str) -> list[Path]:
        self._make()
        found = [
            file
            for file in sorted((self.folder / folder).iterdir())
            if file.is_file() and not file.name.startswith(".")
        ]
        if len(found) > FILES_MAX:
            raise CertificateStoreError(
                f"{len(found)} files, at most {FILES_MAX} are read",
                where=str(self.folder / folder),
                remedy="remove what is not needed",
            )
        return found

    def _find(self, fingerprint: str, folders: tuple[str, ...]) -> bool:
        return any(
            fingerprint_of(each) == fingerprint
            for folder in folders
            for _, each in self._certificates(folder)
        )

    def _remove(self, fingerprint: str, folders: list[str]) -> None:
        for folder in folders:
            for file, each in self._certificates(folder):
                if fingerprint_of(each) == fingerprint:
                    file.unlink(missing_ok=True)

    def _write(self, folder: str, name: str, *, content: bytes) -> None:
        """Whole or not at all, and from its first byte readable by its owner alone."""
        self._make()
        final = self.folder / folder / name
        draft = final.with_name(f".{name}.{os.getpid()}")
        try:
            draft.unlink(missing_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(final)
        except OSError as error:
            raise _unusable(final, error) from error

    def _make(self) -> None:
        try:
            for folder in (self.folder, *(self.folder / each for each in FOLDERS)):
                if not folder.is_dir():
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                elif folder.stat().st_mode & 0o022:
                    raise CertificateStoreError(
                        "others than its owner may write to it",
                        where=str(folder),
                        remedy="chmod 700: whoever can write there decides whom GridOps trusts",
                    )
        except OSError as error:
            raise _unusable(self.folder, error) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._make()
        try:
            handle = os.open(self.folder / "own" / ".lock", os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(self.folder, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _read(file: Path, parse: Callable[[bytes], Parsed]) -> Parsed:
    try:
        with file.open("rb") as opened:
            content = opened.read(FILE_BYTES_MAX + 1)
        return parse(content if len(content) <= FILE_BYTES_MAX else b"")
    except (ValueError, OSError) as error:
        raise CertificateStoreError(
            f"it cannot be read: {error}",
            where=str(file),
            remedy="repair or remove the file; left out, it could hide a revocation",
        ) from error


def _begins(certificate: x509.Certificate, digits: str) -> bool:
    names = (fingerprint_of(certificate), thumbprint_of(certificate))
    return any(name.startswith(digits) for name in names)


def _is_readable(file: Path) -> bool:
    try:
        _read(file, certificates_of)
    except CertificateStoreError:
        return False
    return True


def _revocation_list_of(content: bytes) -> x509.CertificateRevocationList:
    if content.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_crl(content)
    return x509.load_der_x509_crl(content)


def _refuse_open_key(file: Path) -> None:
    if file.exists() and file.stat().st_mode & 0o077:
        raise CertificateStoreError(
            "others than its owner may read the private key",
            where=str(file),
            remedy="chmod 600, and `gridops opcua certs renew` if somebody may have read it",
        )


def _unusable(place: Path, error: OSError) -> CertificateStoreError:
    return CertificateStoreError(
        f"it cannot be used: {error.strerror}",
        where=str(place),
        remedy="give GridOps a folder of its own that it may write to (link.pki_folder)",
    )


def read_certificate_file(file: Path) -> x509.Certificate:
    """Of a path that an engineer gave. Raises: CertificateStoreError."""
    return _read(file, lambda _: read_certificate(file))


def read_revocation_list_file(file: Path) -> x509.CertificateRevocationList:
    """Of a path that an engineer gave. Raises: CertificateStoreError."""
    return _read(file, _revocation_list_of)
