"""Everything that GridOps raises.

GridOpsError                what, where and the remedy; every other error is one
├── UnknownId               an id that the grid does not have, with the ids that are near
├── GridError               a grid that cannot be used
│   ├── GridUnreadable      a file is missing, is not text, or is of a version we do not read
│   └── GridInvalid         all flaws at once
├── ScenarioError           a scenario file that cannot be played
├── FileFlawed              a rule-set, a mapping or a table of outages; all flaws at once
├── SettingsError           a setting that cannot be used
├── PowerFlowFailed         no solution exists for this state
├── TelemetryRejected       a point's raw value says nothing that could be believed
├── LinkError               the field could not be reached or did not answer
│   ├── LinkInsecure        the server does not offer, or does not keep, the security asked for
│   ├── CertificateRefused  a certificate is unknown, revoked, out of date or somebody else's
│   ├── LoginRefused        the server does not take this user, password or user certificate
│   ├── CommandRefused      nothing moved: the device, its server or a rule of ours said no
│   │   ├── DeviceLocal     the device is under local control
│   │   ├── DeviceInterlocked  an interlock blocks the device
│   │   ├── CommandNotAllowed  the settings do not let this switch be commanded, or nothing at all
│   │   ├── TooManyCommands the commands of the last minute leave no room for another
│   │   ├── CommandRehearsed  dry run: what would be sent was told and not sent
│   │   └── CommandNotJournalled  the order could not be made durable, and so it was not sent
│   └── CommandUnconfirmed  no read-back in time: the position is unknown
├── JournalError            the journal cannot be written or is not whole
│   ├── JournalBroken       the hash chain does not hold
│   ├── JournalBusy         another writer holds it
│   ├── JournalSilent       it cannot be written now: no space, no database
│   │   └── JournalUnsure   it fell silent in the middle of a commit: nobody knows what is durable
│   ├── SnapshotUnreadable  a snapshot is damaged, or was made by another version of GridOps
│   ├── MomentNotKept       what is asked for lies before what the journal still holds
│   ├── GridNotKept         the journal does not keep this version of the grid, or not whole
│   └── GridNotTakenIn      the journal stands on another version of the grid
├── AccountsUnreadable      the file of users and tokens cannot be read or written
├── PermitRefused           nobody may work there now: live, or not surely isolated
├── AccountRefused          a user, a password or a token that cannot be made so
├── AuditUnwritable         the audit cannot be written or read
├── CertificateStoreError   the folder of certificates or the own key cannot be used
├── StateDiverged           what is kept from fact to fact is not what a full look says
├── TakeInRefused           a new version of the grid would break what is under way
├── NotPermitted            this user may not do this
│   └── NotEntitled         the core knows nobody of that name who may do it
│       └── OutsideArea     who may do it elsewhere, but not there
├── KeyReused               the Idempotency-Key belongs to another act
├── AlreadyDone             the same was done under the same Idempotency-Key before
├── ActRefused              the core does not let it happen now, and says why
└── ReleaseRefused          the plan may not be executed (stale, voided, vetoed by the guard)
"""

from collections.abc import Sequence
from typing import Protocol

from gridops.reasons import Reason


class GridOpsError(Exception):
    """Says what is wrong, where, and what to do about it.

    `code` is stable: HTTP problems, documentation and tests refer to it.
    """

    code = "gridops-error"

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{place}{self.what}{remedy}"


class UnknownId(GridOpsError):
    """The grid has no such element. `near` lists up to three ids that look alike."""

    code = "unknown-id"

    def __init__(self, kind: str, ident: str, *, near: Sequence[str] = ()) -> None:
        self.kind = kind
        self.ident = ident
        self.near = tuple(near)
        remedy = f"near: {', '.join(self.near)}" if self.near else f"no {kind} id looks like it"
        super().__init__(f"no {kind} {ident!r}", remedy=remedy)


class GridError(GridOpsError):
    code = "grid-error"


class GridUnreadable(GridError):
    """A file is missing, is not text, or is of a version that we do not read."""

    code = "grid-unreadable"


