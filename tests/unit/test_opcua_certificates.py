"""Whom the control room believes: the judgement alone, and the folder that it is made from."""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from gridops.errors import CertificateStoreError
from opcua_bridge.security.certificates import (
    Presented,
    der_of,
    fingerprint_of,
    presented,
    thumbprint_of,
)
from opcua_bridge.security.desk import CertificateDesk
from opcua_bridge.security.judgement import Believed, Demands, Verdict, judge
from opcua_bridge.security.own_certificate import Own, make_own
from opcua_bridge.security.pki import UNKNOWN_MAX, Pki
from tests.certificates import CLOCK, DAY, Authority, key, own

URI = "urn:test:rtu"
SERVER = own("server", URI)
UTILITY = Authority("utility")
ISSUED = UTILITY.issue("substation", URI, serial=77)


def verdict_on(
    shown: Own | Presented,
    *,
    trusted: Sequence[x509.Certificate] = (),
    issuers: Sequence[x509.Certificate] = (),
    banned: Sequence[x509.Certificate] = (),
    lists: Sequence[x509.CertificateRevocationList] = (),
    **demands: object,
) -> Verdict:
    if isinstance(shown, Own):
        shown = Presented(shown.certificate)
    believed = Believed(
        trusted=trusted,
        issuers=issuers,
        banned=banned,
        revocation_lists=[(f"{n}.crl", each) for n, each in enumerate(lists)],
    )
    asked = {"at": CLOCK.now(), "application_uri": URI, **demands}
    return judge(shown, believed, demands=Demands(**asked))  # type: ignore[arg-type]


def test_a_certificate_that_is_in_the_trust_list_is_believed() -> None:
    verdict = verdict_on(SERVER, trusted=[SERVER.certificate], host="127.0.0.1")
    assert (verdict.flaws, verdict.warnings, verdict.is_unknown) == ((), (), False)
    assert verdict.expires == SERVER.certificate.not_valid_after_utc


def test_nobody_is_believed_without_a_voucher() -> None:
    verdict = verdict_on(SERVER, trusted=[own("other", URI).certificate])
    assert verdict.flaws == ("nobody who is trusted vouches for it",)
    assert verdict.is_unknown


def test_a_chain_is_followed_to_a_trusted_issuer() -> None:
    current = [UTILITY.revocations()]
    assert verdict_on(ISSUED, trusted=[UTILITY.own()], lists=current).flaws == ()


def test_an_issuer_in_the_issuers_folder_does_not_vouch() -> None:
    verdict = verdict_on(ISSUED, issuers=[UTILITY.own()], lists=[UTILITY.revocations()])
    assert verdict.flaws == ("nobody who is trusted vouches for it",)
    believed = verdict_on(
        ISSUED,
        trusted=[ISSUED.certificate],
        issuers=[UTILITY.own()],
        lists=[UTILITY.revocations()],
    )
    assert believed.is_trusted


def test_a_chain_that_ends_nowhere_is_refused_even_with_a_trusted_leaf() -> None:
    verdict = verdict_on(ISSUED, trusted=[ISSUED.certificate])
    assert verdict.flaws == ("its issuer 'CN=utility' is not known",)


def test_an_issuer_of_the_same_name_with_another_key_vouches_for_nothing() -> None:
    impostor = make_own("urn:x", at=CLOCK.now(), name="utility", key=key("impostor")).certificate
    forged = Authority("utility").sign(
        UTILITY.subject, key("impostor").public_key(), is_issuer=True
    )
    verdict = verdict_on(ISSUED, trusted=[impostor, forged])
    assert not verdict.is_trusted


def test_a_server_certificate_cannot_issue_others() -> None:
    """Whoever has stolen one RTU's key must not be able to make more RTUs."""
    thief = Authority("substation")
    made = thief.sign(UTILITY.subject, key("more").public_key(), uri=URI)
    verdict = verdict_on(
        Presented(made, (ISSUED.certificate,)),
        trusted=[UTILITY.own()],
        lists=[UTILITY.revocations()],
    )
    assert "its issuer 'CN=substation' is no issuer" in verdict.flaws


def test_what_its_issuer_has_revoked_is_refused() -> None:
    verdict = verdict_on(ISSUED, trusted=[UTILITY.own()], lists=[UTILITY.revocations(5, 77)])
    assert verdict.flaws == ("it is revoked by 'CN=utility'",)


def test_a_revocation_by_somebody_else_counts_for_nothing() -> None:
    """A serial number is only unique for one issuer, and a list only as good as its signature."""
    other = Authority("other utility").revocations(77)
    forged = UTILITY.revocations(77, signer="thief")
    verdict = verdict_on(
        ISSUED, trusted=[UTILITY.own()], lists=[other, forged, UTILITY.revocations(78)]
    )
    assert verdict.flaws == ()


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        ([], "there is no revocation list of 'CN=utility'"),
        ([UTILITY.revocations(ends=-DAY)], "the revocation list of 'CN=utility' is out of date"),
    ],
)
def test_a_missing_or_old_revocation_list_is_a_warning_or_an_error(
    lists: list[x509.CertificateRevocationList], words: str
) -> None:
    lenient = verdict_on(ISSUED, trusted=[UTILITY.own()], lists=lists)
    assert (lenient.flaws, lenient.warnings) == ((), (words,))
    strict = verdict_on(ISSUED, trusted=[UTILITY.own()], lists=lists, require_revocation_list=True)
    assert strict.flaws == (words,)


