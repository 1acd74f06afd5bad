import type { Beat, Change, View } from './contract';
import { merge } from './store';

/** Longer without a sign of life than this, and the screen must say that it is blind. */
export const BLIND_AFTER_MS = 3_000;
/** A connection that is silent for so long is given up, even if it still looks open: after a
 * network freeze the browser would wait for minutes. */
export const REOPEN_AFTER_MS = 6_000;
/** Least time between two attempts of our own; the browser retries broken streams by itself. */
export const REOPEN_EVERY_MS = 2_000;

/** The part of `EventSource` that is used; tests stand in for it. */
export type Source = {
  readyState: number;
  addEventListener(type: string, listener: (event: { data: string }) => void): void;
  close(): void;
};
const CLOSED = 2;

export type StreamState = {
  view: View | null;
  /** Browser time of the last sign of life; null before the first. */
  heardAt: number | null;
  /** Server time minus browser time, from the last beat, in milliseconds. */
  offsetMs: number;
};

/** Whether what stands on the screen may be old. Before the first view there is nothing to
 * trust either. */
export function isBlind(state: StreamState, now: number): boolean {
  return state.view === null || state.heardAt === null || now - state.heardAt > BLIND_AFTER_MS;
}

/** Keeps one view up to date from the service's event stream.
 *
 * Guarantees: `changed` is called after every event with the state as a new object; a stream that
 * ended or fell silent is opened anew by `tick`, at most every `REOPEN_EVERY_MS`. The browser
 * itself resumes a broken connection with `Last-Event-ID`; a stream opened anew begins with the
 * whole view, so nothing is lost either way. An event that cannot be read counts as silence. */
export class Stream {
  state: StreamState = { view: null, heardAt: null, offsetMs: 0 };
  private source: Source | null = null;
  private openedAt = 0;

  constructor(
    private readonly open: () => Source,
    private readonly changed: (state: StreamState) => void,
    private readonly clock: () => number = Date.now,
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
    if (this.source === null || now - this.openedAt < REOPEN_EVERY_MS) return;
    const silentSince = Math.max(this.openedAt, this.state.heardAt ?? 0);
    const ended = this.source.readyState === CLOSED;
    if (ended || now - silentSince > REOPEN_AFTER_MS) this.reopen(now);
  }

  private reopen(now: number): void {
    this.source?.close();
    this.openedAt = now;
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
    const now = this.clock();
    const offset = Date.parse(at) - now;
    return { view, heardAt: now, offsetMs: Number.isFinite(offset) ? offset : this.state.offsetMs };
  }
}
