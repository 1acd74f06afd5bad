"""What the settings let a link command."""

from gridops.errors import UnknownId
from gridops.ids import FeederId, LinkId, SwitchId
from gridops.network import Network
from gridops.ports import Commanding, Identity
from gridops.settings import Settings
from gridops.settings.identity import IdentitySettings
from gridops.state import energise


def commanding_of(settings: Settings, network: Network) -> Commanding | None:
    """None with execution off: what names an identity is not even looked at then.

    Raises: UnknownId for a switch or feeder that the grid does not have.
    """
    if not settings.control.execution_enabled:
        return None
    commands = settings.commands
    return Commanding(
        identity=_stated(commands),
        identities={
            LinkId(link): stated.identity
            for link, stated in settings.link.commands.items()
            if _stated(stated) is not None
        },
        as_reader=commands.as_reader,
        switches=allowed_switches(
            network, switches=commands.allow_switches, feeders=commands.allow_feeders
        ),
        per_minute_max=commands.per_minute_max,
        link_per_minute_max=commands.link_per_minute_max,
        dry_run=commands.dry_run,
    )


def allowed_switches(
    network: Network, *, switches: tuple[str, ...], feeders: tuple[str, ...]
) -> frozenset[SwitchId] | None:
    """None: every one. Raises: UnknownId."""
    if not switches and not feeders:
        return None
    allowed = set()
    for switch in switches:
        if switch not in network.switches:
            raise UnknownId("switch", switch)
        allowed.add(SwitchId(switch))
    wanted = {_feeder(network, feeder) for feeder in feeders}
    allowed |= {network.heads[feeder] for feeder in wanted}
    feeder_of = energise(network, network.normally_closed).feeder_of
    for switch_id, ends in network.section_ends.items():
        if any(feeder_of.get(end) in wanted for end in ends):
            allowed.add(switch_id)
    return frozenset(allowed)


def _feeder(network: Network, stated: str) -> FeederId:
    network.feeder_head(stated)
    return FeederId(stated)


def _stated(settings: IdentitySettings) -> Identity | None:
    identity = settings.identity
    return None if identity.is_anonymous else identity