class Flaw(Protocol):
    """What validation reports; `gridops.network.flaws` has the kinds."""

    @property
    def severity(self) -> str: ...

    def __str__(self) -> str: ...


class GridInvalid(GridError):
    """The grid has errors. `flaws` holds every flaw found, not only the first."""

    code = "grid-invalid"

    def __init__(self, grid: str, flaws: Sequence[Flaw]) -> None:
        self.flaws = tuple(flaws)
        errors = [flaw for flaw in self.flaws if flaw.severity == "error"]
        first = str(errors[0]) if errors else ""
        super().__init__(
            f"{len(errors)} errors, the first: {first}",
            where=grid,
            remedy="`gridops check` lists all of them",
        )


class ScenarioError(GridOpsError):
    code = "scenario-error"


class FileFlawed(GridOpsError):
    """A rule-set, a mapping or a table of outages cannot be used. `flaws` holds every flaw found,
    each with its file and line; nothing of the file was taken."""

    code = "file-flawed"

    def __init__(self, flaws: Sequence[str], *, where: str = "", remedy: str = "") -> None:
        self.flaws = tuple(flaws)
        super().__init__("; ".join(self.flaws), where=where, remedy=remedy)


class SettingsError(GridOpsError):
    code = "settings-error"


class PowerFlowFailed(GridOpsError):
    """The iteration did not converge: the state is beyond what the grid can carry."""

    code = "power-flow-failed"


class TelemetryRejected(GridOpsError):
    """The raw value of `point` is not what its signal can be; the last value must not stand."""

    code = "telemetry-rejected"

    def __init__(self, point: str, what: str, *, where: str = "", remedy: str = "") -> None:
        self.point = point
        super().__init__(what, where=where, remedy=remedy)


class LinkError(GridOpsError):
    code = "link-error"


class CommandRefused(LinkError):
    """The device, its server or a rule of ours said no; nothing moved."""

    code = "command-refused"


class DeviceLocal(CommandRefused):
    """Somebody stands at the device, and it takes no remote command."""

    code = "device-local"


class DeviceInterlocked(CommandRefused):
    """The device's own interlock forbids this movement in the state that it is in."""

    code = "device-interlocked"


class CommandNotAllowed(CommandRefused):
    """The settings do not let this switch be commanded; nothing was sent."""

    code = "command-not-allowed"


class TooManyCommands(CommandRefused):
    """The commands of the last minute leave no room for another; nothing was sent."""

    code = "too-many-commands"


class CommandRehearsed(CommandRefused):
    """A dry run. `what` tells exactly what would be sent; nothing was."""

    code = "command-rehearsed"


class CommandNotJournalled(CommandRefused):
    """The order could not be made durable, and so it was not sent."""

    code = "command-not-journalled"


class CommandUnconfirmed(LinkError):
    """No read-back in time; treat the position as unknown and never repeat blindly."""

    code = "command-unconfirmed"


class LinkInsecure(LinkError):
    """The link would be weaker than asked for; no secret and no command was sent."""

    code = "link-insecure"


class CertificateRefused(LinkError):
    """The other end's certificate proves nothing. `fingerprint` (SHA-256, hexadecimal) names it;
    empty where there is none."""

    code = "certificate-refused"

    def __init__(
        self, what: str, *, where: str = "", remedy: str = "", fingerprint: str = ""
    ) -> None:
        self.fingerprint = fingerprint
        super().__init__(what, where=where, remedy=remedy)


class LoginRefused(LinkError):
    """Asking again with the same words is of no use, and may lock the user out."""

    code = "login-refused"


class JournalError(GridOpsError):
    code = "journal-error"


class JournalBroken(JournalError):
    """The hash chain does not hold from `sequence` on."""

    code = "journal-broken"

    def __init__(self, sequence: int, where: str) -> None:
        self.sequence = sequence
        super().__init__(
            f"entry {sequence} does not continue the hash chain",
            where=where,
            remedy="restore the journal from its last good backup; do not edit it",
        )


class JournalSilent(JournalError):
    """The journal cannot be written now: no space, no database. It may be later."""

    code = "journal-silent"


class JournalUnsure(JournalSilent):
    """The journal fell silent while it was told to make something durable: nobody knows yet
    whether it is."""

    code = "journal-unsure"


