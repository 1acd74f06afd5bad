import { expect, it } from 'vitest';
import { refusals, type Training } from '../src/logic/training';

const minutes = { trainee: 0, best: 0, waiting: 0 };
const lesson = (...codes: string[]): Training => ({
  title: '', title_vi: '', began: '', now: '', incidents: [], customer_minutes: minutes,
  score_pct: null, acts: 0, vetoes: 0,
  refused: codes.map((code) => ({ at: '', user: 'operator', act: 'POST /tags', code })),
});

it('counts what was refused, the most frequent first', () => {
  expect(refusals(lesson())).toEqual([]);
  expect(refusals(lesson('unknown-id', 'act-refused', 'stale-edit', 'act-refused'))).toEqual([
    { code: 'act-refused', count: 2 },
    { code: 'stale-edit', count: 1 },
    { code: 'unknown-id', count: 1 },
  ]);
});
