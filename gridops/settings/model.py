"""Every setting with its default, unit and meaning. `docs/settings.md` is made from this."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gridops.events.operator import Mode
from gridops.network import COLD_LOAD
from gridops.settings.commands import CommandSettings
from gridops.settings.identity import IdentitySettings
from gridops.settings.loopback import is_loopback
from gridops.settings.public import PublicSettings
from gridops.settings.publisher import PublisherSettings
from gridops.settings.section import Section
from gridops.settings.security import LinkSecuritySettings, SecuritySettings

ENVIRONMENT_PREFIX = "GRIDOPS_"
NESTING = "__"


class ServerSettings(Section):
    """Where the console and the API listen."""

    host: str = "127.0.0.1"
    """Address to listen on. Anything but this machine itself needs both TLS files or
    `allow_insecure_bind`."""
    port: int = Field(default=8080, ge=0, le=65535)
    """TCP port; 0 takes any free one."""
    tls_certificate_file: Path | None = None
    """PEM certificate chain. Needs `tls_key_file`."""
    tls_key_file: Path | None = None
    """PEM private key of the certificate."""
    allow_insecure_bind: bool = False
    """Listen beyond this machine without TLS, because a proxy in front of it does that."""
    tls_version_min: Literal["1.2", "1.3"] = "1.2"
    """Older versions of TLS are not spoken."""
    names: list[str] = Field(default_factory=list)
    """Names under which the service is reached, beside those of this machine: what comes under
    another one is refused. Empty, on an address beyond this machine: any name is taken. In the
    environment: a JSON list."""
    trusted_proxies: list[str] = Field(default_factory=list)
    """Addresses of proxies in front that do TLS: they are believed where a request comes from
    (`X-Forwarded-For`), and cookies are kept to TLS. In the environment: a JSON list."""
    connections_max: int = Field(default=1_200, ge=10)
    """Open connections in all; further ones are closed at once. Each screen holds one or two."""
    connections_of_address_max: int = Field(default=600, ge=5)
    """Of one address, those of trusted proxies left out."""
    requests_per_minute_max: int = Field(default=1_200, ge=10)
    """Of one user, or of one API token; further ones get 429."""
    requests_of_address_per_minute_max: int = Field(default=6_000, ge=10)
    """Of one address, logged in or not."""
    session_lifetime_s: int = Field(default=8 * 3600, ge=60)
    """A login ends after this: one shift."""
    users_file: Path | None = None
    """Where users and API tokens are kept, as hashes; empty: `users.json` beside the journal, or
    in `var` if that is in a database. While there are no users, each start makes a login."""
    audit_file: Path | None = None
    """Where acts and refused acts are kept; empty: `audit.jsonl` in the same place as users."""

    @model_validator(mode="after")
    def _keeps_passwords_off_the_wire(self) -> Self:
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_certificate_file and tls_key_file go together")
        exposed = not is_loopback(self.host) and self.tls_certificate_file is None
        if exposed and not self.allow_insecure_bind:
            raise ValueError(
                f"host {self.host} is reachable from other machines without TLS: set both TLS"
                " files, or allow_insecure_bind if a proxy in front does TLS"
            )
        return self


class LinkSettings(Section):
    """How the field is reached."""

    kind: Literal["opcua", "virtual", "none"] = "opcua"
    """`virtual` plays a healthy field of the grid beside this process, for training and tries;
    `none` runs without any."""
    endpoints: dict[str, str | list[str]] = Field(default_factory=dict)
    """Address of each link of the grid: `{ RTU1 = "opc.tcp://10.0.0.1:4840" }`, or a list of them,
    the preferred one first, of servers that show the same points. A grid holds no addresses. In
    the environment: one JSON object."""
    publishing_ms: int = Field(default=200, ge=50, le=10_000)
    """How often a server sends which positions and indicators have changed."""
    analog_publishing_ms: int = Field(default=1000, ge=50, le=10_000)
    """How often it sends voltages, currents and powers; never more often than the others."""
    security: dict[str, LinkSecuritySettings] = Field(default_factory=dict)
    """For one link, by its id, what shall differ from `[security]`, as a table
    `[link.security.RTU1]`. In the environment: one JSON object."""

    commands: dict[str, IdentitySettings] = Field(default_factory=dict)
    """For one link, by its id, who commands there if not who `[commands]` names, as a table
    `[link.commands.RTU1]`. In the environment: one JSON object."""
    workers: bool = True
    """Each server in a process of its own, so that one that hangs or dies takes nobody along; some
    15 MB each. Off: all in one, for tries on small machines. A virtual field needs none."""

    @field_validator("endpoints")
    @classmethod
    def _are_opcua_addresses(
        cls, endpoints: dict[str, str | list[str]]
    ) -> dict[str, str | list[str]]:
        for link, address in _addresses(endpoints):
            if not address.startswith("opc.tcp://"):
                raise ValueError(f"link {link}: its address does not begin with opc.tcp://")
            if "@" in address:
                raise ValueError(
                    f"link {link}: an address holds no user and no password; set them as user and"
                    " password_file in [security] or [link.security.ID]"
                )
        return endpoints

    @model_validator(mode="after")
    def _secures_links_that_it_reaches(self) -> Self:
        for name, stated in (("security", self.security), ("commands", self.commands)):
            for link in stated:
                if link not in self.endpoints:
                    raise ValueError(f"{name}: {link!r} has no endpoint")
        return self


def _addresses(endpoints: dict[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    for link, stated in endpoints.items():
        of_link = [stated] if isinstance(stated, str) else stated
        if not of_link or len(set(of_link)) < len(of_link):
            raise ValueError(f"link {link}: give one address, or several that differ")
        yield from ((link, address) for address in of_link)


class ControlSettings(Section):
    """What GridOps may do, and how patiently it does it."""

    mode: Mode = Mode.ADVISORY
    """Mode of the whole system until an operator sets another."""
    execution_enabled: bool = False
    """Off: no command can leave this process, whatever the mode. Plans are proposed only."""
    crew_available: bool = True
    """Whether plans may use switches that a crew must operate by hand."""
    approval_expiry_s: float = Field(default=300.0, gt=0, le=3600)
    """A proposal older than this is looked at again before it may be released."""
    two_person_control: bool = False
    """Who releases a plan needs another person's approval, no older than `approval_expiry_s`."""
    load_shed_disables: bool = True
    """While any load-shedding input of the field says yes, nothing is planned or carried out."""
    run_warn_s: float = Field(default=300.0, gt=0, le=86_400)
    """A plan that automation carries out is told of when it takes longer; time of a crew apart."""
    run_limit_s: float = Field(default=600.0, gt=0, le=86_400)
    """After so long it is stopped, and automation is latched off on its feeders."""
    command_deadline_s: float = Field(default=3.0, gt=0, le=30)
    """No byte of a command reaches the wire later than this after its decision."""
    confirm_margin_s: float = Field(default=5.0, gt=0, le=120)
    """A command is unconfirmed when the switch's operating time and this have passed; its
    position is then unknown and it is not repeated."""
    closing_gap_s: float = Field(default=5.0, ge=0, le=600)
    """Pause between two closings of a plan, so that a closing onto a fault shows first."""
    closed_transition: bool = True
    """Whether a load transfer or the way back to the normal state may join two feeds of one busbar
    for a moment, where the grid allows it (`closes_ring`), so that nobody is interrupted."""
    interruption_s_max: float = Field(default=300.0, ge=0, le=3600)
    """Nobody is interrupted for longer on the way back to the normal state."""


