import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Played, StageView } from '../src/logic/contract';
import {
  askedOf, emptyQuestion, FAULTS_MAX, foremost, kept, summaryOf, withFault, withSwitch, withTag,
} from '../src/logic/study';
import { incidentIn, viewIn } from './fixture';

describe('a question', () => {
  const none = emptyQuestion();

  it('begins now, or at the moment that one comes from', () => {
    expect(none.begins).toBe('now');
    const then = emptyQuestion('2026-11-26T01:00:00Z');
    expect([then.begins, then.at]).toEqual(['moment', '2026-11-26T01:00:00Z']);
  });

  it('has a switch in one position, and a fault at most once, and not more than may be asked', () => {
    const opened = withSwitch(none, 's1', 'open');
    expect(withSwitch(opened, 's1', 'close')).toMatchObject({ open: [], close: ['s1'] });
    expect(withSwitch(opened, 's1', null)).toEqual(none);
    expect(withFault(withFault(none, 'S1'), 'S1')).toEqual(none);
    expect(withTag(withTag(none, 's1'), 's1')).toEqual(none);
    const many = Array.from({ length: FAULTS_MAX + 2 }, (_, n) => `S${n}`).reduce(withFault, none);
    expect(many.faults).toHaveLength(FAULTS_MAX);
  });

  it('is sent with the load as a factor', () => {
    expect(askedOf({ ...none, load_pct: 120 })).toEqual({
      begins: 'now', at: null, faults: [], open: [], close: [], tag: [], load_scale: 1.2,
    });
  });
});

describe('answers', () => {
  const flow: StageView['flow'] = {
    solved: true, voltage_pu_min: 0.96, weakest: 'n', loading_pct_max: 80, fullest: 'l', broken: 0,
    violations: [],
  };
  const stage = (name: StageView['stage'], phase: 'proposed' | 'restored', out: number): StageView => {
    const view = viewIn(phase);
    const incidents = name === 'before' ? {} : view.incidents;
    return { stage: name, flow, view: { ...view, incidents, system: { ...view.system, customers_out: out } } };
  };
  const played: Played = {
    study: true, begins: 'normal', at: '', opened: [], closed: [], unavailable: [], assumed: [],
    stages: [stage('before', 'proposed', 0), stage('proposed', 'proposed', 900), stage('after', 'restored', 200)],
  };

  it('stand side by side: who lost supply, who had it back, and what it took', () => {
    const card = incidentIn('proposed');
    expect(summaryOf(played)).toMatchObject({
      interrupted: card.customers_interrupted, back: 700, out: 200, steps: card.plan?.steps.length,
      with_plan: card.minutes.with_plan, flow,
    });
    const only = { ...played, stages: played.stages.slice(0, 1) };
    expect(summaryOf(only)).toMatchObject({ interrupted: 0, back: 0, out: 0, with_plan: null });
    expect(summaryOf({ ...played, stages: [] })).toBeNull();
  });

  it('show the incident that concerns most, and the last six are kept', () => {
    expect(foremost(stage('before', 'proposed', 0).view)).toBeNull();
    expect(foremost(viewIn('proposed'))?.id).toBe(incidentIn('proposed').id);
    const all = Array.from({ length: 8 }, (_, n) => ({ number: n, question: emptyQuestion(), played }));
    expect(all.reduce(kept, []).map(({ number }) => number)).toEqual([2, 3, 4, 5, 6, 7]);
  });
});

/** Everything that a component is made of, itself included; types do nothing. */
function parts(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const source = readFileSync(new URL(file), 'utf8');
  for (const [, path] of source.matchAll(/import (?!type )[^;]*?'(\.[^']+)'/g)) {
    const found = ['', '.ts', '/index.ts'].map((end) => new URL(`${path}${end}`, file).href)
      .find((one) => /\.(svelte|ts)$/.test(one) && existsSync(new URL(one)));
    if (found) parts(found, seen);
  }
  return seen;
}
const asks = (files: Iterable<string>): string[] => [
  ...new Set([...files].flatMap((file) =>
    [...readFileSync(new URL(file), 'utf8').matchAll(/desk\.api\.(\w+)/g)].map(([, name]) => name ?? ''))),
];

describe('no way leads from a study or a replay to a command', () => {
  const ui = (name: string) => new URL(`../src/ui/${name}`, import.meta.url).href;
  /** They only read, but for the study itself. */
  const ALLOWED = ['past', 'pastGrid', 'playStudy', 'outlook'];

  it.each(['screens/StudyScreen.svelte', 'ReplayPanel.svelte'])('%s', (name) => {
    const all = parts(ui(name));
    expect(all).toContain(ui('IncidentCard.svelte'));
    expect(asks(all).filter((one) => !ALLOWED.includes(one))).toEqual([]);
  });

  it('and the same look finds them where they are', () => {
    expect(asks(parts(ui('screens/IncidentsScreen.svelte')))).toContain('release');
  });
});