class JournalBusy(JournalError):
    """Another process writes this journal."""

    code = "journal-busy"


class SnapshotUnreadable(JournalError):
    """A snapshot of the control room is damaged, or is not of this version of GridOps."""

    code = "snapshot-unreadable"


class MomentNotKept(JournalError):
    """What is asked for lies before what the journal still holds."""

    code = "moment-not-kept"


class GridNotKept(JournalError):
    """The journal has no grid under `fingerprint`, or not the one that it was."""

    code = "grid-not-kept"

    def __init__(self, fingerprint: str, what: str, *, where: str = "", remedy: str = "") -> None:
        self.fingerprint = fingerprint
        super().__init__(what, where=where, remedy=remedy)


class GridNotTakenIn(JournalError):
    """The journal stands on the grid `running`; what was handed over is `offered`."""

    code = "grid-not-taken-in"

    def __init__(self, running: str, offered: str, *, where: str = "", remedy: str = "") -> None:
        self.running = running
        self.offered = offered
        super().__init__(
            f"the journal stands on grid version {running}, this is version {offered}",
            where=where,
            remedy=remedy
            or "`gridops compare OLD NEW --journal URL` shows what differs and what it would "
            "break; `gridops serve --take-in` takes the new version in",
        )


class AccountsUnreadable(GridOpsError):
    code = "accounts-unreadable"


class PermitRefused(GridOpsError):
    """People may not work there now: a section could be live, or nothing surely keeps it dead."""

    code = "permit-refused"


class AccountRefused(GridOpsError):
    code = "account-refused"


class AuditUnwritable(GridOpsError):
    code = "audit-unwritable"


class CertificateStoreError(GridOpsError):
    code = "certificate-store-error"


class StateDiverged(GridOpsError):
    """What is kept of `what` (positions, sources, supply) from fact to fact is not what a look at
    everything says: an error in GridOps, and nothing that is held may be acted on."""

    code = "state-diverged"

    def __init__(self, what: str, *, where: str = "") -> None:
        self.kept = what
        super().__init__(
            f"the {what} kept from fact to fact differ from a full look",
            where=where,
            remedy="restart, the journal is whole; report this error with the journal",
        )


class TakeInRefused(GridOpsError):
    """A new version of the grid is not taken in. `findings` holds everything that blocks."""

    code = "take-in-refused"

    def __init__(self, findings: Sequence[object], *, where: str = "") -> None:
        self.findings = tuple(findings)
        first = str(self.findings[0]) if self.findings else ""
        super().__init__(
            f"{len(self.findings)} findings block it, the first: {first}",
            where=where,
            remedy="`gridops compare OLD NEW --journal URL` lists all of them",
        )


class NotPermitted(GridOpsError):
    code = "not-permitted"


class NotEntitled(NotPermitted):
    """The core knows nobody of that name who may do it; `reason` says it."""

    code = "not-entitled"

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(
            reason.in_english(), remedy="ask somebody to do it who may, or an administrator"
        )


class OutsideArea(NotEntitled):
    """Whoever asks may do such things, but not there."""

    code = "outside-area"


class KeyReused(GridOpsError):
    """The Idempotency-Key was used for another act before."""

    code = "idempotency-key-reused"


class AlreadyDone(GridOpsError):
    """The same was done under the same Idempotency-Key before, and the answer is not kept."""

    code = "already-done"


class ActRefused(GridOpsError):
    """The core does not let it happen by what is known now; `reason` says why."""

    code = "act-refused"

    def __init__(self, reason: Reason, *, where: str = "") -> None:
        self.reason = reason
        super().__init__(
            f"refused: {reason.in_english()}",
            where=where,
            remedy="look at what is on the screen now",
        )


class ReleaseRefused(GridOpsError):
    """The plan is not what may be executed now: superseded, expired, voided or vetoed; `reason`
    says which."""

    code = "release-refused"

    def __init__(self, reason: Reason, *, where: str = "") -> None:
        self.reason = reason
        super().__init__(
            reason.in_english(),
            where=where,
            remedy="read what is on the screen now, or ask for a new plan",
        )
