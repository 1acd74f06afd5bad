import { describe, expect, it } from 'vitest';
import type { View } from '../src/logic/contract';
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
    expect(off.sort()).toEqual(['471/24', 'DV-1', 'NT-1', 'T1', 'T2']);
    expect(sectionRows(grid, restored, names)[0]?.state).toBe('isolated');
  });

  it('shows a device behind a dead link as unknown', () => {
    const row = switchRows(grid, calm).find((r) => r.fixed.id === '475/12');
    expect(row?.shown).toBe('unknown');
    expect(row?.offNormal).toBe(false);
  });

  it('is filtered by name, id and kind, whatever the case', () => {
    expect(switchRows(grid, calm, '471-nt').map((row) => row.fixed.id)).toEqual(['NT-1', 'NT-2']);
    expect(sectionRows(grid, calm, names, 'dịch vọng').length).toBeGreaterThan(0);
    expect(switchRows(grid, calm, 'nothing like it')).toEqual([]);
  });
});
