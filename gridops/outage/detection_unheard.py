"""Openings that nobody told of, though something else says that the device opened.

The device is asked, first of all. What it says then counts: a lockout of a device that is
closed means that its reclosing is blocked. Where it says nothing, the safe reading counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.outage.detection_evidence import Grounds
from gridops.outage.findings import Findings
from gridops.outage.types import Cause, OperationBegan, OperationConcluded
from gridops.reasons import Reason, because

ASK = "ask"


@dataclass(slots=True)
class _Hint:
    """Field time of what speaks for an opening, and whether that is a lockout or voltage."""

    since: datetime
    locked: bool
    asked_at: datetime | None = None


class UnheardOpenings:
    """At most one hint per device, each with one timer until it is settled."""

    _grounds: Grounds
    _hints: dict[SwitchId, _Hint]

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        self._hints = {}

    def keep(self, devices: frozenset[SwitchId]) -> None:
        """Forgets every other device."""
        self._hints = {d: hint for d, hint in self._hints.items() if d in devices}

    def has(self, device: SwitchId) -> bool:
        return device in self._hints

    def hint(self, device: SwitchId, since: datetime, *, locked: bool, findings: Findings) -> None:
        """Something says that `device`, which reads closed, opened at `since`."""
        known = self._hints.get(device)
        if known is not None:
            known.locked = known.locked or locked
            return
        self._hints[device] = _Hint(since, locked)
        settings = self._grounds.settings
        wait_s = max(settings.reorder_window_s, settings.supply_confirm_s)
        findings.start(ASK, device, due=findings.at + timedelta(seconds=wait_s))

    def dismiss(self, device: SwitchId, findings: Findings) -> None:
        """Its opening has been heard of, or what spoke for it is gone."""
        if self._hints.pop(device, None) is not None:
            findings.cancel(ASK, device)

    def rang(self, device: SwitchId, findings: Findings) -> None:
        hint = self._hints.get(device)
        if hint is None:
            return
        if not self._stands(device, hint, findings=findings):
            del self._hints[device]
            return
        if hint.asked_at is None:
            hint.asked_at = findings.at
            findings.ask(device)
            margin = timedelta(seconds=self._grounds.settings.stay_margin_s)
            findings.start(ASK, device, due=findings.at + margin)
            return
        del self._hints[device]
        self._settle(device, hint, findings=findings)

    def _stands(self, device: SwitchId, hint: _Hint, *, findings: Findings) -> bool:
        if self._grounds.track(device).position is not Position.CLOSED:
            return False
        if hint.locked:
            return self._grounds.contacts.is_locked(device)
        return self._grounds.voltage.dead_since(device, state=findings.state) is not None

    def _settle(self, device: SwitchId, hint: _Hint, *, findings: Findings) -> None:
        """What it is taken for once the device has had time to answer.

        Closed by its own fresh word, and locked out: nothing happened. Closed, and no voltage
        behind it: two witnesses contradict, somebody must look. No word, and protection picked
        up or voltage is gone: it opened, which is the safe reading. A lockout alone is no
        outage and no proof that there is none.
        """
        grounds = self._grounds
        said_at = grounds.track(device).said_at
        is_closed = said_at is not None and hint.asked_at is not None and said_at > hint.asked_at
        picked_up = grounds.picked_up(device, hint.since)
        if is_closed and hint.locked and not picked_up:
            return
        if not is_closed and (picked_up or not hint.locked):
            why = because("opening-lost", device=device)
            self._conclude(device, hint, cause=Cause.FAULT, why=why, findings=findings)
            grounds.track(device).assume(Position.OPEN, hint.since)
            return
        code = "lockout-while-closed" if hint.locked else "no-voltage-behind-closed"
        why = because(code, device=device)
        self._conclude(device, hint, cause=Cause.TELEMETRY, why=why, findings=findings)

    def _conclude(
        self, device: SwitchId, hint: _Hint, *, cause: Cause, why: Reason, findings: Findings
    ) -> None:
        findings.facts.append(OperationBegan(device=device, opened_at=hint.since))
        findings.facts.append(
            OperationConcluded(
                device=device,
                cause=cause,
                opened_at=hint.since,
                concluded_at=findings.at,
                openings=1 if cause is Cause.FAULT else 0,
                reason=why,
            )
        )
