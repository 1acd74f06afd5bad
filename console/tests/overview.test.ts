import { describe, expect, it } from 'vitest';
import type { View } from '../src/logic/contract';
import { toggled } from '../src/logic/people';
import { summary } from '../src/logic/overview';
import { viewIn, views } from './fixture';

const quiet = { ...(views[0] as View), incidents: {}, sheets: {} };

describe('the overview', () => {
  it('is calm while nothing is wrong', () => {
    expect(summary(quiet)).toMatchObject({ calm: true, wrong: [] });
    const of = Object.keys(quiet.feeders).length;
    expect(summary(quiet).modes.reduce((sum, { n }) => sum + n, 0)).toBe(of);
  });

  it('says what is wrong, and by how many', () => {
    const view = viewIn('proposed');
    expect(summary(view).wrong).toEqual([
      { code: 'incidents', n: 1 }, { code: 'out', n: view.system.customers_out },
    ]);
  });

  it('misses no link that is down and no load shedding', () => {
    const [link] = quiet.system.links;
    if (!link) throw new Error('the recording has no link');
    const load_shed = { since: quiet.at, devices: ['A', 'B'] };
    const system = { ...quiet.system, links: [{ ...link, connected: false }], load_shed };
    expect(summary({ ...quiet, system }).wrong).toEqual([{ code: 'links', n: 1 }, { code: 'shed', n: 2 }]);
  });
});

it('takes a feeder into the areas and out again', () => {
  expect(toggled([], 'F1')).toEqual(['F1']);
  expect(toggled(['F1', 'F2'], 'F1')).toEqual(['F2']);
});
