import { describe, expect, it } from 'vitest';
import { countdown, decision } from '../src/logic/countdown';
import { atOnce, formatDate, formatFixed, formatMoment, formatNumber, formatSpan, formatTime } from '../src/logic/format';
import { incidentIn } from './fixture';

const EVENING = '2026-11-23T17:30:05Z';

describe('numbers', () => {
  it('are written as the language writes them', () => {
    expect(formatNumber('vi', 12345.678, 2)).toBe('12.345,68');
    expect(formatNumber('en', 12345.678, 2)).toBe('12,345.68');
    expect(formatFixed('vi', 0.9, 3)).toBe('0,900');
  });

  it('that are unknown are a dash, never a zero', () => {
    expect(formatNumber('en', null)).toBe('–');
    expect(formatFixed('en', Number.NaN, 1)).toBe('–');
  });
});

describe('times', () => {
  it('are 24 h and dd/MM/yyyy in the chosen zone', () => {
    expect(formatTime(EVENING, 'UTC')).toBe('17:30:05');
    expect(formatDate(EVENING, 'UTC')).toBe('23/11/2026');
    expect(formatTime(EVENING, 'Asia/Ho_Chi_Minh')).toBe('00:30:05');
    expect(formatDate(EVENING, 'Asia/Ho_Chi_Minh')).toBe('24/11/2026');
  });

  it('carry the date only on another day', () => {
    const now = Date.parse('2026-11-23T18:00:00Z');
    expect(formatMoment(EVENING, now, 'UTC')).toBe('17:30:05');
    expect(formatMoment('2026-11-20T01:02:03Z', now, 'UTC')).toBe('20/11/2026 01:02:03');
    expect(formatMoment(null, now, 'UTC')).toBe('–');
    expect(formatTime('nonsense', 'UTC')).toBe('–');
  });

  it('as spans roll over at the hour', () => {
    expect(formatSpan(59_999)).toBe('0:59');
    expect(formatSpan(3_600_000)).toBe('1:00:00');
    expect(formatSpan(-5)).toBe('0:00');
  });
});

describe('the countdown to the five minutes', () => {
  const due = Date.parse(EVENING);

  it.each([
    [61_000, 'ahead', 61_000],
    [60_000, 'near', 60_000],
    [0, 'passed', 0],
    [-4_000, 'passed', 4_000],
  ])('with %d ms left is %s', (left, state, shown) => {
    expect(countdown(EVENING, due - left)).toEqual({ state, leftMs: shown });
  });

  it('is absent without a deadline', () => {
    expect(countdown(null, due).state).toBe('none');
  });

  it('ends with the release: nothing is left to decide', () => {
    const proposed = incidentIn('proposed');
    const now = Date.parse(proposed.opened_at) + 30_000;
    expect(decision(proposed, now).state).toBe('ahead');
    expect(decision({ ...proposed, phase: 'executing' }, now).state).toBe('none');
  });
});

describe('long lists', () => {
  it.each([[0, 0], [3, 3], [4, 4], [5, 3], [70, 3]])('of %i begin with %i', (count, shown) => {
    expect(atOnce(count, 3)).toBe(shown);
  });
});