class JournalSettings(Section):
    """Snapshots of what the control room knows, so that a start need not read the whole journal."""

    snapshot_entries: int = Field(default=50_000, ge=0)
    """One is made after so many entries; 0: never."""
    snapshot_s: float = Field(default=3_600.0, ge=1)
    """And after so long, if anything happened."""
    snapshot_toil_s: float = Field(default=0.5, ge=0.1)
    """And after as much work, of facts and plans, as a start would spend so long on; later where
    that is not five times what a snapshot costs."""


class PlanningSettings(Section):
    """What plans reckon with."""

    repair_s: float = Field(default=4 * 3600.0, gt=0, le=30 * 86_400)
    """Assumed from the release of a plan to the end of repair."""
    look_ahead_s: float = Field(default=4 * 3600.0, ge=0, le=86_400)
    """A plan must hold for so long by the load profiles of the grid, or until the repair if that
    is sooner. Needs `time_zone`."""
    emergency_s: float | None = Field(default=None, gt=0, le=30 * 86_400)
    """How long emergency ratings may be used, whatever the grid states; empty: as it states."""
    time_zone: str | None = None
    """Of the load profiles, and of the days and months of outage minutes, as `Asia/Ho_Chi_Minh`;
    empty: days are those of UTC, and no hours ahead are looked at."""

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            except (ValueError, OSError, ZoneInfoNotFoundError) as unknown:
                raise ValueError(f"{name!r} is no time zone") from unknown
        return name


