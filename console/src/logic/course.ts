import type { Course, Moment } from './contract';

/** What was known and dark at one stop of the slider. */
export type Then = {
  at: string; customers_out: number; dark: string[];
  /** Lines of the timeline that had been written by then. */
  told: Course['incident']['timeline'];
};

/** Every instant at which something was told or supply changed, in order, each once. */
export function stopsOf(course: Course): string[] {
  const instants = [
    ...course.moments.map(({ at }) => at), ...course.incident.timeline.map(({ at }) => at),
  ];
  const byTime = new Map(instants.map((at) => [Date.parse(at), at]));
  return [...byTime].sort(([a], [b]) => a - b).map(([, at]) => at);
}

export function thenAt(course: Course, at: string): Then {
  const now = Date.parse(at);
  const before = (one: { at: string }) => Date.parse(one.at) <= now;
  const moment: Moment | undefined = course.moments.filter(before).at(-1);
  return {
    at, customers_out: moment?.customers_out ?? 0, dark: moment?.dark ?? [],
    told: course.incident.timeline.filter(before),
  };
}
