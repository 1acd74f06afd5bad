/** One deliberate act in one place: the first press arms, the second one fires.
 *
 * A second press within `SETTLE_MS` of the first is a double click or a bouncing key and does not
 * count; an armed button that nobody presses again calms down after `ARMED_MS`. What is armed is
 * named by `subject` (the fingerprint of the plan): if that changes, the old intention is void. */
export const SETTLE_MS = 400;
export const ARMED_MS = 8_000;

export type Deliberate = { armedAt: number | null; subject: string };

export const calm: Deliberate = { armedAt: null, subject: '' };

export function isArmed(state: Deliberate, subject: string, now: number): boolean {
  return state.armedAt !== null && state.subject === subject && now - state.armedAt <= ARMED_MS;
}

/** Whether the next press would fire. */
export function isReady(state: Deliberate, subject: string, now: number): boolean {
  return isArmed(state, subject, now) && now - (state.armedAt ?? now) >= SETTLE_MS;
}

export function press(
  state: Deliberate,
  subject: string,
  now: number,
): { state: Deliberate; fire: boolean } {
  if (!isArmed(state, subject, now)) return { state: { armedAt: now, subject }, fire: false };
  if (!isReady(state, subject, now)) return { state, fire: false };
  return { state: calm, fire: true };
}
