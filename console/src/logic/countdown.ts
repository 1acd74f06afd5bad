import type { Incident } from './contract';

/** An interruption up to this long does not count in SAIDI (Vietnam, IEEE 1366). */
export const THRESHOLD_MS = 5 * 60_000;
/** From here on the countdown asks for attention. */
export const NEAR_MS = 60_000;

export type Countdown = { state: 'none' | 'ahead' | 'near' | 'passed'; leftMs: number };

/** The countdown of an incident: only as long as somebody has something to decide. */
export function decision(incident: Incident, now: number): Countdown {
  const decided = incident.phase === 'executing' || incident.phase === 'closed';
  return countdown(decided ? null : incident.decide_by, now);
}

/** What is left until `decideBy`; "passed" has a positive `leftMs`: the time since. */
export function countdown(decideBy: string | null, now: number): Countdown {
  const due = decideBy === null ? Number.NaN : Date.parse(decideBy);
  if (Number.isNaN(due)) return { state: 'none', leftMs: 0 };
  const leftMs = due - now;
  if (leftMs <= 0) return { state: 'passed', leftMs: Math.abs(leftMs) };
  return { state: leftMs <= NEAR_MS ? 'near' : 'ahead', leftMs };
}