def test_what_was_banned_stays_banned_whoever_vouches() -> None:
    verdict = verdict_on(
        ISSUED,
        trusted=[UTILITY.own(), ISSUED.certificate],
        banned=[ISSUED.certificate],
        lists=[UTILITY.revocations()],
    )
    assert verdict.flaws == ("it is banned",)
    assert not verdict.is_unknown


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [(-9 * DAY, -DAY, "it has expired on"), (2 * DAY, 9 * DAY, "it is not valid before")],
)
def test_dates_are_kept(begins: timedelta, ends: timedelta, words: str) -> None:
    shown = own("server", URI, begins=begins, ends=ends)
    (flaw,) = verdict_on(shown, trusted=[shown.certificate]).flaws
    assert flaw.startswith(words)


def test_the_end_is_told_before_it_comes() -> None:
    shown = own("server", URI, ends=20 * DAY + timedelta(hours=1))
    verdict = verdict_on(shown, trusted=[shown.certificate], warn_before=30 * DAY)
    assert verdict.flaws == ()
    (warning,) = verdict.warnings
    assert warning.startswith("the certificate expires in 20 days (")
    assert verdict_on(shown, trusted=[shown.certificate], warn_before=10 * DAY).warnings == ()


def test_a_certificate_of_another_application_or_host_is_refused() -> None:
    verdict = verdict_on(
        SERVER, trusted=[SERVER.certificate], application_uri="urn:test:rtu:2", host="10.0.0.9"
    )
    assert verdict.flaws == (
        "it is of 'urn:test:rtu', and the other end says that it is 'urn:test:rtu:2'",
        "it is for the host '127.0.0.1', not for '10.0.0.9'",
    )


def test_a_certificate_for_clients_does_not_make_a_server() -> None:
    verdict = verdict_on(
        ISSUED,
        trusted=[UTILITY.own()],
        lists=[UTILITY.revocations()],
        purpose=ExtendedKeyUsageOID.CLIENT_AUTH,
    )
    assert verdict.flaws == ("it is not for a client",)


def test_a_short_key_and_a_broken_hash_are_refused() -> None:
    short = rsa.generate_private_key(public_exponent=65_537, key_size=1024)
    weak = make_own(URI, at=CLOCK.now(), key=short, hosts=("127.0.0.1",))
    (flaw,) = verdict_on(weak, trusted=[weak.certificate]).flaws
    assert flaw == "it has a key of 1024 bits, not 2048 to 4096"


def test_a_signature_that_does_not_fit_is_seen() -> None:
    der = bytearray(SERVER.certificate_der)
    der[-5] ^= 0x40
    broken = presented(bytes(der))
    verdict = verdict_on(broken, trusted=[broken.leaf])
    assert verdict.flaws == ("it has a signature that does not fit",)


@given(st.binary(max_size=80))
def test_bytes_that_are_no_certificate_are_a_value_error(noise: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        presented(noise)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.integers(0, len(SERVER.certificate_der) - 1), st.integers(1, 255))
def test_a_changed_byte_never_passes(place: int, change: int) -> None:
    der = bytearray(SERVER.certificate_der)
    der[place] ^= change
    try:
        shown = presented(bytes(der))
    except ValueError:
        return
    assert not verdict_on(shown, trusted=[shown.leaf]).is_trusted


def test_a_chain_that_is_sent_along_is_read_and_bounded() -> None:
    both = ISSUED.certificate_der + der_of(UTILITY.own())
    assert len(presented(both).issuers) == 1
    with pytest.raises(ValueError, match="chain of more than 10"):
        presented(ISSUED.certificate_der * 12)
    with pytest.raises(ValueError, match="at most 65536"):
        presented(ISSUED.certificate_der * 200)


def test_the_own_certificate_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    pki = Pki(tmp_path / "pki")
    first = pki.own("urn:here:gridops", at=CLOCK.now())
    assert pki.own(at=CLOCK.now()).certificate == first.certificate
    assert first.application_uri == "urn:here:gridops"
    assert first.key.key_size == 2048
    assert first.certificate.signature_hash_algorithm is not None
    assert first.certificate.signature_hash_algorithm.name == hashes.SHA256.name
    modes = {
        str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777
        for path in (tmp_path / "pki").rglob("*")
    }
    assert {name for name, mode in modes.items() if mode == 0o700} == {
        f"pki/{each}" for each in ("own", "trusted", "issuers", "rejected", "crl")
    }
    assert modes["pki/own/private.pem"] == 0o600
    usage = first.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert usage.key_encipherment
    assert usage.data_encipherment
    believed = Believed(trusted=[first.certificate])
    demands = Demands(at=CLOCK.now(), application_uri="urn:here:gridops")
    assert judge(Presented(first.certificate), believed, demands=demands).is_trusted


