import type { Grid, GridSection, GridSwitch, SectionState, SwitchView, View } from './contract';
import type { Names } from './incident';
import type { Target } from './viewport';

/** The element that a target names, where the grid has it. */
export const chosenIn = (
  grid: Grid, target: Target | null,
): { switch?: GridSwitch | undefined; section?: GridSection | undefined } => ({
  switch: grid.switches.find(({ id }) => target?.kind === 'switch' && id === target.id),
  section: grid.sections.find(({ id }) => target?.kind === 'section' && id === target.id),
});

/** How a switch is shown: an indefinite or doubted position is never drawn as open. */
export type Shown = 'open' | 'closed' | 'unknown';

export function shownPosition(live: SwitchView | undefined): Shown {
  if (!live || live.unknown) return 'unknown';
  return live.position === 'open' || live.position === 'closed' ? live.position : 'unknown';
}

export function isOffNormal(fixed: GridSwitch, live: SwitchView | undefined): boolean {
  const shown = shownPosition(live);
  return shown !== 'unknown' && shown !== fixed.normal;
}

export type SwitchRow = {
  fixed: GridSwitch; live: SwitchView | undefined; shown: Shown; offNormal: boolean;
  abnormal: boolean;
};
export type SectionRow = {
  id: string; state: SectionState | 'unknown'; customers: number; feeder: string | null;
  voltage_pu: number | null; place: string; abnormal: boolean;
};

function matches(filter: string, ...texts: (string | null)[]): boolean {
  const wanted = filter.trim().toLocaleLowerCase();
  return wanted === '' || texts.some((text) => text?.toLocaleLowerCase().includes(wanted));
}

/** What deserves attention first, then grid order. */
const abnormalFirst = <T extends { abnormal: boolean }>(rows: T[]): T[] => [
  ...rows.filter((row) => row.abnormal),
  ...rows.filter((row) => !row.abnormal),
];

/** The diagram's switches as a table. */
export function switchRows(grid: Grid, view: View, filter = ''): SwitchRow[] {
  const rows = grid.switches
    .filter((fixed) => matches(filter, fixed.id, fixed.name, fixed.kind))
    .map((fixed) => {
      const live = view.switches[fixed.id];
      const shown = shownPosition(live);
      const offNormal = isOffNormal(fixed, live);
      const marked = live !== undefined && (live.tags.length > 0 || live.flag === 'yes');
      return { fixed, live, shown, offNormal, abnormal: offNormal || marked || shown === 'unknown' };
    });
  return abnormalFirst(rows);
}

/** The diagram's sections as a table. */
export function sectionRows(grid: Grid, view: View, names: Names, filter = ''): SectionRow[] {
  const rows = grid.sections
    .filter((section) => matches(filter, section.id, names.place(section.id)))
    .map((section) => {
      const live = view.sections[section.id];
      const state = live?.state ?? ('unknown' as const);
      return {
        id: section.id,
        state,
        customers: section.customers,
        feeder: live?.feeder ?? null,
        voltage_pu: live?.voltage_pu ?? null,
        place: names.place(section.id),
        abnormal: state !== 'supplied',
      };
    });
  return abnormalFirst(rows);
}
