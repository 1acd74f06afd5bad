import { expect, test } from 'vitest';
import type { LinkView } from '../src/logic/contract';
import { skewOf, troublesOf } from '../src/logic/links';

const LINK: LinkView = {
  id: 'field', name: 'Field', connected: true, since: '2026-11-23T02:00:00Z', last_heard: null, epoch: 1, detail: '',
  counts: {}, skew_s: null, device_skew_s: null, server: '',
};

test('what may be missing is told most frequent first', () => {
  const counts = { gap: 2, overflow: 40, late: 2, rejected: 0 };
  expect(troublesOf({ ...LINK, counts }).map(({ kind }) => kind)).toEqual(['overflow', 'gap', 'late']);
});

test('what was put right by itself disturbs nobody', () => {
  expect(troublesOf({ ...LINK, counts: { republished: 9, repeated: 3, item_taken: 1, unasked: 5 } })).toEqual([]);
  expect(troublesOf({ ...LINK, counts: { keep_alive_missed: 2 } })).toEqual([]);
});

test('a clock is named when it is off by more than two seconds', () => {
  expect(skewOf(LINK)).toBeNull();
  expect(skewOf({ ...LINK, skew_s: 2, device_skew_s: -1 })).toBeNull();
  expect(skewOf({ ...LINK, skew_s: 3, device_skew_s: -90 })).toBe(-90);
  expect(skewOf({ ...LINK, skew_s: -3, device_skew_s: null })).toBe(-3);
});
