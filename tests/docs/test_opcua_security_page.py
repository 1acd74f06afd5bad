"""docs/opcua_security.md is tried as it is written, against a secured server on real TCP."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gridops.bootstrap.serve import endpoints_of
from gridops.cli import run
from gridops.errors import CertificateRefused, CertificateStoreError, LinkInsecure, LoginRefused
from gridops.events import FieldEvent, LinkRestored
from gridops.network import draw
from gridops.settings import load_settings
from gridops.virtual_field import VirtualField
from opcua_bridge import open_field_link, serve_virtual_field
from opcua_bridge.security.certificates import read_certificate
from opcua_bridge.security.pki import Pki
from opcua_bridge.security.server_side import Guests, ServerSecurity, these_users
from tests.certificates import CLOCK, Authority, own
from tests.radial_sweep import RadialSweep

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "opcua_security.md").read_text(encoding="utf-8")
URL, FINGERPRINT = "opc.tcp://10.0.0.1:4840", "0123456789abcdef"
PASSWORD = "a password of the page"


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def commands(title: str) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", section(title), re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]


Shell = Callable[[str], str]


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """Runs a line of the page in a folder of its own and gives what it prints."""
    monkeypatch.chdir(tmp_path)

    def run_line(line: str) -> str:
        program, *words = line.split()
        assert program == "gridops"
        code = run(words)
        said = capsys.readouterr()
        assert code == 0, f"{line}: {said.err}"
        return said.out

    return run_line


async def test_the_steps_lead_to_a_secured_link(tmp_path: Path, shell: Shell) -> None:
    grid = draw("S1 [b1] A [s1] B (t1) C [b2] S2")
    server = own("server", "urn:test:rtu")
    believes = Pki(tmp_path / "server")
    guests = Guests(check_password=these_users({"reader": PASSWORD}))
    security = ServerSecurity(own=server, clock=CLOCK, guests=guests, pki=believes)
    field = VirtualField(grid, RadialSweep(grid), start=CLOCK.now())
    make, ask, trust, shown = commands("Step by step")
    async with serve_virtual_field(field, CLOCK, security=security) as rtus:
        (url,) = rtus.endpoints.values()
        await asyncio.to_thread(shell, make)
        believes.trust(read_certificate(tmp_path / "gridops.der"))

        said = await asyncio.to_thread(shell, ask.replace(URL, url))
        assert "It would NOT be believed" in said
        (digits,) = re.findall(r"^fingerprint +(\w+)$", said, re.M)
        said = await asyncio.to_thread(shell, trust.replace(FINGERPRINT, digits[:16]))
        assert "Now trusted." in said
        said = await asyncio.to_thread(shell, f"{shown} --json")
        assert [each["fingerprint"] for each in json.loads(said)["trusted"]] == [digits]

        toml = "\n".join(re.findall(r"^```toml\n(.*?)^```", section("Step by step"), re.M | re.S))
        file, password = tmp_path / "gridops.toml", tmp_path / "rtu.password"
        file.write_text(toml.replace(URL, url))
        password.touch(mode=0o600)
        password.write_text(f"{PASSWORD}\n")
        endpoints = endpoints_of(load_settings(file))
        link = open_field_link(grid, endpoints, clock=CLOCK)
        assert await first_of(link.run) == LinkRestored
        (health,) = link.health()
        assert health.certificate_expires == server.certificate.not_valid_after_utc


async def first_of(run_link: object) -> type[FieldEvent]:
    """The kind of the first event that the link delivers."""
    told: asyncio.Future[type[FieldEvent]] = asyncio.get_running_loop().create_future()

    def deliver(events: Sequence[FieldEvent]) -> None:
        if not told.done():
            told.set_result(type(events[0]))

    running = asyncio.create_task(run_link(deliver))  # type: ignore[operator]
    try:
        async with asyncio.timeout(20):
            return await told
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_an_issuer_and_its_list_are_taken_as_written(tmp_path: Path, shell: Shell) -> None:
    utility = Authority("utility")
    (tmp_path / "issuer.der").write_bytes(utility.own().public_bytes(Encoding.DER))
    (tmp_path / "issuer.crl").write_bytes(utility.revocations(77).public_bytes(Encoding.DER))
    issuer, revocations = commands("With an issuer of one's own")
    assert "Now trusted." in shell(issuer)
    assert "1 revoked by CN=utility" in shell(revocations)


def test_every_error_of_the_page_exists_and_the_other_way_round() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", section("What an error means"), re.M)
    ours = {LinkInsecure, CertificateRefused, LoginRefused, CertificateStoreError}
    assert {kind.code for kind in ours} | {"settings-error"} == set(rows)
