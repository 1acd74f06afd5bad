import type { Grid, Incident, SectionState, View } from './contract';

export type DarkSection = { id: string; state: SectionState; customers: number };

const ORDER: Record<SectionState, number> = { suspected: 0, isolated: 1, dark: 2, supplied: 3 };

/** The sections without supply that belong to this incident, the suspected ones first, then by
 * customers.
 *
 * A section belongs to the incident if it is suspected, if the plan restores it or gives it up, or
 * if it is normally fed by the incident's feeder. With one open incident every dark section is
 * its own. */
export function darkSections(incident: Incident, grid: Grid, view: View): DarkSection[] {
  if (incident.phase === 'closed') return [];
  const open = Object.values(view.incidents).filter((other) => other.phase !== 'closed');
  const own = ownSections(incident);
  const isOwn = (id: string) => open.length <= 1 || own.size === 0 || own.has(id);
  return grid.sections
    .map(({ id, customers }) => ({ id, customers, state: view.sections[id]?.state ?? 'supplied' }))
    .filter(({ id, state }) => state !== 'supplied' && isOwn(id))
    .sort(
      (a, b) =>
        ORDER[a.state] - ORDER[b.state] || b.customers - a.customers || a.id.localeCompare(b.id),
    );
}

function ownSections(incident: Incident): Set<string> {
  const { location, plan } = incident;
  return new Set([
    ...(location?.suspected ?? []),
    ...(location?.suspects.map((suspect) => suspect.section) ?? []),
    ...(plan?.steps.flatMap((step) => step.sections_restored) ?? []),
    ...(plan?.unserved.map((unserved) => unserved.section) ?? []),
  ]);
}