def test_several_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from gridops.adapters.clocks import SystemClock;"
        "from opcua_bridge.security.pki import Pki;"
        "own = Pki(Path(sys.argv[1])).own(at=SystemClock().now());"
        "print(own.certificate.serial_number)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert len({process.communicate(timeout=60)[0] for process in running}) == 1


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    pki.own(at=CLOCK.now())
    (tmp_path / "own" / "private.pem").chmod(0o644)
    with pytest.raises(CertificateStoreError, match="chmod 600"):
        pki.own(at=CLOCK.now())


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    assert pki.trusted() == []
    (tmp_path / "trusted").chmod(0o777)
    with pytest.raises(CertificateStoreError, match="chmod 700"):
        pki.trusted()


def test_a_file_that_is_no_certificate_makes_nobody_more_trusted(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    pki.trust(SERVER.certificate)
    (tmp_path / "trusted" / "notes.txt").write_text("call Lan before you change this")
    assert pki.trusted() == [SERVER.certificate]
    assert pki.unreadable() == ["trusted/notes.txt"]
    (tmp_path / "crl" / "half.crl").write_bytes(b"0\x82")
    with pytest.raises(CertificateStoreError, match=r"half\.crl"):
        pki.revocation_lists()


def test_unknown_certificates_are_kept_up_to_a_bound(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    pki.ban(SERVER.certificate)
    for number in range(UNKNOWN_MAX + 3):
        made = UTILITY.issue("substation", URI, serial=number + 1).certificate
        pki.keep_unknown(made)
        (file,) = (tmp_path / "rejected").glob(f"*{fingerprint_of(made)}*")
        os.utime(file, (number, number))
    kept = pki.unknown()
    assert len(kept) == UNKNOWN_MAX
    assert min(each.serial_number for each in kept) == 4
    assert pki.banned() == [SERVER.certificate]


def desk(folder: Path) -> CertificateDesk:
    return CertificateDesk(folder, application_uri=None, clock=CLOCK)


def test_trust_is_given_by_fingerprint_or_file_and_taken_back(tmp_path: Path) -> None:
    pki = Pki(tmp_path / "pki")
    pki.keep_unknown(SERVER.certificate)
    name = fingerprint_of(SERVER.certificate)
    assert desk(pki.folder).trust(name[:16].upper())["is_now"] == "trusted"
    assert (pki.trusted(), pki.unknown()) == ([SERVER.certificate], [])
    thumbprint = thumbprint_of(SERVER.certificate)
    with_colons = ":".join(thumbprint[n : n + 2] for n in range(0, 40, 2))
    assert desk(pki.folder).reject(with_colons)["is_now"] == "banned"
    assert (pki.trusted(), pki.banned()) == ([], [SERVER.certificate])
    file = tmp_path / "server.der"
    file.write_bytes(SERVER.certificate_der)
    desk(pki.folder).trust(str(file))
    assert (pki.trusted(), pki.banned()) == ([SERVER.certificate], [])


@pytest.mark.parametrize("what", ["0123", "ffffffffffffffff", ""])
def test_a_fingerprint_must_name_one_certificate(tmp_path: Path, what: str) -> None:
    Pki(tmp_path).trust(SERVER.certificate)
    with pytest.raises(CertificateStoreError, match=r"(0|1) certificates"):
        desk(tmp_path).trust(what)


def test_a_revocation_list_is_taken_of_a_known_issuer_alone(tmp_path: Path) -> None:
    file = tmp_path / "utility.crl"
    file.write_bytes(UTILITY.revocations(77).public_bytes(Encoding.PEM))
    at = desk(tmp_path / "pki")
    with pytest.raises(CertificateStoreError, match="no issuer that is known"):
        at.take_revocation_list(file)
    issuer = tmp_path / "utility.der"
    issuer.write_bytes(der_of(UTILITY.own()))
    at.trust(str(issuer), as_issuer=True)
    assert at.take_revocation_list(file)["revoked"] == 1
    assert len(Pki(tmp_path / "pki").revocation_lists()) == 1


def test_a_new_own_certificate_keeps_who_we_are_and_the_old_pair(tmp_path: Path) -> None:
    at = desk(tmp_path)
    before, after = at.own(), at.renew(hosts=("room.example", "10.0.0.5"))
    assert before["application_uris"] == after["application_uris"]
    assert before["fingerprint"] != after["fingerprint"]
    assert after["hosts"] == ["room.example", "10.0.0.5"]
    names = sorted(path.name[15:] for path in (tmp_path / "own").glob("2*"))
    assert names == ["-certificate.der", "-private.pem"]
