"""Openings that await judgement, one device at a time: begun, waited for, concluded."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gridops.ids import SwitchId
from gridops.measurement import Position, Quality
from gridops.outage.detection_evidence import Grounds, besides
from gridops.outage.detection_past import opens_alone
from gridops.outage.detection_track import MARKS_MAX, Mark, Shot
from gridops.outage.detection_verdict import Verdict, judge
from gridops.outage.findings import Findings
from gridops.outage.types import Cause, OperationBegan, OperationConcluded
from gridops.reasons import Reason, because

WAIT, SETTLE = "wait", "settle"


@dataclass(slots=True)
class _Operation:
    began: bool = False
    """Whether it was told of: a device opened by itself and somebody lost supply."""
    opened_at: datetime | None = None
    """The first opening, once that is only counted."""
    counted: int = 0
    dark_settles: int = 0
    asked_at: datetime | None = None
    """When the device was asked whether it is closed although it gave up."""
    shaken: bool = False
    """Since it began an older movement of another switch was heard of."""


class Operations:
    """Every device with an opening that is not judged. Deterministic."""

    _grounds: Grounds
    _open: dict[SwitchId, _Operation]
    faults: dict[SwitchId, datetime]

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        self._open = {}
        self.faults = {}
        """Devices that opened on a fault and were not heard to close since."""

    @property
    def pending(self) -> tuple[SwitchId, ...]:
        return tuple(d for d, operation in self._open.items() if operation.began)

    def has(self, device: SwitchId) -> bool:
        return device in self._open

    def keep(self, devices: frozenset[SwitchId]) -> None:
        """Forgets every other device."""
        self._open = {d: o for d, o in self._open.items() if d in devices}
        self.faults = {d: at for d, at in self.faults.items() if d in devices}

    def moved(self, device: SwitchId, mark: Mark, *, findings: Findings) -> None:
        """`mark` was taken into the device's track; it may bear on other devices as well."""
        self._thin(device)
        self.consider(device, findings)
        for other in [d for d in self._open if d != device]:
            operation = self._open[other]
            if operation.began:
                operation.shaken = operation.shaken or self._opened_at(other) >= mark.time
            elif opens_alone(self._grounds.network.switches[other]):
                self.consider(other, findings)

    def consider(self, device: SwitchId, findings: Findings) -> None:
        """Judges what can be judged now, and waits for the rest."""
        for _ in range(MARKS_MAX):
            if not self._step(device, findings):
                return

    def end(self, device: SwitchId, findings: Findings, *, why: Reason) -> None:
        """The device's word does not count any more; what it stood for is not known."""
        operation = self._open.pop(device, None)
        findings.cancel(WAIT, device)
        findings.cancel(SETTLE, device)
        if operation is not None and operation.began:
            opened_at = operation.opened_at or findings.at
            findings.facts.append(
                OperationConcluded(
                    device=device,
                    cause=Cause.TELEMETRY,
                    opened_at=opened_at,
                    concluded_at=findings.at,
                    openings=max(1, operation.counted),
                    reason=why,
                )
            )

    def first_opening(self, device: SwitchId, findings: Findings) -> Shot | None:
        shots = self._shots(device, findings)
        return shots[0] if shots else None

    # one step

    def _step(self, device: SwitchId, findings: Findings) -> bool:
        """Whether something was judged, so that what follows has its turn."""
        shots = self._shots(device, findings)
        if not shots:
            self._rest(device, findings)
            return False
        operation = self._open.setdefault(device, _Operation())
        if operation.opened_at is None or not operation.counted:
            operation.opened_at = shots[0].opened.time
        verdict = self._verdict(device, shots, findings=findings)
        due = self._due(device, verdict, shots=shots, findings=findings)
        if due > findings.at:
            self._await(device, shots[-1], due=due, findings=findings)
            return False
        return self._conclude(device, shots, verdict=verdict, findings=findings)

    def _verdict(self, device: SwitchId, shots: list[Shot], *, findings: Findings) -> Verdict:
        operation, first = self._open[device], shots[0]
        why = self._grounds.why_planned(device, first, state=findings.state)
        if not operation.began:
            is_ours = self._grounds.is_ours(device, first.opened)
            if is_ours or not self._grounds.is_lost_by(device, first, findings=findings):
                return _unnoticed(device, first)
            if why is not None:
                return _planned(first, openings=1, why=why)
            operation.began = True
            opened_at = first.opened.time
            findings.facts.append(OperationBegan(device=device, opened_at=opened_at))
        elif why is not None and not operation.counted:
            return _planned(first, openings=1, why=why)
        return self._judged(device, shots, findings=findings)

    def _judged(self, device: SwitchId, shots: list[Shot], *, findings: Findings) -> Verdict:
        """The openings up to the first that somebody meant, which would end the operation."""
        operation = self._open[device]
        reasons = [self._grounds.why_planned(device, s, state=findings.state) for s in shots[1:]]
        meant = next((k for k, why in enumerate(reasons, 1) if why is not None), len(shots))
        story = self._grounds.story(
            device,
            shots[:meant],
            opened_at=operation.opened_at or shots[0].opened.time,
            state=findings.state,
        )
        story = replace(
            story,
            counted=operation.counted,
            dark_settles=operation.dark_settles,
            closed_confirmed=self._is_confirmed_closed(device),
        )
        verdict = judge(story)
        if meant == len(shots) or verdict.deadline < shots[meant].opened.time:
            return verdict
        why = reasons[meant - 1]
        assert why is not None
        return _planned(shots[meant], openings=operation.counted + meant, why=why)

    def _is_confirmed_closed(self, device: SwitchId) -> bool:
        """It has said that it is closed after it was asked, or with a time after it gave up."""
        track, operation = self._grounds.track(device), self._open[device]
        locked_at = self._grounds.contacts.locked_at(device)
        if track.position is not Position.CLOSED or locked_at is None:
            return False
        if track.marks and track.marks[-1].time > locked_at:
            return len(track.marks) > 1 and track.marks[-2].position is Position.CLOSED
        asked_at, said_at = operation.asked_at, track.said_at
        return asked_at is not None and said_at is not None and said_at > asked_at

    # waiting

    def _due(
        self, device: SwitchId, verdict: Verdict, *, shots: list[Shot], findings: Findings
    ) -> datetime:
        """When everything that bears on the verdict must have arrived.

        A lockout after the last reclosing waits for nothing: there is no room for an opening
        that was not heard of. Other verdicts wait for the reorder window, or as long as the
        messages of this very operation have been on their way.
        """
        settings = self._grounds.settings
        if verdict.certain:
            return findings.at
        slack_s = settings.reorder_window_s
        marks = _marks_of(shots)
        if not verdict.locked_out:
            late_s = max(mark.stamp.late_s for mark in marks)
            slack_s = max(slack_s, min(late_s, settings.delay_s_max))
        due = verdict.deadline + timedelta(seconds=slack_s)
        margin = timedelta(seconds=settings.stay_margin_s)
        reread = [mark.stamp.at + margin for mark in marks if mark.stamp.reread]
        if verdict.cause is not Cause.FAULT:
            reread = []
        is_counting = self._grounds.network.switches[device].sectionaliser_counts > 0
        if is_counting and verdict.why.code == "opened-by-hand":
            due = max(due, verdict.deadline + margin)  # the dead time it opened in may be late
        return max([due, *reread])

    def _await(self, device: SwitchId, last: Shot, *, due: datetime, findings: Findings) -> None:
        what, other = (WAIT, SETTLE) if last.closed is None else (SETTLE, WAIT)
        findings.cancel(other, device)
        findings.start(what, device, due=due)

    # the end

    def _conclude(
        self, device: SwitchId, shots: list[Shot], *, verdict: Verdict, findings: Findings
    ) -> bool:
        operation = self._open[device]
        if verdict.cause is Cause.MOMENTARY and self._is_still_dark(
            device, verdict, findings=findings
        ):
            operation.dark_settles += 1
            return True
        if verdict.opening_lost and operation.asked_at is None:
            operation.asked_at = findings.at
            findings.ask(device)
            margin = timedelta(seconds=self._grounds.settings.stay_margin_s)
            findings.start(SETTLE, device, due=findings.at + margin)
            return False
        cause, why = self._doubted(device, verdict, findings=findings)
        mattered = [s for s in shots if s.opened.order <= verdict.through.order]
        del self._open[device]
        findings.cancel(WAIT, device)
        findings.cancel(SETTLE, device)
        if operation.began or verdict.why.code != "nobody-dark":
            disagree_s_max = self._grounds.settings.reorder_tolerance_s
            findings.facts.append(
                OperationConcluded(
                    device=device,
                    cause=cause,
                    opened_at=operation.opened_at or shots[0].opened.time,
                    concluded_at=findings.at,
                    openings=verdict.openings,
                    reason=why,
                    besides=besides(device, mattered, disagree_s_max=disagree_s_max),
                )
            )
        self._go_on(device, verdict, cause=cause, why=why)
        return True

    def _go_on(self, device: SwitchId, verdict: Verdict, *, cause: Cause, why: Reason) -> None:
        """Where the device stands for the next story."""
        track = self._grounds.track(device)
        track.forget_through(verdict.through)
        if cause is Cause.FAULT:
            self.faults[device] = verdict.through.time
        if verdict.opening_lost:
            track.base = Position.OPEN
        elif cause is Cause.TELEMETRY and why.code == "link-down":
            # It may have reclosed since. The next reading decides, as a new operation.
            track.assume(Position.CLOSED, None)

    def _is_still_dark(self, device: SwitchId, verdict: Verdict, *, findings: Findings) -> bool:
        repeats = self._open[device].dark_settles
        if repeats >= self._grounds.settings.settle_repeats_max:
            return False
        return not self._grounds.past.is_fed(device, verdict.deadline, state=findings.state)

    def _doubted(
        self, device: SwitchId, verdict: Verdict, *, findings: Findings
    ) -> tuple[Cause, Reason]:
        """The verdict, unless something that is known now makes it another."""
        grounds, state = self._grounds, findings.state
        operation = self._open[device]
        link = state.link_of.get(device)
        is_stale = state.positions[device].quality is Quality.STALE
        if link is not None and is_stale and _leans_on_silence(verdict):
            lost_at = grounds.clocks.links.lost_at(link)
            if lost_at is None or lost_at < verdict.deadline:
                return Cause.TELEMETRY, because("link-down", link=link)
        if operation.shaken and self._opened_in_the_dark(device, verdict, findings=findings):
            return Cause.TELEMETRY, because("nobody-dark", device=device)
        if verdict.cause is not Cause.FAULT or verdict.locked_out or verdict.opening_lost:
            return verdict.cause, verdict.why
        opened_at = operation.opened_at or verdict.through.time
        if grounds.picked_up(device, opened_at, end=verdict.through.time):
            return verdict.cause, verdict.why
        if grounds.supply.explains(device, opened_at + grounds.tolerance, state=state):
            return Cause.LOST_SUPPLY, because("supply-lost-above", device=device)
        since = verdict.through.time + grounds.tolerance
        if grounds.voltage.is_live_behind(device, since, state=state):
            return Cause.TELEMETRY, because("voltage-behind-open", device=device)
        return verdict.cause, verdict.why

    def _opened_in_the_dark(
        self, device: SwitchId, verdict: Verdict, *, findings: Findings
    ) -> bool:
        return verdict.cause is not Cause.PLANNED and not self._grounds.past.lost_by(
            device,
            self._opened_at(device),
            state=findings.state,
            dead=frozenset(),
            tolerance=self._grounds.tolerance,
        )

    # bookkeeping

    def _shots(self, device: SwitchId, findings: Findings) -> list[Shot]:
        operation = self._open.get(device)
        counted = 0 if operation is None else operation.counted
        return self._grounds.shots(device, counted=counted, state=findings.state)

    def _opened_at(self, device: SwitchId) -> datetime:
        opened_at = self._open[device].opened_at
        assert opened_at is not None
        return opened_at

    def _rest(self, device: SwitchId, findings: Findings) -> None:
        """Nothing to judge: what the window has passed over is settled."""
        if device in self._open:
            self.end(device, findings, why=because("nobody-dark", device=device))
        track = self._grounds.track(device)
        if track.position is Position.CLOSED:
            self.faults.pop(device, None)
        settled = [m for m in track.marks if m.time <= findings.at - self._grounds.window]
        if settled:
            track.forget_through(settled[-1])

    def _thin(self, device: SwitchId) -> None:
        """Keeps what awaits judgement short, whatever the device sends."""
        track = self._grounds.track(device)
        if len(track.marks) <= MARKS_MAX:
            return
        operation = self._open.get(device)
        oldest = track.marks[0]
        if operation is not None and oldest.position is Position.OPEN:
            operation.counted += track.base is Position.CLOSED
        track.forget_through(oldest)


def _marks_of(shots: list[Shot]) -> list[Mark]:
    return [mark for shot in shots for mark in (shot.opened, shot.closed) if mark is not None]


def _leans_on_silence(verdict: Verdict) -> bool:
    """Whether it is so because nothing more was heard."""
    return verdict.cause in (Cause.FAULT, Cause.MOMENTARY) and not verdict.locked_out


def _planned(shot: Shot, *, openings: int, why: Reason) -> Verdict:
    return Verdict(
        cause=Cause.PLANNED,
        openings=openings,
        deadline=shot.opened.time,
        through=shot.opened,
        why=why,
    )


def _unnoticed(device: SwitchId, shot: Shot) -> Verdict:
    """Our own opening, or one that took supply from nobody."""
    return Verdict(
        cause=Cause.TELEMETRY,
        openings=1,
        deadline=shot.opened.time,
        through=shot.opened,
        why=because("nobody-dark", device=device),
    )