class ColdLoadSettings(Section):
    """What customers draw when supply returns, of what they drew before: 1 after up to `begins_s`
    without supply, rising evenly to the factor of their class at `full_s`."""

    residential: float = Field(default=COLD_LOAD.residential, ge=1, le=10)
    """Homes: heating, cooling and hot water that all want to run at once."""
    commercial: float = Field(default=COLD_LOAD.commercial, ge=1, le=10)
    """Shops and offices."""
    industrial: float = Field(default=COLD_LOAD.industrial, ge=1, le=10)
    """Works, which start again one by one."""
    critical: float = Field(default=COLD_LOAD.critical, ge=1, le=10)
    """Hospitals, waterworks and the like."""
    begins_s: float = Field(default=COLD_LOAD.begins_s, ge=0, le=86_400)
    """Shorter outages bring no more load than there was."""
    full_s: float = Field(default=COLD_LOAD.full_s, gt=0, le=86_400)
    """Outages of this length and longer bring the whole factor."""
    lasts_s: float = Field(default=COLD_LOAD.lasts_s, ge=0, le=86_400)
    """So long after the return of supply the excess has gone."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.begins_s >= self.full_s:
            raise ValueError("begins_s must be less than full_s")
        return self


class DetectionSettings(Section):
    """When an opening is taken for an outage."""

    reclose_margin_s: float = Field(default=5.0, ge=0, le=300)
    """Added to the sum of a device's reclosing intervals before its opening counts as lasting."""
    unknown_reclose_wait_s: float = Field(default=30.0, ge=0, le=600)
    """The wait for a device that states no reclosing intervals and reports no lockout."""
    reorder_window_s: float = Field(default=2.0, ge=0, le=120)
    """Messages overtake one another by at most this; what an earlier one could still change is
    concluded so much later. One OPC UA link keeps the order, several have none in common."""
    delay_s_max: float = Field(default=15.0, gt=0, le=600)
    """While its link is whole, a message is on its way no longer; a source time that claims more
    is bounded by it."""
    clock_off_s_min: float = Field(default=60.0, gt=0, le=3600)
    """A source time further back is a wrong clock, which is followed, and not a late message."""
    indicator_window_s: float = Field(default=10.0, ge=0, le=120)
    """How long fault indicators may settle before the fault is located; shorter when every
    reading that matters is already fresh."""


