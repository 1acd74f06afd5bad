import type { Alarm, AlarmState, Priority, View } from './contract';
import { reasonInWords, type Translate } from './i18n';
import type { Names, Severity } from './incident';

/** A priority is drawn as that severity of an incident is. */
export const SEVERITIES: Record<Priority, Severity> = {
  high: 'alarm', medium: 'action', low: 'information',
};
/** Marks that need no colour. */
export const STATE_MARKS: Record<AlarmState, string> = {
  unacknowledged: '■', returned: '□', acknowledged: '✓', shelved: '◌',
};
const PRIORITIES = Object.keys(SEVERITIES);
const STATES = Object.keys(STATE_MARKS);

/** What of the list is looked at. What is shelved is told nowhere else. */
export const FILTERS = ['told', 'unacknowledged', 'acknowledged', 'shelved'] as const;
export type Filter = (typeof FILTERS)[number];

/** For how long something may be shelved; the service takes no longer than a shift. */
export const SHELF_MINUTES = [15, 30, 60, 120, 240, 480] as const;

const passes: Record<Filter, (alarm: Alarm) => boolean> = {
  told: ({ state }) => state !== 'shelved',
  unacknowledged: ({ state }) => state === 'unacknowledged' || state === 'returned',
  acknowledged: ({ state }) => state === 'acknowledged',
  shelved: ({ state }) => state === 'shelved',
};

/** What passes the filter and holds every word that was typed, the most urgent first: what nobody has
 * acknowledged, then by priority, then the newest. */
export function listed(view: View, filter: Filter, typed: string, words: (alarm: Alarm) => string): Alarm[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const rank = ({ state, priority }: Alarm) =>
    STATES.indexOf(state) * PRIORITIES.length + PRIORITIES.indexOf(priority);
  return Object.values(view.alarms ?? {})
    .filter(passes[filter])
    .filter((alarm) => wanted.every((word) => words(alarm).toLowerCase().includes(word)))
    .sort((a, b) => rank(a) - rank(b) || b.seen - a.seen || a.id.localeCompare(b.id));
}

export const counted = (view: View, filter: Filter): number =>
  Object.values(view.alarms ?? {}).filter(passes[filter]).length;

/** How many lines wait for somebody to see them. */
export function waiting(view: View | null): number {
  const counts = view?.system.alarms;
  return counts === undefined ? 0 : counts.high + counts.medium + counts.low;
}

export const why = ({ why }: Alarm, names: Names, t: Translate): string =>
  reasonInWords(t, why, names.of);

/** Everything about a line that somebody may look for. */
export const searched = (alarm: Alarm, names: Names, t: Translate): string =>
  [
    why(alarm, names, t), t(`alarm.kind.${alarm.kind}`), alarm.subject, ...alarm.members,
    names.all(alarm.members), ...alarm.children.map(({ ids }) => names.all(ids)),
  ].join(' ');

/** Whether there is something to unfold. */
export const isFolded = ({ children, members }: Alarm): boolean =>
  children.length > 0 || members.length > 0;
