import { describe, expect, it } from 'vitest';
import type { View } from '../src/logic/contract';
import { merge } from '../src/logic/store';
import { incidentIn, messages, views } from './fixture';

const first = views[0] as View;

describe('merging changes into the view', () => {
  it('takes what changed and leaves the rest untouched, identity included', () => {
    const after = merge(first, {
      sequence: first.sequence + 1,
      at: '2026-11-23T07:42:20Z',
      switches: { 'RMU3-2': { position: 'closed' } },
    });
    expect(after.switches['RMU3-2']).toEqual({ ...first.switches['RMU3-2'], position: 'closed' });
    expect(after.switches['471']).toBe(first.switches['471']);
    expect(after.sections).toBe(first.sections);
    expect(first.switches['RMU3-2']?.position).toBe('open');
  });

  it('ignores what it has seen already', () => {
    const repeated = { sequence: first.sequence - 1, at: first.at, system: { customers_out: 99 } };
    expect(merge(first, repeated)).toBe(first);
  });

  it('takes what changes without an entry in the journal: links, blindness, minutes', () => {
    const lost = { sequence: first.sequence, at: first.at, system: { blind: [{ code: 'links-blind', params: {} }] } };
    expect(merge(first, lost).system.blind).toHaveLength(1);
  });

  it('removes an entry that is null', () => {
    const last = views.at(-1) as View;
    const [id] = Object.keys(last.incidents);
    const after = merge(last, { sequence: last.sequence + 1, at: last.at, incidents: { [id ?? '']: null } });
    expect(after.incidents).toEqual({});
  });

  it('ends in the same view when the recording is played twice over', () => {
    const again = messages.slice(1).reduce((view, m) => merge(view, m.data), views.at(-1) as View);
    expect(again).toEqual(views.at(-1));
  });

  it('shows the recorded outage from trip to restored', () => {
    const out = views.map((view) => view.system.customers_out);
    expect(out[0]).toBe(0);
    expect(out[1]).toBe(2179);
    expect(out.at(-1)).toBe(1478);
    expect(incidentIn('restored').customers_out).toBe(1478);
  });
});
