import { describe, expect, it } from 'vitest';
import { counted, FILTERS, isFolded, listed, searched, waiting, why } from '../src/logic/alarms';
import type { Alarm, View } from '../src/logic/contract';
import { translator } from '../src/logic/i18n';
import { Names } from '../src/logic/incident';
import { summary } from '../src/logic/overview';
import { merge } from '../src/logic/store';
import { grid, views } from './fixture';

const t = translator('en');
const names = new Names(grid);
const alarm = (id: string, change: Partial<Alarm> = {}): Alarm => ({
  id, kind: 'position', subject: id, priority: 'medium', state: 'unacknowledged',
  why: { code: 'alarm-position', params: { device: id } },
  since: null, last: null, times: 1, seen: 1, count: 1, members: [], children: [],
  acknowledged: null, shelf: null, may_acknowledge: true, may_shelve: true, ...change,
});
const counts = { high: 0, medium: 0, low: 0, acknowledged: 0, shelved: 0, more: 0, forgotten: 0 };
const quiet = { ...(views[0] as View), incidents: {}, sheets: {} };
const viewOf = (...alarms: Alarm[]): View => ({
  ...quiet, alarms: Object.fromEntries(alarms.map((one) => [one.id, one])),
});
const words = (one: Alarm) => searched(one, names, t);
const ids = (view: View, filter: (typeof FILTERS)[number], typed = '') =>
  listed(view, filter, typed, words).map(({ id }) => id);

describe('the list of alarms', () => {
  const view = viewOf(
    alarm('seen', { state: 'acknowledged', priority: 'high' }),
    alarm('low', { priority: 'low', seen: 9 }),
    alarm('over', { state: 'returned', priority: 'high' }),
    alarm('old', { priority: 'high', seen: 3 }),
    alarm('new', { priority: 'high', seen: 7 }),
    alarm('away', { state: 'shelved', priority: 'high' }),
  );

  it('begins with what nobody has acknowledged, by priority, the newest first', () => {
    expect(ids(view, 'told')).toEqual(['new', 'old', 'low', 'over', 'seen']);
  });

  it('is filtered by what is to be done, and the shelf is a place of its own', () => {
    expect(ids(view, 'unacknowledged')).toEqual(['new', 'old', 'low', 'over']);
    expect(ids(view, 'acknowledged')).toEqual(['seen']);
    expect(ids(view, 'shelved')).toEqual(['away']);
    expect(FILTERS.map((one) => counted(view, one))).toEqual([5, 4, 1, 1]);
  });

  it('is searched by every word, in what is folded as well', () => {
    const [section] = grid.switches;
    if (!section) throw new Error('the recording has no switch');
    const many = alarm('position@rtu', { members: [section.id] });
    expect(ids(viewOf(many, alarm('x')), 'told', ` ${section.name.toUpperCase()} `)).toEqual([many.id]);
    expect(ids(viewOf(many, alarm('x')), 'told', 'nowhere')).toEqual([]);
  });

  it('of a service that knows none is empty', () => {
    expect(ids({ ...quiet, alarms: undefined as unknown as View['alarms'] }, 'told')).toEqual([]);
    expect(waiting(null)).toBe(0);
  });
});

it('a line says why in words, names instead of ids', () => {
  const [one] = grid.switches;
  if (!one) throw new Error('the recording has no switch');
  expect(why(alarm(one.id), names, t)).toContain(one.name);
  const trouble = { code: 'alarm-trouble', params: { link: 'rtu', trouble: 'clock_stopped' } };
  expect(why(alarm('t', { why: trouble }), names, t)).toBe("link rtu: server's clock stood still");
});

it('there is something to unfold where others stand behind a line', () => {
  expect(isFolded(alarm('x'))).toBe(false);
  expect(isFolded(alarm('x', { members: ['a'] }))).toBe(true);
  expect(isFolded(alarm('x', { children: [{ kind: 'calls', count: 1, ids: ['a'] }] }))).toBe(true);
});

it('what waits is counted on the overview, as the service counts it', () => {
  const view = { ...quiet, system: { ...quiet.system, alarms: { ...counts, high: 2, low: 1, shelved: 4 } } };
  expect(waiting(view)).toBe(3);
  expect(summary(view).wrong).toEqual([{ code: 'alarms', n: 3 }]);
});

it('a line that is gone goes from the view', () => {
  const view = viewOf(alarm('x'), alarm('y'));
  const change = { sequence: view.sequence, at: view.at, alarms: { x: null, y: { times: 2 } } };
  expect(Object.values(merge(view, change).alarms)).toEqual([alarm('y', { times: 2 })]);
});
