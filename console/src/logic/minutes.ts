import type { Reason, RuleSet } from './contract';

export const TIMES = ['day', 'month', 'year'] as const;
export type Time = (typeof TIMES)[number];
export const TOLD_APART = ['feeder', 'area', 'cause', 'load'] as const;
export type By = (typeof TOLD_APART)[number] | 'month' | 'day';

/** By which one counts at first: rules of a place come before those of none. */
export const firstOf = (rulesets: readonly RuleSet[]): string | null =>
  (rulesets.find((one) => one.time_zone !== null) ?? rulesets[0])?.name ?? null;

/** Lines of a table, and interruptions of one page. */
export const LINES = 100;

const two = (n: number) => String(n).padStart(2, '0');

/** `2026-10` and its neighbours; `steps` may be negative. */
export function monthBeside(month: string, steps: number): string {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  const all = year * 12 + number - 1 + steps;
  return `${Math.floor(all / 12)}-${two((all % 12) + 1)}`;
}

/** From and to of the time that is looked at, as dates of the rule-set's place. */
export function spanOf(time: Time, day: string): { from: string; to: string } {
  const month = day.slice(0, 7);
  const year = Number(day.slice(0, 4));
  if (time === 'year') return { from: `${year}-01-01`, to: `${year + 1}-01-01` };
  if (time === 'month') return { from: `${month}-01`, to: `${monthBeside(month, 1)}-01` };
  return { from: day, to: dayBeside(day, 1) };
}

export function dayBeside(day: string, steps: number): string {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, date + steps)).toISOString().slice(0, 10);
}

/** The day with which the same time before or after begins. */
export function beside(time: Time, day: string, steps: number): string {
  if (time === 'day') return dayBeside(day, steps);
  return `${monthBeside(day.slice(0, 7), time === 'year' ? 12 * steps : steps)}-01`;
}

/** `2026-10-31` and `2026-10` as people write them: 31/10/2026, 10/2026. */
export const dateInWords = (date: string): string => date.split('-').reverse().join('/');

/** What the bars of the trend stand for. */
export const barsOf = (time: Time): 'day' | 'month' => (time === 'year' ? 'month' : 'day');

/** Of an incident's timeline, what moved a switch or was meant to. */
const MOVES = new Set([
  'incident-began', 'incident-joined', 'plan-released', 'released-automatically', 'step-sent',
  'step-instructed', 'step-confirmed', 'step-already-done', 'closing-held', 'closing-tripped',
  'repair-reported',
]);
export const movesIn = <Line extends Reason>(timeline: readonly Line[]): Line[] =>
  timeline.filter(({ code }) => MOVES.has(code));

/** The query of an address; what is null is left out. */
export function query(params: Record<string, string | number | null>): string {
  const given = Object.entries(params).filter(([, value]) => value !== null);
  return new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
}
