import type { Grid, Incident, SectionState, View } from './contract';

export type DarkSection = { id: string; customers: number };
/** Sections of one state, those with most customers first. */
export type DarkGroup = { state: SectionState; customers: number; sections: DarkSection[] };

const ORDER: readonly SectionState[] = ['suspected', 'isolated', 'dark'];

/** The incident's own sections without supply, the suspected ones first; no group is empty. */
export function darkGroups(incident: Incident, grid: Grid, view: View): DarkGroup[] {
  const own = new Set(incident.dark);
  const stateOf = (id: string): SectionState => {
    const state = view.sections[id]?.state ?? 'dark';
    // The lists come one by one: a section that the incident calls dark is never shown as fed.
    return state === 'supplied' ? 'dark' : state;
  };
  const sections = grid.sections
    .filter(({ id }) => own.has(id))
    .map(({ id, customers }) => ({ id, customers, state: stateOf(id) }))
    .sort((a, b) => b.customers - a.customers);
  return ORDER.map((state) => {
    const members = sections.filter((section) => section.state === state);
    return {
      state,
      customers: members.reduce((sum, { customers }) => sum + customers, 0),
      sections: members.map(({ id, customers }) => ({ id, customers })),
    };
  }).filter((group) => group.sections.length > 0);
}
