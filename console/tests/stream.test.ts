import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BLIND_AFTER_MS, DRIFT_MAX_PPM, FIRST_WITHIN_MS, isBlind, REOPEN_AFTER_MS, steadyNow, Stream, type Source,
} from '../src/logic/stream';
import { messages, views } from './fixture';

class FakeSource implements Source {
  readyState = 1;
  private readonly listeners = new Map<string, (event: { data: string }) => void>();

  addEventListener(type: string, listener: (event: { data: string }) => void): void {
    this.listeners.set(type, listener);
  }
  close(): void {
    this.readyState = 2;
  }
  says(type: string, data: unknown): void {
    this.listeners.get(type)?.({ data: typeof data === 'string' ? data : JSON.stringify(data) });
  }
}

const START = Date.parse('2026-11-23T07:42:10Z');
let now: number;
let sources: FakeSource[];
let stream: Stream;
const last = () => sources.at(-1) as FakeSource;
const at = (told: number) => ({ at: new Date(told).toISOString(), sequence: 1 });
const beat = () => at(now);
/** The first view of a source, told when it was asked for, and here `late` milliseconds after. */
const begin = (late = 0) => {
  const view = { ...views[0], ...beat() };
  now += late;
  last().says('view', view);
};
/** How much two clocks may drift apart meanwhile. */
const drift = (ms: number) => (ms * DRIFT_MAX_PPM) / 1e6;
const pass = (ms: number) => {
  for (const end = now + ms; now < end; ) {
    now += 250;
    stream.tick();
  }
};

beforeEach(() => {
  now = START;
  sources = [];
  stream = new Stream(
    () => {
      sources.push(new FakeSource());
      return last();
    },
    () => undefined,
    () => now,
  );
  stream.start();
});

describe('blindness', () => {
  it('is the state before the first view', () => {
    expect(isBlind(stream.state, now)).toBe(true);
    last().says('beat', beat());
    expect(isBlind(stream.state, now)).toBe(true);
  });

  it('begins when no beat has come for three seconds, and ends with the next', () => {
    begin();
    now += BLIND_AFTER_MS;
    expect(isBlind(stream.state, now)).toBe(false);
    now += 1;
    expect(isBlind(stream.state, now)).toBe(true);
    last().says('beat', beat());
    expect(isBlind(stream.state, now)).toBe(false);
  });

  it('is not ended by what comes so late that it may be old', () => {
    begin();
    now += 5_000;
    last().says('beat', at(now - BLIND_AFTER_MS));
    expect(isBlind(stream.state, now)).toBe(false);
    last().says('beat', at(now - BLIND_AFTER_MS + 1));
    expect(isBlind(stream.state, now + 2 + drift(5_000))).toBe(true);
    now += 5_000;
    last().says('beat', at(now - BLIND_AFTER_MS - 1 - drift(10_000)));
    expect(isBlind(stream.state, now)).toBe(true);
    last().says('beat', beat());
    expect(isBlind(stream.state, now)).toBe(false);
  });

  it('lasts where all that comes is late from the first view on', () => {
    begin(5_000);
    for (let beats = 0; beats < 5; beats += 1, now += 1_000) {
      last().says('beat', at(now - 5_000));
      expect(isBlind(stream.state, now)).toBe(true);
    }
  });

  it('ends when only the first view took long', () => {
    begin(5_000);
    expect(isBlind(stream.state, now)).toBe(true);
    last().says('beat', beat());
    expect(isBlind(stream.state, now)).toBe(false);
  });

  it.each([
    ['fast', 100], ['slow', -100],
  ])('is not told by a clock that is %s, as long as one leaves the screen open', (_, ppm) => {
    const BEAT_MS = 2_500;
    begin();
    let told = now;
    const beats = (24 * 3_600_000) / BEAT_MS;
    const seen = Array.from({ length: beats }, () => {
      told += BEAT_MS;
      now += BEAT_MS * (1 + ppm / 1e6);
      stream.tick();
      last().says('beat', at(told));
      return isBlind(stream.state, now);
    });
    expect(seen).not.toContain(true);
    expect(sources).toHaveLength(1);
    expect(Math.abs(stream.state.offsetMs - (told - now))).toBeLessThan(5);
    now += BEAT_MS;
    last().says('beat', at(told - 500));
    expect(isBlind(stream.state, now)).toBe(true);
  });

  it('is told by a clock that nobody sets', () => {
    const before = steadyNow();
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    expect(Math.abs(steadyNow() - before)).toBeLessThan(10_000);
    vi.useRealTimers();
  });

  it('is not healed by what does not say when it was told', () => {
    begin();
    last().says('beat', { at: 'no time', sequence: 1 });
    now += BLIND_AFTER_MS + 1;
    last().says('beat', { at: 'no time', sequence: 1 });
    expect(isBlind(stream.state, now)).toBe(true);
  });

  it('is not healed by what nobody can read', () => {
    begin();
    now += BLIND_AFTER_MS + 1;
    last().says('change', '{"sequence": 42');
    expect(isBlind(stream.state, now)).toBe(true);
  });
});

describe('the stream', () => {
  it('follows view and changes', () => {
    for (const { event, data } of messages) last().says(event, data);
    expect(stream.state.view).toEqual(views.at(-1));
  });

  it('is opened anew after a network freeze that leaves it looking open', () => {
    begin();
    pass(BLIND_AFTER_MS + REOPEN_AFTER_MS);
    expect(sources).toHaveLength(1);
    pass(500);
    expect(sources).toHaveLength(2);
    expect(sources[0]?.readyState).toBe(2);
  });

  it('is opened anew where everything that comes is late', () => {
    begin();
    for (let seconds = 0; seconds < 10; seconds += 1) {
      pass(1_000);
      last().says('beat', at(now - 5_000));
    }
    expect(sources).toHaveLength(2);
  });

  it('waits for a first view that is long on its way', () => {
    pass(FIRST_WITHIN_MS);
    expect(sources).toHaveLength(1);
    pass(500);
    expect(sources).toHaveLength(2);
    last().readyState = 0;
    pass(REOPEN_AFTER_MS + 500);
    expect(sources).toHaveLength(3);
  });

  it('is opened anew when the server ended it, but not in a storm', () => {
    begin();
    pass(2_000);
    last().close();
    pass(250);
    expect(sources).toHaveLength(2);
    last().close();
    pass(1_750);
    expect(sources).toHaveLength(2);
    pass(250);
    expect(sources).toHaveLength(3);
  });

  it('hears nothing from a source that it gave up', () => {
    const old = last();
    begin();
    const shown = stream.state.view;
    pass(BLIND_AFTER_MS + REOPEN_AFTER_MS + 500);
    old.says('change', messages[1]?.data);
    expect(stream.state.view).toBe(shown);
  });

  it('keeps the offset of the service clock', () => {
    last().says('beat', { at: new Date(now + 90_000).toISOString(), sequence: 1 });
    expect(stream.state.offsetMs).toBe(90_000);
  });

  it('stays silent after stop', () => {
    stream.stop();
    pass(30_000);
    expect(sources).toHaveLength(1);
  });
});
