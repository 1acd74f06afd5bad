import { expect, it } from 'vitest';
import type { RuleSet } from '../src/logic/contract';
import { beside, dateInWords, firstOf, spanOf } from '../src/logic/minutes';

const rules = (name: string, time_zone: string | null) => ({ name, time_zone }) as RuleSet;

it('counts at first by the rules of a place, where there are any', () => {
  expect(firstOf([rules('anywhere', null), rules('here', 'Asia/Ho_Chi_Minh')])).toBe('here');
  expect(firstOf([rules('anywhere', null)])).toBe('anywhere');
  expect(firstOf([])).toBeNull();
});

it('writes days and months as people do', () => {
  expect(dateInWords('2026-02-01')).toBe('01/02/2026');
  expect(dateInWords('2026-10')).toBe('10/2026');
});

it.each([
  ['day', '2026-02-28', '2026-02-28', '2026-03-01'],
  ['month', '2026-12-24', '2026-12-01', '2027-01-01'],
  ['year', '2026-12-24', '2026-01-01', '2027-01-01'],
] as const)('looks at a whole %s', (time, day, from, to) => {
  expect(spanOf(time, day)).toEqual({ from, to });
});

it('goes back and forth over the ends of months and years', () => {
  expect(beside('day', '2026-03-01', -1)).toBe('2026-02-28');
  expect(beside('month', '2026-01-31', -1)).toBe('2025-12-01');
  expect(beside('year', '2026-05-05', 1)).toBe('2027-05-01');
});
