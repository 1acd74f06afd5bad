import { describe, expect, it } from 'vitest';
import type { SwitchView, View } from '../src/logic/contract';
import { Names } from '../src/logic/incident';
import { sectionRows, switchRows } from '../src/logic/rows';
import { grid, viewIn, views } from './fixture';

const names = new Names(grid);
const calm = views[0] as View;
const restored = viewIn('restored');

describe('the table twin', () => {
  it('has a row for every switch and every section', () => {
    expect(switchRows(grid, calm)).toHaveLength(grid.switches.length);
    expect(sectionRows(grid, calm, names)).toHaveLength(grid.sections.length);
  });

  it('begins with what is abnormal', () => {
    const rows = switchRows(grid, restored);
    const firstNormal = rows.findIndex((row) => !row.abnormal);
    expect(rows.slice(firstNormal).every((row) => !row.abnormal)).toBe(true);
    const off = rows.filter((row) => row.offNormal).map((row) => row.fixed.id);
    expect(off.sort()).toEqual(['471', 'RMU2-2', 'RMU3-2']);
    expect(sectionRows(grid, restored, names)[0]?.state).toBe('isolated');
  });

  it('shows a device behind a dead link as unknown', () => {
    const live = { ...(calm.switches['473-3'] as SwitchView), unknown: true, reachable: false };
    const view = { ...calm, switches: { ...calm.switches, '473-3': live } };
    const row = switchRows(grid, view).find((r) => r.fixed.id === '473-3');
    expect(row?.shown).toBe('unknown');
    expect(row?.offNormal).toBe(false);
  });

  it('is filtered by name, id and kind, whatever the case', () => {
    expect(switchRows(grid, calm, 'quan hoa').map((row) => row.fixed.id)).toEqual([
      'MC473-6', 'FCO473-9', '473-3',
    ]);
    expect(sectionRows(grid, calm, names, 'dịch vọng').length).toBeGreaterThan(0);
    expect(switchRows(grid, calm, 'nothing like it')).toEqual([]);
  });
});
