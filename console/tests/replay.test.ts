import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Course, PastView } from '../src/logic/contract';
import { happenedBefore, marksOf, momentAt, nextMark, PastViews, readPct, standing } from '../src/logic/replay';
import { incidentIn, viewIn } from './fixture';

const told = (at: string) => ({ at, code: 'supply-back', params: {} });
const course: Course = {
  incident: {
    ...incidentIn('restored'),
    timeline: [told('2026-11-26T01:00:00.000250+00:00'), told('2026-11-26T01:00:40+00:00')],
  },
  sheets: [], moments_all: 2,
  moments: [
    { at: '2026-11-26T01:00:40+00:00', known_at: '2026-11-26T01:00:40+00:00', customers_out: 0, dark: [] },
    { at: '2026-11-26T01:00:01+00:00', known_at: '2026-11-26T01:00:05+00:00', customers_out: 300, dark: ['SA'] },
  ],
};
const marks = marksOf(course);

describe('the marks of a course', () => {
  it('stand in order, once each, and a change of supply counts more than what was told of it', () => {
    expect(marks.map(({ at, kind }) => `${at.slice(17, 19)} ${kind}`)).toEqual(
      ['00 told', '05 supply', '40 supply'],
    );
  });

  it('stand where the room knew of it, and say when it happened where that was much earlier', () => {
    expect(marks.map(({ at }) => happenedBefore(marks, at))).toEqual([null, '2026-11-26T01:00:01+00:00', null]);
    expect(happenedBefore(marks, '2026-11-26T01:00:20Z')).toBeNull();
  });

  it('are stepped through from wherever the slider stands, to either end', () => {
    const between = '2026-11-26T01:00:20Z';
    expect(nextMark(marks, between, 1)?.at).toBe(marks[2]?.at);
    expect(nextMark(marks, between, -1)?.at).toBe(marks[1]?.at);
    expect(nextMark(marks, marks[1]?.at ?? '', 1)?.at).toBe(marks[2]?.at);
    expect(nextMark(marks, marks[2]?.at ?? '', 1)).toBeNull();
    expect(nextMark(marks, marks[0]?.at ?? '', -1)).toBeNull();
  });

  it('are asked for to the microsecond: a millisecond would be before the fact', () => {
    const ms = Date.parse(marks[0]?.at ?? '');
    expect(momentAt(marks, ms)).toBe('2026-11-26T01:00:00.000250+00:00');
    expect(momentAt(marks, ms + 1)).toBe('2026-11-26T01:00:00.001Z');
  });
});

describe('past views', () => {
  const answer = (at: string, ready: boolean, read = 10): PastView => ({
    at, ready, read, of: 40, grid: 'g', view: ready ? viewIn('restored') : null,
  });
  const at_once = () => Promise.resolve();
  const waited_for = () => new AbortController().signal;

  it('are asked for until the journal is read up to there, and say how far it is', async () => {
    const answers = [answer('a', false, 10), answer('a', false, 20), answer('a', true, 40)];
    const heard: number[] = [];
    const views = new PastViews(() => Promise.resolve(answers.shift() ?? answer('a', true)), at_once);
    const found = await views.at('a', waited_for(), (so_far) => heard.push(readPct(so_far)));
    expect(found?.ready).toBe(true);
    expect(heard).toEqual([25, 50]);
  });

  it('are fetched once, and the oldest goes when there are many', async () => {
    const asked: string[] = [];
    const views = new PastViews((at) => (asked.push(at), Promise.resolve(answer(at, true))), at_once);
    const see = (at: string) => views.at(at, waited_for(), () => undefined);
    for (const at of ['a', 'b', 'a', 'b']) await see(at);
    expect(asked).toEqual(['a', 'b']);
    for (let n = 0; n < 20; n += 1) await see(`c${n}`);
    await see('a');
    expect(asked.at(-1)).toBe('a');
  });

  it('are not asked for again when the slider has gone on', async () => {
    let asked = 0;
    const views = new PastViews(() => ((asked += 1), Promise.resolve(answer('a', false))), at_once);
    const gone = new AbortController();
    expect(await views.at('a', gone.signal, () => gone.abort())).toBeNull();
    expect(asked).toBe(1);
  });
});

