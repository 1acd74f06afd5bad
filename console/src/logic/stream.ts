import type { Beat, Change, View } from './contract';
import { merge } from './store';

/** What is shown may be as old as this, and no older, or the screen must say that it is blind. With
 * the time between two ticks of the desk it says so within 3 s. */
export const BLIND_AFTER_MS = 2_750;
/** A stream that has been blind for so long is given up, even if it still looks open: after a
 * network freeze the browser would wait for minutes. */
export const REOPEN_AFTER_MS = 3_250;
/** So long the first view may be on its way once the service has begun to answer: it is the largest
 * of all, and a slow line would never bring it if the stream were opened again and again. */
export const FIRST_WITHIN_MS = 30_000;
/** Two clocks drift apart by this at most, in millionths of the time that passes: twice what a quartz
 * may have (100 ppm), for there are two of them. */
export const DRIFT_MAX_PPM = 200;
/** Least time between two attempts of our own; the browser retries broken streams by itself. */
export const REOPEN_EVERY_MS = 2_000;

/** The part of `EventSource` that is used; tests stand in for it. */
export type Source = {
  readyState: number;
  addEventListener(type: string, listener: (event: { data: string }) => void): void;
  close(): void;
};
const OPEN = 1;
const CLOSED = 2;

/** Milliseconds that only go forward, at an even pace. The clock of the browser's machine may be wrong, or be
 * set at any time: nothing that is shown may depend on it. */
export const steadyNow = (): number => performance.now();

export type StreamState = {
  view: View | null;
  /** Steady time at which the service told what was heard last; null before the first. */
  heardAt: number | null;
  /** Service time minus steady time, in milliseconds; NaN before the first event. */
  offsetMs: number;
};
export const UNHEARD: StreamState = { view: null, heardAt: null, offsetMs: NaN };

/** Whether what stands on the screen may be old: nothing has come, or what comes is late. Before the
 * first view there is nothing to trust either. */
export function isBlind(state: StreamState, now: number): boolean {
  return state.view === null || state.heardAt === null || now - state.heardAt > BLIND_AFTER_MS;
}

/** Keeps one view up to date from the service's event stream.
 *
 * Guarantees: `changed` is called after every event with the state as a new object; a stream that
 * ended or fell silent is opened anew by `tick`, at most every `REOPEN_EVERY_MS`. The browser
 * itself resumes a broken connection with `Last-Event-ID`; a stream opened anew begins with the
 * whole view, so nothing is lost either way. An event that cannot be read, or that does not say when
 * it was told, counts as silence.
 *
 * How late an event comes is told from two bounds of the offset between both clocks: it is not less
 * than what any event shows that came since the stream was opened, and not more than what the first
 * one shows, which was told after it was asked for. Both fall by `DRIFT_MAX_PPM` of the time that
 * passes, or a screen that is left open would go blind by the drift of its clock alone; lateness that
 * grows more slowly than that (0.7 s in an hour) cannot be told from drift, and is not seen. */
export class Stream {
  state = UNHEARD;
  private source: Source | null = null;
  private openedAt = 0;
  /** When the screen was not blind the last time. */
  private seenAt = 0;
  private offset: { atLeast: number; atMost: number; boundAt: number } | null = null;

  constructor(
    private readonly open: () => Source,
    private readonly changed: (state: StreamState) => void,
    private readonly clock: () => number = steadyNow,
  ) {}

  start(): void {
    this.reopen(this.clock());
  }

  stop(): void {
    this.source?.close();
    this.source = null;
  }

  /** To be called several times a second. */
  tick(): void {
    const now = this.clock();
    if (!isBlind(this.state, now)) this.seenAt = now;
    if (this.source === null || now - this.openedAt < REOPEN_EVERY_MS) return;
    const { readyState } = this.source;
    const isComing = readyState === OPEN && this.offset === null;
    const patience = isComing ? FIRST_WITHIN_MS : REOPEN_AFTER_MS;
    const blindSince = Math.max(this.openedAt, this.seenAt);
    if (readyState === CLOSED || now - blindSince > patience) this.reopen(now);
  }

  private reopen(now: number): void {
    this.source?.close();
    this.openedAt = now;
    this.offset = null;
    const source = this.open();
    this.source = source;
    const on = <T>(type: string, take: (data: T) => StreamState) =>
      source.addEventListener(type, ({ data }) => {
        if (this.source === source) this.heard(data, take);
      });
    on<View>('view', (view) => this.alive(view.at, view));
    on<Change>('change', (change) => {
      const view = this.state.view;
      return view === null ? this.state : this.alive(change.at, merge(view, change));
    });
    on<Beat>('beat', (beat) => this.alive(beat.at, this.state.view));
  }

  private heard<T>(text: string, take: (data: T) => StreamState): void {
    let data: T;
    try {
      data = JSON.parse(text) as T;
    } catch (error) {
      console.error('event stream: not JSON', error);
      return;
    }
    this.state = take(data);
    this.changed(this.state);
  }

  private alive(at: string, view: View | null): StreamState {
    const told = Date.parse(at);
    if (!Number.isFinite(told)) return { ...this.state, view };
    const now = this.clock();
    const shown = told - now;
    const before = this.offset ?? { atLeast: shown, atMost: told - this.openedAt, boundAt: now };
    const drift = ((now - before.boundAt) * DRIFT_MAX_PPM) / 1e6;
    const atLeast = Math.max(before.atLeast - drift, shown);
    const atMost = before.atMost - drift;
    this.offset = { atLeast, atMost, boundAt: now };
    const offsetMs = atMost - atLeast > BLIND_AFTER_MS ? atMost : atLeast;
    return { view, heardAt: told - offsetMs, offsetMs };
  }
}
