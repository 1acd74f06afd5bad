import { describe, expect, it } from 'vitest';
import type { Course, PastView } from '../src/logic/contract';
import { marksOf, momentAt, nextMark, PastViews, readPct } from '../src/logic/replay';
import { incidentIn, viewIn } from './fixture';

const told = (at: string) => ({ at, code: 'supply-back', params: {} });
const course: Course = {
  incident: {
    ...incidentIn('restored'),
    timeline: [told('2026-11-26T01:00:00.000250+00:00'), told('2026-11-26T01:00:40+00:00')],
  },
  sheets: [], moments_all: 2,
  moments: [
    { at: '2026-11-26T01:00:40+00:00', customers_out: 0, dark: [] },
    { at: '2026-11-26T01:00:05+00:00', customers_out: 300, dark: ['SA'] },
  ],
};
const marks = marksOf(course);

describe('the marks of a course', () => {
  it('stand in order, once each, and a change of supply counts more than what was told of it', () => {
    expect(marks.map(({ at, kind }) => `${at.slice(17, 19)} ${kind}`)).toEqual(
      ['00 told', '05 supply', '40 supply'],
    );
  });

  it('are stepped through from wherever the slider stands, to either end', () => {
    const between = '2026-11-26T01:00:20Z';
    expect(nextMark(marks, between, 1)?.at).toBe(marks[2]?.at);
    expect(nextMark(marks, between, -1)?.at).toBe(marks[1]?.at);
    expect(nextMark(marks, marks[1]?.at ?? '', 1)?.at).toBe(marks[2]?.at);
    expect(nextMark(marks, marks[2]?.at ?? '', 1)).toBeNull();
    expect(nextMark(marks, marks[0]?.at ?? '', -1)).toBeNull();
  });

  it('are asked for to the microsecond: a millisecond would be before the fact', () => {
    const ms = Date.parse(marks[0]?.at ?? '');
    expect(momentAt(marks, ms)).toBe('2026-11-26T01:00:00.000250+00:00');
    expect(momentAt(marks, ms + 1)).toBe('2026-11-26T01:00:00.001Z');
  });
});

describe('past views', () => {
  const answer = (at: string, ready: boolean, read = 10): PastView => ({
    at, ready, read, of: 40, grid: 'g', view: ready ? viewIn('restored') : null,
  });
  const at_once = () => Promise.resolve();

  it('are asked for until the journal is read up to there, and say how far it is', async () => {
    const answers = [answer('a', false, 10), answer('a', false, 20), answer('a', true, 40)];
    const heard: number[] = [];
    const views = new PastViews(() => Promise.resolve(answers.shift() ?? answer('a', true)), at_once);
    const found = await views.at('a', () => true, (so_far) => heard.push(readPct(so_far)));
    expect(found?.ready).toBe(true);
    expect(heard).toEqual([25, 50]);
  });

  it('are fetched once, and the oldest goes when there are many', async () => {
    const asked: string[] = [];
    const views = new PastViews((at) => (asked.push(at), Promise.resolve(answer(at, true))), at_once);
    const see = (at: string) => views.at(at, () => true, () => undefined);
    for (const at of ['a', 'b', 'a', 'b']) await see(at);
    expect(asked).toEqual(['a', 'b']);
    for (let n = 0; n < 20; n += 1) await see(`c${n}`);
    await see('a');
    expect(asked.at(-1)).toBe('a');
  });

  it('are not waited for when the slider has gone on', async () => {
    let asked = 0;
    const views = new PastViews(() => ((asked += 1), Promise.resolve(answer('a', false))), at_once);
    let wanted = true;
    expect(await views.at('a', () => wanted, () => (wanted = false))).toBeNull();
    expect(asked).toBe(2);
  });
});
