import { describe, expect, it } from 'vitest';
import type { SwitchView, View } from '../src/logic/contract';
import { looksAlike } from '../src/logic/looks';
import { views } from './fixture';

const [view] = views as [View];
const [id, known] = Object.entries(view.switches)[0] as [string, SwitchView];
const withSwitch = (change: Partial<SwitchView>): View => ({
  ...view, switches: { ...view.switches, [id]: { ...known, ...change } },
});
const tag = { id: 'T1', kind: 'caution', by: 'lan', reason: '', placed_at: '' } as SwitchView['tags'][number];

describe('a view that looks like the one before', () => {
  it.each([{ current_a: 1 }, { source_time: '2026-01-01T00:00:00Z' }, { reachable: !known.reachable }])(
    'differs in what is not drawn: %j', (change) => expect(looksAlike(view, withSwitch(change))).toBe(true),
  );

  it.each([{ position: 'open' }, { unknown: true }, { flag: 'yes' }, { tags: [tag] }, { quality: 'substituted' }] as const)(
    'does not where a symbol changes: %j', (change) =>
      expect(looksAlike(view, withSwitch(change as Partial<SwitchView>))).toBe(false),
  );

  it('does not where a section goes dark, comes, or goes', () => {
    const [section] = Object.keys(view.sections) as [string];
    const dark = { ...view.sections, [section]: { ...view.sections[section], state: 'dark' } };
    expect(looksAlike(view, { ...view, sections: dark } as View)).toBe(false);
    const fewer = Object.fromEntries(Object.entries(view.sections).slice(1));
    expect(looksAlike(view, { ...view, sections: fewer })).toBe(false);
    expect(looksAlike({ ...view, sections: fewer }, view)).toBe(false);
  });
});
