"""What is needed to operate one switch, put together before anybody needs it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gridops.errors import SettingsError
from gridops.ids import LinkId, SwitchId
from gridops.measurement import Position
from gridops.network import ORDERS, Feedback, Link, Network, Point, Signal
from gridops.ports import Commanding, Endpoint, Identity, SwitchOrder
from opcua_bridge.command.transmission import Transmission, transmission
from opcua_bridge.security.addresses import goes_unsecured, is_loopback
from opcua_bridge.security.identities import check_identity
from opcua_bridge.session.identity import is_known


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    switch: SwitchId
    link: Link
    endpoint: Endpoint
    identity: Identity | None = None
    """Who commands, if it is not who reads."""
    command: Point
    select: Point | None = None
    """Stated: the device is selected first, and takes no command otherwise."""
    cancel: Point | None = None
    position: Point
    operating_time_s: float

    def feedback_s(self, margin_s: float) -> float:
        """How long the position may take."""
        stated = self.command.feedback_s
        return self.operating_time_s + margin_s if stated is None else stated

    @property
    def answer_suffices(self) -> bool:
        return self.command.feedback is Feedback.ANSWER

    def transmissions(self, position: Position) -> Iterator[Transmission]:
        """What is sent to go there, in order, if nothing goes wrong."""
        if self.select is not None:
            yield transmission(self.select, position)
        yield transmission(self.command, position)

    def rehearsal(self, order: SwitchOrder) -> str:
        """What `order` would send, where and how protected; nothing is asked or sent for it."""
        security = self.endpoint.security
        who = security.identity if self.identity is None else self.identity
        name = who.user or (who.certificate_file.name if who.certificate_file else "anonymous")
        secured = "None" if goes_unsecured(self.endpoint) else f"{security.policy} {security.mode}"
        sent = "; ".join(str(each) for each in self.transmissions(order.position))
        return (
            f"would send to {self.endpoint.url} (policy {secured}, as {name},"
            f" namespace {self.link.namespace_uri}) {sent}"
        )


def drives_of(
    network: Network, endpoints: Mapping[LinkId, Endpoint], *, commanding: Commanding
) -> dict[SwitchId, Drive]:
    """Switches with a command and a position point on the same link.

    Raises: SettingsError where nobody is named who may command, what names them does not go
    together, or nothing tells the device from others.
    """
    _refuse_unknown_devices(network, endpoints)
    identities = {
        link: _commander(link, endpoints[link], commanding=commanding) for link in network.links
    }
    by_signal: dict[Signal, dict[tuple[str, LinkId], Point]] = {signal: {} for signal in Signal}
    for point in network.components.points:
        by_signal[point.signal].setdefault((point.element, point.link), point)
    drives = {}
    for key, command in by_signal[Signal.COMMAND].items():
        switch = network.switches.get(SwitchId(command.element))
        position = by_signal[Signal.POSITION].get(key)
        if switch is not None and position is not None:
            drives[switch.id] = Drive(
                switch=switch.id,
                link=network.links[command.link],
                endpoint=endpoints[command.link],
                identity=identities[command.link],
                command=command,
                select=by_signal[Signal.SELECT].get(key),
                cancel=by_signal[Signal.CANCEL].get(key),
                position=position,
                operating_time_s=switch.operating_time_s,
            )
    return drives


def _refuse_unknown_devices(network: Network, endpoints: Mapping[LinkId, Endpoint]) -> None:
    commanded = {point.link for point in network.components.points if point.signal in ORDERS}
    unknown = [
        link.id
        for link in network.links.values()
        if link.id in commanded and not is_known(link, endpoints[link.id])
    ]
    if unknown:
        raise SettingsError(
            "nothing tells the devices that are commanded there from any others",
            where=f"link{'s' * (len(unknown) > 1)} {', '.join(unknown)}",
            remedy="state server_uri in [link.security.ID], or identity_node_id in links.csv",
        )


def _commander(link: LinkId, endpoint: Endpoint, *, commanding: Commanding) -> Identity | None:
    """Who commands there; None: who reads."""
    stated = commanding.identities.get(link, commanding.identity)
    unsecured = goes_unsecured(endpoint)
    if unsecured and is_loopback(endpoint.url):
        return None
    where = f"link {link}"
    if stated is not None:
        check_identity(stated, where=where)
    if stated is None or unsecured or stated == endpoint.security.identity:
        if commanding.as_reader:
            return None
        raise SettingsError(
            "commands need an identity of their own, other than the one that reads",
            where=where,
            remedy="set it in [commands] or [link.commands.ID] on a secured link, or as_reader",
        )
    return stated
