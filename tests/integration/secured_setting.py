"""What the security tests share: two folders of certificates, users, secured servers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from asyncua import Server, ua

from gridops.ids import LinkId
from gridops.measurement import Quality
from gridops.network import Link, Point
from gridops.ports import Endpoint, Identity, LinkSecurity, SecurityMode, SecurityPolicy
from gridops.virtual_field import OrderAnswer, PointValue
from opcua_bridge import VirtualRtu
from opcua_bridge.field_server.address_space import RtuInternalServer
from opcua_bridge.security.certificates import fingerprint_of
from opcua_bridge.security.own_certificate import Own
from opcua_bridge.security.pki import Pki
from opcua_bridge.security.server_side import EVERY_POLICY, Guests, ServerSecurity, these_users
from tests.certificates import CLOCK, own

RTU = LinkId("rtu")
SERVER_URI = "urn:test:rtu"
USER, PASSWORD = "reader", "Straße-7 is wet"
POLICIES = (
    SecurityPolicy.BASIC256_SHA256,
    SecurityPolicy.AES128_SHA256_RSA_OAEP,
    SecurityPolicy.AES256_SHA256_RSA_PSS,
)
MODES = tuple(SecurityMode)


@dataclass(frozen=True)
class Site:
    """Two folders: the control room's and the server's, and the files of its users."""

    folder: Path

    @property
    def room(self) -> Pki:
        return Pki(self.folder / "room")

    @property
    def server(self) -> Pki:
        return Pki(self.folder / "server")

    def believe_each_other(self, server: Own) -> None:
        self.server.trust(self.room.own(at=CLOCK.now()).certificate)
        self.room.trust(server.certificate)

    def password_file(self, password: str = PASSWORD) -> Path:
        file = self.folder / "password"
        file.write_text(f"{password}\n")
        file.chmod(0o600)
        return file

    def user_certificate(self, user: Own) -> tuple[Path, Path]:
        certificate, private = self.folder / "user.der", self.folder / "user.pem"
        certificate.write_bytes(user.certificate_der)
        private.write_bytes(user.key_pem())
        private.chmod(0o600)
        return certificate, private

    def identity(self, kind: str) -> Identity:
        """`anonymous`, `password` or `certificate`."""
        if kind == "password":
            return Identity(user=USER, password_file=self.password_file())
        if kind == "certificate":
            certificate, private = self.user_certificate(own("user", "urn:test:user"))
            return Identity(certificate_file=certificate, key_file=private)
        return Identity()

    def endpoint(self, url: str, **security: object) -> Endpoint:
        """Secured with the room's folder."""
        kept = {"policy": SecurityPolicy.STRONGEST, "pki_folder": self.room.folder, **security}
        return Endpoint(url=url, security=LinkSecurity(**kept))  # type: ignore[arg-type]


def every_guest() -> Guests:
    user = own("user", "urn:test:user").certificate
    return Guests(
        anonymous=True,
        check_password=these_users({USER: PASSWORD}),
        certificates={fingerprint_of(user): USER},
    )


def shown(points: Sequence[Point]) -> list[PointValue]:
    """22 kV at every point."""
    return [
        PointValue(point=point, value=22_000.0, quality=Quality.GOOD, source_time=CLOCK.now())
        for point in points
    ]


@asynccontextmanager
async def secured_rtu(
    server: Own,
    pki: Pki | None,
    *,
    points: list[Point],
    guests: Guests | None = None,
    policies: Sequence[tuple[SecurityPolicy, SecurityMode]] = EVERY_POLICY,
) -> AsyncIterator[VirtualRtu]:
    security = ServerSecurity(
        own=server, clock=CLOCK, guests=guests or every_guest(), pki=pki, policies=policies
    )
    link = Link(id=RTU, name="rtu", namespace_uri="urn:gridops:drawing")
    rtu = VirtualRtu(
        link,
        points,
        host="127.0.0.1",
        port=0,
        order=lambda switch, position: OrderAnswer.ACCEPTED,
        security=security,
    )
    await rtu.start()
    await rtu.show(shown(points))
    try:
        yield rtu
    finally:
        await rtu.stop()


@asynccontextmanager
async def lying_discovery(offers: list[ua.EndpointDescription], *, real: str) -> AsyncIterator[str]:
    """Discovery says `offers`; every later connection goes to the server at `real`."""
    liar = Server(iserver=RtuInternalServer())
    await liar.init()
    liar.set_endpoint("opc.tcp://127.0.0.1:0")
    liar.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    await liar.start()
    liar.iserver.endpoints[:] = offers
    liar.iserver.match_discovery_endpoint_url = liar.iserver.match_discovery_source_ip = False
    assert liar.bserver is not None
    ports = iter([liar.bserver.port, *[int(real.rsplit(":", 1)[1])] * 5])
    writers: list[asyncio.StreamWriter] = []
    tasks = set()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                sink.write(data)
        except OSError:
            pass
        finally:
            sink.transport.abort()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", next(ports))
        except OSError:
            writer.transport.abort()
            return
        writers.append(far_writer)
        for ends in ((reader, far_writer), (far_reader, writer)):
            tasks.add(asyncio.create_task(pump(*ends)))

    way = await asyncio.start_server(join, "127.0.0.1", 0)
    try:
        yield f"opc.tcp://127.0.0.1:{way.sockets[0].getsockname()[1]}"
    finally:
        way.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await liar.stop()