class IncidentSettings(Section):
    """What belongs to one incident, and when reports without a trip begin one."""

    join_s: float = Field(default=12.0, ge=0, le=600)
    """Openings of nested devices within this time, by the clocks of the field, are one event."""
    trial_hold_s: float = Field(default=10.0, gt=0, le=600)
    """What was energised and stays so for this long has held; a trip within it answers the
    closing."""
    report_wait_s: float = Field(default=30.0, ge=0, le=3600)
    """After the first report of lost voltage that no incident explains, before the device that
    opened unheard is predicted."""
    report_hold_s: float = Field(default=3600.0, gt=0, le=86_400)
    """A call or a last gasp older than this predicts nothing any more."""
    report_transformers_min: int = Field(default=2, ge=1)
    """So many transformers with gasping meters predict a device above them."""
    report_calls_min: int = Field(default=2, ge=1)
    """So many calls do."""
    report_meters_share: float = Field(default=0.8, gt=0, le=1)
    """One service transformer is out by itself when this share of its meters gasped."""
    earth_fault_hold_s: float = Field(default=60.0, ge=0, le=86_400)
    """An earth fault left standing is over when no relay has signalled it for this long."""
    return_hold_s: float = Field(default=300.0, ge=0, le=86_400)
    """After the repair everybody must have had supply for so long before the way back to the
    normal state is planned."""


class LocationSettings(Section):
    """How far devices are trusted when a fault is located. `gridops rates` learns the rates from
    closed incidents and writes this section."""

    p_missing: float = Field(default=0.02, gt=0, lt=0.5)
    """How often an indicator on the path of fault current stays silent."""
    p_stray: float = Field(default=0.01, gt=0, lt=0.5)
    """How often an indicator beside the path flags."""
    p_miscoordination: float = Field(default=0.01, gt=0, lt=0.5)
    """How often a protective device between the fault and the tripped device does not trip."""
    p_trips_along: float = Field(default=0.02, gt=0, lt=0.5)
    """How often a protective device above the one that clears the fault trips as well."""
    message_delay_s_max: float = Field(default=10.0, ge=0, le=600)
    """How long a message may be on its way; asked earlier, silence proves less."""
    hold_probability: float = Field(default=0.999, gt=0.5, lt=1)
    """What the suspected set, which is fenced, holds at the least."""
    malfunctions_tolerated: int = Field(default=1, ge=0, le=3)
    """A section stays suspected as long as no more wrong devices than this could hide the fault
    in it. With 0 only `hold_probability` counts: fewer customers dark, and a closing onto the
    fault where an indicator was wrong a little more often."""
    located_probability: float = Field(default=0.9, gt=0.5, lt=1)
    """What one zone must hold for the verdict "located"."""
    contradictory_from: int = Field(default=2, ge=1, le=10)
    """So many failed devices in the best explanation make the evidence contradictory."""


class Settings(BaseSettings):
    """The whole installation."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter=NESTING,
    )

    grid: str = "oberrhein"
    """Folder of a grid, or the name of one that GridOps brings along."""
    journal_url: str = "sqlite:///var/journal.sqlite"
    """Address of the journal: `sqlite:///file`, or `postgresql://user@host/database` with the extra
    `postgresql`. Keep a password out of it: PostgreSQL reads PGPASSWORD or a password file. A write
    waits two seconds at most; see docs/operating.md."""
    journal: JournalSettings = JournalSettings()
    language: Literal["en", "vi"] = "en"
    """Language of the console until a user chooses one."""
    server: ServerSettings = ServerSettings()
    link: LinkSettings = LinkSettings()
    security: SecuritySettings = SecuritySettings()
    publisher: PublisherSettings = PublisherSettings()
    public: PublicSettings = PublicSettings()
    control: ControlSettings = ControlSettings()
    commands: CommandSettings = CommandSettings()
    planning: PlanningSettings = PlanningSettings()
    cold_load: ColdLoadSettings = ColdLoadSettings()
    detection: DetectionSettings = DetectionSettings()
    incidents: IncidentSettings = IncidentSettings()
    location: LocationSettings = LocationSettings()