describe('what a replay shows', () => {
  const [asked, other] = ['2026-11-26T01:00:05+00:00', '2026-11-26T01:00:40+00:00'];

  it('is what was asked for, whatever the zone it is written in', () => {
    expect(standing(asked, { shown: '2026-11-26T08:00:05+07:00', missed: null })).toBe('there');
    expect(standing(asked, { shown: asked, missed: other })).toBe('there');
  });

  it('is on its way until it has come, and while it is asked for again', () => {
    expect(standing(asked, { shown: null, missed: null })).toBe('coming');
    expect(standing(asked, { shown: other, missed: null })).toBe('coming');
  });

  it('is missed where just that moment could not be had', () => {
    expect(standing(asked, { shown: other, missed: asked })).toBe('missed');
    expect(standing(asked, { shown: null, missed: asked })).toBe('missed');
    expect(standing(asked, { shown: null, missed: other })).toBe('coming');
  });
});

describe('a slider that is dragged', () => {
  const INPUT_EVERY_MS = 20;
  /** Nobody waits for the one before after each input, as in the panel. */
  class Dragged {
    readonly asked: string[] = [];
    inFlight = 0;
    inFlightMax = 0;
    private gone = new AbortController();
    private readonly views = new PastViews((at) => this.ask(at));

    look(at: string): Promise<PastView | null> {
      this.gone.abort();
      this.gone = new AbortController();
      return this.views.at(at, this.gone.signal, () => undefined);
    }
    leave(): void {
      this.gone.abort();
    }
    /** Answered after a second, whoever waits. */
    private ask(at: string): Promise<PastView> {
      this.asked.push(at);
      this.inFlight += 1;
      this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
      return new Promise<PastView>((done) => {
        const answered = { at, ready: true, read: 1, of: 1, grid: 'g', view: viewIn('restored') };
        setTimeout(() => done(answered), 1_000);
      }).finally(() => (this.inFlight -= 1));
    }
  }
  let slider: Dragged;
  beforeEach(() => {
    vi.useFakeTimers();
    slider = new Dragged();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('asks once, for where it comes to rest', async () => {
    let looks: Promise<PastView | null>[] = [];
    for (let n = 0; n < 50; n += 1) {
      looks = [...looks, slider.look(`m${n}`)];
      await vi.advanceTimersByTimeAsync(INPUT_EVERY_MS);
    }
    expect(slider.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(slider.asked).toEqual(['m49']);
    const found = await Promise.all(looks);
    expect(found.filter((one) => one !== null).map(({ at }) => at)).toEqual(['m49']);
  });

  it('never has two questions on their way, however often it rests, and asks for the last next', async () => {
    let looks: Promise<unknown>[] = [];
    for (let n = 0; n < 8; n += 1) {
      looks = [...looks, slider.look(`m${n}`)];
      await vi.advanceTimersByTimeAsync(200);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(slider.asked[0]).toBe('m0');
    expect(slider.asked.at(-1)).toBe('m7');
    expect(slider.asked.length).toBeLessThan(4);
    expect(slider.inFlightMax).toBe(1);
    expect(await looks.at(-1)).toMatchObject({ at: 'm7' });
  });

  it('asks nothing more once it is left, and goes on after a question that failed', async () => {
    const look = slider.look('m');
    slider.leave();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await look).toBeNull();
    expect(slider.asked).toEqual([]);
    let tries = 0;
    const views = new PastViews(
      (at) => (tries++ === 0 ? Promise.reject(new Error('cut')) : Promise.resolve({
        at, ready: true, read: 1, of: 1, grid: 'g', view: viewIn('restored'),
      })),
      () => Promise.resolve(),
    );
    const here = new AbortController().signal;
    await expect(views.at('a', here, () => undefined)).rejects.toThrow('cut');
    expect(await views.at('a', here, () => undefined)).toMatchObject({ at: 'a' });
  });
});
