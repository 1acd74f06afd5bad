import type { Course, PastView } from './contract';

/** `#/history/I7/replay`. */
export const REPLAY = 'replay';

/** A moment worth stopping at: supply changed, or something was told. `at` is when the control room
 * knew of it, for the picture of that moment shows it; `happened` is the field's own time. */
export type Mark = { at: string; kind: 'supply' | 'told'; happened: string };

/** Less than this nobody is told that word of something came late. */
const LATE_MS = 1_000;

/** The marks of a slider, in order, each instant once; a change of supply counts more. */
export function marksOf(course: Course): Mark[] {
  const told = course.incident.timeline.map(({ at }): Mark => ({ at, kind: 'told', happened: at }));
  const supply = course.moments.map(
    ({ at, known_at }): Mark => ({ at: known_at, kind: 'supply', happened: at }),
  );
  const byTime = new Map([...told, ...supply].map((mark) => [Date.parse(mark.at), mark]));
  return [...byTime].sort(([a], [b]) => a - b).map(([, mark]) => mark);
}

/** The next mark after `at`, or the last one before it; null: there is none. */
export function nextMark(marks: Mark[], at: string, direction: 1 | -1): Mark | null {
  const now = Date.parse(at);
  const beyond = (mark: Mark) => Math.sign(Date.parse(mark.at) - now) === direction;
  return (direction === 1 ? marks.find(beyond) : marks.findLast(beyond)) ?? null;
}

/** The exact instant of a mark where the slider stands on one: a slider counts in milliseconds,
 * the service in microseconds, and a millisecond too early is before the fact. */
export function momentAt(marks: Mark[], ms: number): string {
  return marks.find(({ at }) => Date.parse(at) === ms)?.at ?? new Date(ms).toISOString();
}

/** When it happened, where the mark at this moment tells of something that was known late only. */
export function happenedBefore(marks: Mark[], at: string): string | null {
  const mark = marks.find((one) => one.at === at);
  return mark && Date.parse(mark.at) - Date.parse(mark.happened) > LATE_MS ? mark.happened : null;
}

/** How what is shown stands to the moment that is asked for. */
export type Standing = 'there' | 'coming' | 'missed';

/** `shown`: the moment of the picture; `missed`: the one that could not be had. */
export function standing(
  asked: string, { shown, missed }: { shown: string | null; missed: string | null },
): Standing {
  if (shown !== null && Date.parse(shown) === Date.parse(asked)) return 'there';
  return missed === asked ? 'missed' : 'coming';
}

/** How far the journal is read, in per cent. */
export const readPct = ({ read, of }: Pick<PastView, 'read' | 'of'>): number =>
  of === 0 ? 0 : Math.min(99, Math.floor((read / of) * 100));

/** Views that stay at hand, for a slider that goes back and forth. */
const KEPT_MAX = 20;
/** So long a slider has to stand still before anything is asked: what is dragged past is not. */
const SETTLED_MS = 150;
/** While the journal is being read: how long to wait before the same question goes on. */
const AGAIN_MS = 200;

/** Views of past moments, each fetched once.
 *
 * Guarantees: one question is on its way at most. One that nobody waits for any more still has its place
 * in the queue of the service, which answers it all the same: so the next waits for it. */
export class PastViews {
  private readonly kept = new Map<string, PastView>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ask: (at: string) => Promise<PastView>,
    private readonly pause: (ms: number) => Promise<void> = (ms) =>
      new Promise((done) => setTimeout(done, ms)),
  ) {}

  /** The view of `at`; `heard` is told how far the journal is read until it is there. Null when nobody
   * waits for it any more (`gone`): nothing is asked from then on. Raises `Problem`. */
  async at(
    at: string, gone: AbortSignal, heard: (so_far: PastView) => void,
  ): Promise<PastView | null> {
    const known = this.kept.get(at);
    if (known) return known;
    await this.pause(SETTLED_MS);
    for (;;) {
      const found = await this.inTurn(at, gone);
      if (found === null || found.ready) return found;
      if (!gone.aborted) heard(found);
      await this.pause(AGAIN_MS);
    }
  }

  private inTurn(at: string, gone: AbortSignal): Promise<PastView | null> {
    const asked = async () => {
      if (gone.aborted) return null;
      const found = await this.ask(at);
      if (found.ready) this.keep(at, found);
      return found;
    };
    const answer = this.last.then(asked, asked);
    this.last = answer;
    return answer;
  }

  private keep(at: string, found: PastView): void {
    this.kept.set(at, found);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
  }
}
