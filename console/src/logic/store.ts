import type { Change, View } from './contract';

type Entries<T> = Record<string, T>;

/** Lays `changed` over `known`, entry by entry; untouched entries keep their identity. */
function entries<T extends object>(
  known: Entries<T>,
  changed: Entries<Partial<T> | null> | undefined,
): Entries<T> {
  if (!changed) return known;
  const merged = { ...known };
  for (const [id, entry] of Object.entries(changed)) {
    if (entry === null) delete merged[id];
    else merged[id] = { ...(merged[id] as T), ...entry };
  }
  return merged;
}

/** The view after `change`. A change that is older than the view is a repetition after a
 * reconnect and leaves it as it is (the same object comes back). One of the same sequence
 * counts: links, blindness and minutes change without an entry in the journal. */
export function merge(view: View, change: Change): View {
  if (change.sequence < view.sequence) return view;
  const work = change.work ?? view.work;
  return {
    sequence: change.sequence,
    at: change.at,
    system: { ...view.system, ...change.system },
    switches: entries(view.switches, change.switches),
    sections: entries(view.sections, change.sections),
    feeders: entries(view.feeders, change.feeders),
    minutes: { ...view.minutes, ...change.minutes },
    incidents: entries(view.incidents, change.incidents),
    alarms: entries(view.alarms ?? {}, change.alarms),
    ...(work && { work }),
    sheets: entries(view.sheets ?? {}, change.sheets),
  };
}
