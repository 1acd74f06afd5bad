"""What an engineer does with certificates, at the command line."""

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from gridops.errors import CertificateStoreError
from gridops.ports import Clock
from opcua_bridge.security.certificates import described
from opcua_bridge.security.judgement import is_signed_by
from opcua_bridge.security.own_certificate import Own
from opcua_bridge.security.pki import Pki, read_certificate_file, read_revocation_list_file

Plain = dict[str, object]


class CertificateDesk:
    """One folder of certificates. Everything it gives is plain JSON and holds no private key.

    Every method raises CertificateStoreError for a folder or a file that cannot be used.
    """

    def __init__(self, folder: Path, *, application_uri: str | None, clock: Clock) -> None:
        self._pki = Pki(folder)
        self._uri = application_uri
        self._clock = clock

    def all(self) -> Plain:
        """Every certificate by its folder, and the revocation lists. Makes no own certificate."""
        pki = self._pki
        return {
            "folder": str(pki.folder),
            "own": [self._with_days(pki.own(at=self._clock.now()).certificate)]
            if pki.has_own()
            else [],
            "trusted": self._each(pki.trusted()),
            "issuers": self._each(pki.issuers()),
            "unknown": self._each(pki.unknown()),
            "banned": self._each(pki.banned()),
            "revocation_lists": [_list_described(*each) for each in pki.revocation_lists()],
            "unreadable": pki.unreadable(),
        }

    def own(self, *, copy_to: Path | None = None) -> Plain:
        """Made on first use. `copy_to`: a file for the servers' trust lists, DER."""
        return self._shown(self._pki.own(self._uri, at=self._clock.now()), copy_to)

    def renew(self, *, hosts: Sequence[str] = (), copy_to: Path | None = None) -> Plain:
        """With a new key. Links that stand go on with the old pair until they connect again."""
        made = self._pki.renew(self._uri, at=self._clock.now(), hosts=tuple(hosts))
        return self._shown(made, copy_to)

    def trust(self, what: str, *, as_issuer: bool = False) -> Plain:
        """`what`: the beginning of a fingerprint that is in the folder, or a file."""
        certificate = self._meant(what)
        self._pki.trust(certificate, as_issuer=as_issuer)
        return {"is_now": "issuer" if as_issuer else "trusted", **described(certificate)}

    def reject(self, what: str) -> Plain:
        """It is not believed any more, not even if an issuer vouches for it. Sessions that stand
        end with their connection; new ones are refused."""
        certificate = self._meant(what)
        self._pki.ban(certificate)
        return {"is_now": "banned", **described(certificate)}

    def take_revocation_list(self, file: Path) -> Plain:
        """Only of an issuer that the folder knows, and only with its signature."""
        found = read_revocation_list_file(file)
        known = [*self._pki.trusted(), *self._pki.issuers()]
        if not any(is_signed_by(found, each) for each in known):
            raise CertificateStoreError(
                "no issuer that is known has signed it",
                where=str(file),
                remedy="first `gridops opcua trust FILE` (or --issuer) with the issuer's own",
            )
        name = self._pki.keep_revocation_list(found)
        return {"is_now": "kept", **_list_described(name, found)}

    def _meant(self, what: str) -> x509.Certificate:
        file = Path(what)
        return read_certificate_file(file) if file.is_file() else self._pki.named(what)

    def _shown(self, own: Own, copy_to: Path | None) -> Plain:
        if copy_to is not None:
            try:
                copy_to.write_bytes(own.certificate_der)
            except OSError as error:
                raise CertificateStoreError(
                    f"it cannot be written: {error.strerror}", where=str(copy_to)
                ) from error
        return {"folder": str(self._pki.folder), **self._with_days(own.certificate)}

    def _each(self, certificates: Sequence[x509.Certificate]) -> list[Plain]:
        return [self._with_days(each) for each in certificates]

    def _with_days(self, certificate: x509.Certificate) -> Plain:
        left = certificate.not_valid_after_utc - self._clock.now()
        return {**described(certificate), "days_left": left.days}


def _list_described(file: str, found: x509.CertificateRevocationList) -> Plain:
    ends = found.next_update_utc
    return {
        "file": file,
        "issuer": found.issuer.rfc4514_string(),
        "revoked": len(found),
        "next_update": None if ends is None else ends.isoformat(),
    }
