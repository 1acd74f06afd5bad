import type { LinkView } from './contract';

export type TroubleCount = { kind: string; count: number };

/** What was put right by itself: nothing is missing because of it. A sign of life that comes late is
 * none either, and one that does not come at all loses the link, which says so with a gap. */
const MENDED = new Set(['republished', 'repeated', 'item_taken', 'unasked', 'keep_alive_missed']);

/** A clock is named once it is off by more than a dispatcher would overlook in a sequence of events. */
const SKEW_S_MIN = 2;

const byCount = (a: TroubleCount, b: TroubleCount): number =>
  b.count - a.count || a.kind.localeCompare(b.kind);

/** What may be missing or distorted of a link, most frequent first; what was mended is left out. */
export function troublesOf(link: LinkView): TroubleCount[] {
  return Object.entries(link.counts)
    .map(([kind, count]) => ({ kind, count }))
    .filter(({ kind, count }) => count > 0 && !MENDED.has(kind))
    .sort(byCount);
}

/** Seconds by which the further of the two clocks is off, with sign; null: both are right, or unknown. */
export function skewOf(link: LinkView): number | null {
  const known = [link.skew_s, link.device_skew_s].filter((s): s is number => s !== null);
  const most = known.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  return Math.abs(most) > SKEW_S_MIN ? most : null;
}
