import { describe, expect, it } from 'vitest';
import type { Course } from '../src/logic/contract';
import { stopsOf, thenAt } from '../src/logic/course';
import { momentIn } from '../src/logic/moment';
import { incidentIn } from './fixture';

const HANOI = 'Asia/Ho_Chi_Minh';
const NOW = Date.parse('2026-11-26T01:00:00Z'); // 08:00 in Hà Nội
const at = (typed: string) => {
  const found = momentIn(typed, NOW, HANOI);
  return found === null ? null : new Date(found).toISOString().replace('.000', '');
};

describe('what somebody types', () => {
  it.each([
    ['yesterday 02:10', '2026-11-24T19:10:00Z'],
    ['hôm qua 02:10', '2026-11-24T19:10:00Z'],
    ['02:10', '2026-11-25T19:10:00Z'],
    ['25/11/2026 02:10:30', '2026-11-24T19:10:30Z'],
    ['2:10 25/11', '2026-11-24T19:10:00Z'],
    ['Hôm nay', '2026-11-26T16:59:59Z'],
  ])('%s is a moment', (typed, instant) => expect(at(typed)).toBe(instant));

  it.each(['', 'soon', '25:00', '31/02/2026', '02:10 02:20', 'yesterday 25/11/2026', '12/13/2026'])(
    '%j is none', (typed) => expect(at(typed)).toBeNull(),
  );

  it('is the machine\'s own time in the zone of the browser', () => {
    expect(momentIn('25/11/2026 02:10', NOW, 'browser')).toBe(new Date(2026, 10, 25, 2, 10).getTime());
  });
});

describe('a course', () => {
  const minute = (n: number) => `2026-11-25T02:0${n}:00+00:00`;
  const note = (n: number) => ({ at: minute(n), code: 'incident-began', params: {} });
  const course: Course = {
    incident: { ...incidentIn('proposed'), timeline: [note(1), note(3)] },
    sheets: [], moments_all: 2,
    moments: [
      { at: minute(0), known_at: minute(0), customers_out: 300, dark: ['A', 'B'] },
      { at: minute(3), known_at: minute(3), customers_out: 100, dark: ['A'] },
    ],
  };

  it('stops where something was told or supply changed, once each', () => {
    expect(stopsOf(course)).toEqual([minute(0), minute(1), minute(3)]);
  });

  it('shows at each stop what was dark and told by then, and nothing later', () => {
    expect(thenAt(course, minute(1))).toMatchObject({ customers_out: 300, dark: ['A', 'B'], told: [note(1)] });
    expect(thenAt(course, minute(3))).toMatchObject({ customers_out: 100, dark: ['A'] });
    expect(thenAt(course, minute(3)).told).toHaveLength(2);
    expect(thenAt(course, '2026-11-25T01:59:00+00:00')).toMatchObject({ customers_out: 0, dark: [], told: [] });
  });
});
