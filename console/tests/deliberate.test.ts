import { describe, expect, it } from 'vitest';
import { ARMED_MS, calm, isArmed, press, SETTLE_MS } from '../src/logic/deliberate';

const armed = press(calm, 'plan-1', 1_000).state;

describe('one deliberate act', () => {
  it('takes two presses in one place', () => {
    expect(press(calm, 'plan-1', 1_000).fire).toBe(false);
    expect(press(armed, 'plan-1', 1_000 + SETTLE_MS)).toEqual({ state: calm, fire: true });
  });

  it('is not a double click', () => {
    const bounced = press(armed, 'plan-1', 1_000 + SETTLE_MS - 1);
    expect(bounced.fire).toBe(false);
    expect(press(bounced.state, 'plan-1', 1_000 + SETTLE_MS).fire).toBe(true);
  });

  it('is forgotten after a while', () => {
    const late = 1_000 + ARMED_MS + 1;
    expect(isArmed(armed, 'plan-1', late)).toBe(false);
    expect(press(armed, 'plan-1', late).fire).toBe(false);
  });

  it('never releases another plan than the one that was armed', () => {
    expect(isArmed(armed, 'plan-2', 2_000)).toBe(false);
    expect(press(armed, 'plan-2', 2_000).fire).toBe(false);
  });
});
