"""Map, grid and live server side by side: every flaw at once, with its place and remedy."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from gridops.errors import GridOpsError, TelemetryRejected
from gridops.errors.severity import Severity
from gridops.events import CurrentMeasured, FieldEvent, SwitchMoved, VoltageMeasured
from gridops.ids import LinkId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import ORDERS, Link, Network, OrderType, Point, SentAs, Signal
from gridops.ports import Endpoint
from gridops.state.point_values import has_codes, plain_value, takes_truths
from gridops.state.telemetry import event_of
from opcua_bridge.engineering.contradictions import contradictions
from opcua_bridge.engineering.live_flaws import LiveFlaw
from opcua_bridge.engineering.signal_words import fits_type, types_of
from opcua_bridge.engineering.variables import Variable, describe
from opcua_bridge.engineering.visit import visiting
from opcua_bridge.session.identity import is_identity, weakness_of
from opcua_bridge.session.session import Session
from opcua_bridge.session.wrong_server import WrongServer
from opcua_bridge.wire.statuses import name_of, quality_of
from opcua_bridge.wire.two_contacts import addresses_of, position_sample

_AT_A_TIME = 8
_NAMED_MAX = 5
_NO_VALUE = ("live-node-missing", "live-not-a-variable", "live-is-array", "live-type-wrong")
_DEAD = 0.05
_LOW, _HIGH = 0.8, 1.2
_RATED_MAX = 4.0
_NOBODY_DATES = datetime(2000, 1, 1, tzinfo=UTC)
"""When a value was measured does not matter here."""


@dataclass(slots=True)
class Looked:
    """What was found of all links; `facts` are values of good quality."""

    flaws: list[LiveFlaw] = field(default_factory=list)
    facts: list[FieldEvent] = field(default_factory=list)
    """By the first server of each link that told any."""
    links: int = 0
    """Links of which a server answered."""
    servers: int = 0
    points: int = 0
    """Of the first server of each link that answered."""


async def look(network: Network, endpoints: Mapping[LinkId, Sequence[Endpoint]]) -> Looked:
    """Each server that has an address, some at a time. Writes nothing to any."""
    looked = Looked()
    gate = asyncio.Semaphore(_AT_A_TIME)

    async def one(link: Link, endpoint: Endpoint) -> Looked:
        mine = Looked()
        several = len(endpoints[link.id]) > 1
        async with gate:
            await _Look(network, link, endpoint=endpoint, into=mine).run()
        if several:
            mine.flaws = [replace(flaw, server=endpoint.url) for flaw in mine.flaws]
        return mine

    for link in network.links.values():
        if link.id not in endpoints:
            looked.flaws.append(
                _of_link(
                    "live-no-endpoint",
                    link,
                    network=network,
                    what=f"link {link.id} has no endpoint",
                    remedy=f"give --endpoint {link.id}=opc.tcp://host:port, or set it",
                )
            )
    of_links = {link: endpoints[link.id] for link in network.links.values() if link.id in endpoints}
    found = await asyncio.gather(
        *(one(link, each) for link, servers in of_links.items() for each in servers)
    )
    each_found = iter(found)
    for link, servers in of_links.items():
        _join(
            looked,
            link,
            servers=servers,
            found=[next(each_found) for _ in servers],
            network=network,
        )
    looked.flaws += _contradicted(network, looked.facts)
    looked.flaws.sort(key=lambda flaw: (list(Severity).index(flaw.severity), flaw.link, flaw.code))
    return looked


def _join(
    looked: Looked,
    link: Link,
    *,
    servers: Sequence[Endpoint],
    found: Sequence[Looked],
    network: Network,
) -> None:
    """What was found of the servers of one link, into what was found of all."""
    answered = [each for each in found if each.servers]
    looked.servers += len(answered)
    looked.flaws += [flaw for each in found for flaw in each.flaws]
    if not answered:
        return
    looked.links += 1
    looked.points += answered[0].points
    first = next((place for place, each in enumerate(found) if each.facts), 0)
    looked.facts += found[first].facts
    stated = _stated(found[first].facts)
    for endpoint, each in zip(servers, found, strict=True):
        differing = [s for s, p in _stated(each.facts).items() if stated.get(s, p) is not p]
        if differing:
            named = ", ".join(differing[:_NAMED_MAX])
            flaw = _of_link(
                "live-servers-differ",
                link,
                network=network,
                what=f"positions are others than at {servers[first].url}: {named}",
                remedy="look which of the servers is behind, and at its path to the devices",
            )
            looked.flaws.append(replace(flaw, server=endpoint.url))


def _stated(facts: Sequence[FieldEvent]) -> dict[SwitchId, Position]:
    return {fact.switch: fact.position for fact in facts if isinstance(fact, SwitchMoved)}


class _Look:
    """One server of one link."""

    def __init__(self, network: Network, link: Link, *, endpoint: Endpoint, into: Looked) -> None:
        self._network = network
        self._link = link
        self._endpoint = endpoint
        self._into = into

    async def run(self) -> None:
        try:
            async with visiting(self._endpoint) as (session, uris):
                await self._compare(session, uris)
        except GridOpsError as error:
            remedy = error.remedy or "check the address"
            self._tell("live-unreachable", error.what, remedy=remedy)
            return
        self._into.servers += 1

    async def _compare(self, session: Session, uris: Sequence[str]) -> None:
        uri = self._link.namespace_uri
        try:
            session.know(self._link, uris)
        except WrongServer:
            others = ", ".join(each[:80] for each in uris[1:6]) or "none"
            self._tell(
                "live-namespace-missing",
                f"the server has no namespace {uri!r}; it has {others}",
                remedy="check the endpoint, or mend namespace_uri in links.csv",
            )
            return
        points = [
            (index, point)
            for index, point in enumerate(self._network.components.points)
            if point.link == self._link.id
        ]
        await self._look_at_identity(session)
        addresses = [address for _, point in points for address in addresses_of(point)]
        described = iter(
            await describe(session, [session.namespaces.sought(each) for each in addresses])
        )
        for index, point in points:
            self._into.points += 1
            variables = [next(described) for _ in addresses_of(point)]
            for code, what, remedy in self._flaws_of_all(point, variables):
                self._into.flaws.append(
                    LiveFlaw(
                        code=code,
                        link=self._link.id,
                        place=f"points.csv:{index + 2}",
                        what=f"{point.id}: {what}",
                        remedy=remedy,
                        points=(point.id,),
                    )
                )

    async def _look_at_identity(self, session: Session) -> None:
        link = self._link
        weakness = weakness_of(link, self._endpoint)
        if weakness:
            remedy = "state server_uri in its security"
            if self._endpoint.security.server_uris:
                remedy = "secure the link"
            self._tell("live-identity-weak", weakness, remedy=remedy)
        wanted = self._endpoint.security.server_uris
        if wanted and not (session.server_uris and session.server_uris <= wanted):
            names = " and ".join(sorted(session.server_uris))[:200] or "nobody"
            self._tell(
                "live-identity-other",
                f"the server is {names}, and server_uri is {' or '.join(sorted(wanted))[:200]}",
                remedy="check the endpoint: another device answers there",
            )
        if not link.has_identity:
            return
        node = session.namespaces.sought(link.identity_node_id)
        (identity,) = await describe(session, [node])
        says = identity.sample.raw
        if is_identity(says, link):
            return
        if not isinstance(says, str | int):
            self._tell(
                "live-identity-missing",
                f"the server has no text {link.identity_node_id!r} in the link's namespace",
                remedy=f"let it hold {link.identity!r}, or state in links.csv which variable says"
                " who it is, or none: no link is opened without",
            )
            return
        self._tell(
            "live-identity-other",
            f"the server says it is {str(says)[:80]!r}",
            remedy="check the endpoint: another device answers there",
        )

    def _flaws_of_all(
        self, point: Point, variables: Sequence[Variable]
    ) -> Iterator[tuple[str, str, str]]:
        """Of two contacts also what they say together."""
        is_sound = True
        for address, variable in zip(addresses_of(point), variables, strict=True):
            for flaw in self._flaws_of(point, variable, address=address):
                is_sound = is_sound and flaw[0] not in _NO_VALUE
                yield flaw
        if point.signal not in ORDERS and is_sound and all(v.is_readable for v in variables):
            joined = position_sample([variable.sample for variable in variables])
            shown = " and ".join(variable.shown for variable in variables)
            yield from self._flaws_of_value(point, Variable(sample=joined, shown=shown))

    def _flaws_of(
        self, point: Point, variable: Variable, *, address: str
    ) -> Iterator[tuple[str, str, str]]:
        if not variable.exists:
            yield (
                "live-node-missing",
                f"the server has no node {address!r}",
                "`gridops opcua map` finds what it is called, or remove the point",
            )
            return
        if point.signal in ORDERS and point.sent_as is SentAs.METHOD:
            if not variable.is_method:
                what = f"node {address!r} is no method"
                yield "live-not-a-method", what, "mend sent_as, or name the method"
            elif not variable.is_executable:
                remedy = "let our identity call it at the server"
                yield "live-not-writable", "we may not call this method", remedy
            return
        if not variable.is_variable:
            what = f"node {address!r} is no variable"
            yield "live-not-a-variable", what, "name the variable below it"
            return
        yield from _flaws_of_access(point, variable)
        if variable.is_array:
            what = f"it holds an array of {variable.data_type}"
            yield "live-is-array", what, "name a variable of one value"
        elif not _fits(point, variable.data_type):
            wanted = ", ".join(sorted(_wanted(point)))
            what = f"{variable.data_type} cannot carry {point.signal}"
            yield "live-type-wrong", what, f"map a variable of {wanted}, or mend the signal"

    def _flaws_of_value(self, point: Point, variable: Variable) -> Iterator[tuple[str, str, str]]:
        sample = variable.sample
        quality = quality_of(sample.status)
        if quality is not Quality.GOOD:
            what = f"its value is {quality} ({name_of(sample.status)})"
            yield "live-quality", what, "look at the device and its path to the server"
        if quality is Quality.BAD:
            return
        try:
            fact = event_of(
                point,
                plain_value(point, sample.raw),
                quality=quality,
                source_time=_NOBODY_DATES,
                at=_NOBODY_DATES,
            )
        except TelemetryRejected as rejected:
            yield "live-value-rejected", rejected.what, rejected.remedy
            return
        if isinstance(fact, SwitchMoved) and fact.position is Position.BAD:
            what = f"{variable.shown} is no position"
            yield "live-value-rejected", what, _codes_of(point)
            return
        if quality is Quality.GOOD:
            self._into.facts.append(fact)
        yield from self._implausible(fact)

    def _implausible(self, fact: FieldEvent) -> Iterator[tuple[str, str, str]]:
        match fact:
            case VoltageMeasured():
                yield from _voltage_flaws(
                    fact.voltage_v, self._network.nodes[fact.node].voltage_v_nominal
                )
            case CurrentMeasured():
                rated_a = self._network.switches[fact.switch].current_a_rated
                if abs(fact.current_a) > _RATED_MAX * rated_a:
                    what = f"{fact.current_a:g} A, the switch is rated {rated_a:g} A"
                    yield (
                        "live-current-implausible",
                        what,
                        "check its scale (column scale): A are expected",
                    )
            case SwitchMoved():
                normal = self._network.switches[fact.switch].normal_position
                if fact.position.is_definite and fact.position is not normal:
                    what = f"it is {fact.position.name.lower()}, normally {normal.name.lower()}"
                    yield "live-position-not-normal", what, "nothing, if it is meant to be"

    def _tell(self, code: str, what: str, *, remedy: str) -> None:
        self._into.flaws.append(
            _of_link(code, self._link, network=self._network, what=what, remedy=remedy)
        )


def _of_link(code: str, link: Link, *, network: Network, what: str, remedy: str) -> LiveFlaw:
    line = list(network.links).index(link.id) + 2
    return LiveFlaw(code=code, link=link.id, place=f"links.csv:{line}", what=what, remedy=remedy)


def _wanted(point: Point) -> frozenset[str]:
    if point.signal not in ORDERS or point.order_type is OrderType.NONE:
        if point.open_node_id:
            return types_of(Signal.LOCAL)
        more = {"Boolean"} if takes_truths(point) else set()
        return types_of(point.signal) | more
    return frozenset({point.order_type.value})


def _codes_of(point: Point) -> str:
    if point.open_node_id:
        return "look at both contacts and their wires: one of them must be made"
    if has_codes(point):
        return f"it must be {point.open_value:g} (open) or {point.close_value:g} (closed)"
    return "the server must send 0 to 3: 1 open, 2 closed; or state open_value and close_value"


def _fits(point: Point, data_type: str) -> bool:
    """Also where what the server says of the type tells nothing."""
    if point.signal in ORDERS and data_type in types_of(Signal.CURRENT) | {"Boolean"}:
        return data_type in _wanted(point)
    return fits_type(point.signal, data_type) is not False or data_type in _wanted(point)


def _flaws_of_access(point: Point, variable: Variable) -> Iterator[tuple[str, str, str]]:
    if point.signal in ORDERS:
        if not variable.is_writable:
            remedy = "let our identity write it at the server"
            yield "live-not-writable", f"we may not write this {point.signal}", remedy
        return
    if not variable.is_readable:
        remedy = "let our identity read it at the server"
        yield "live-not-readable", "we may not read it", remedy
    if variable.is_writable:
        remedy = "let our identity only read it at the server, and check that it is no command"
        yield "live-state-writable", f"we may write this {point.signal}", remedy


def _voltage_flaws(voltage_v: float, nominal_v: float) -> Iterator[tuple[str, str, str]]:
    share = voltage_v / nominal_v
    if _LOW <= share <= _HIGH:
        return
    hint = "check its scale (column scale): V from phase to phase are expected"
    if _LOW <= share * 1000.0 <= _HIGH:
        hint = "the server sends kV, V are expected: state the scale 1000"
    elif _LOW <= share * 3.0**0.5 <= _HIGH:
        hint = "the server sends phase to earth, phase to phase is expected: state the scale 1.732"
    elif share < _DEAD:
        return
    yield "live-voltage-implausible", f"{voltage_v:g} V at {nominal_v:g} V nominal", hint


def _contradicted(network: Network, facts: Sequence[FieldEvent]) -> Iterator[LiveFlaw]:
    positions = {fact.switch: fact.position for fact in facts if isinstance(fact, SwitchMoved)}
    currents = {fact.switch: fact.current_a for fact in facts if isinstance(fact, CurrentMeasured)}
    rows = {
        SwitchId(point.element): (index, point)
        for index, point in enumerate(network.components.points)
        if point.signal is Signal.POSITION
    }
    on_link: dict[LinkId, list[SwitchId]] = {}
    for switch, (_, point) in rows.items():
        on_link.setdefault(point.link, []).append(switch)
    neighbours = {switch: on_link[point.link] for switch, (_, point) in rows.items()}
    told: set[frozenset[SwitchId]] = set()
    for found in contradictions(
        network, positions=positions, currents_a=currents, neighbours=neighbours
    ):
        index, point = rows[found.switch]
        seen = f"{point.id}: {found.switch} says open and carries {found.current_a:g} A"
        code, remedy = "live-position-contradicted", "compare the position at the device"
        ids = [point.id, *(rows[each][1].id for each in found.partners[:5])]
        if len(found.partners) == 1:
            (partner,) = found.partners
            pair = frozenset((found.switch, partner))
            if pair in told:
                continue
            told.add(pair)
            code = "live-positions-swapped"
            seen += f"; {partner} says closed and would fit in its place"
            remedy = f"exchange the node_id of {ids[0]} and {ids[1]}, their commands too, or rewire"
        elif found.partners:
            remedy += f"; it may be exchanged with one of {', '.join(ids[1:])}"
        yield LiveFlaw(
            code=code,
            link=point.link,
            place=f"points.csv:{index + 2}",
            what=seen,
            remedy=remedy,
            points=tuple(ids),
        )
