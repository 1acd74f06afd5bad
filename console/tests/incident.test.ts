import { describe, expect, it } from 'vitest';
import type { Incident, Plan } from '../src/logic/contract';
import { darkSections } from '../src/logic/dark';
import { translator } from '../src/logic/i18n';
import {
  customersBack, evidenceInOrder, guardVerdict, limitInWords, mostUrgent, Names, progress,
  releaseBlockers, releaseDetail, releaseLabel, severity, sorted, title,
} from '../src/logic/incident';
import { grid, incidentIn, viewIn } from './fixture';

const names = new Names(grid);
const en = translator('en');
const vi = translator('vi');
const proposed = incidentIn('proposed');
const plan = proposed.plan as Plan;

describe('the incident card', () => {
  it('is called by feeder and device', () => {
    expect(title(proposed, names)).toBe('471 E1.9 · 471/24');
    expect(title({ ...proposed, device: '471' }, names)).toBe('471 E1.9');
  });

  it.each<[Partial<Incident>, string]>([
    [{}, 'alarm'],
    [{ phase: 'stopped' }, 'alarm'],
    [{ phase: 'settling' }, 'action'],
    [{ plan: { ...plan, steps: [] } }, 'action'],
    [{ phase: 'executing' }, 'information'],
    [{ phase: 'restored' }, 'action'],
    [{ cause: 'planned' }, 'information'],
  ])('with %o is of severity %s', (change, expected) => {
    expect(severity({ ...proposed, ...change })).toBe(expected);
  });

  it('stands above those that are less urgent, smaller or newer; the closed come last', () => {
    const make = (id: string, change: Partial<Incident>) => ({ ...proposed, id, ...change });
    const all = {
      a: make('a', { phase: 'closed' }),
      b: make('b', { customers_out: 5 }),
      c: make('c', { phase: 'restored', customers_out: 9000 }),
      d: make('d', { customers_out: 700 }),
      e: make('e', { customers_out: 5, opened_at: '2026-11-23T01:00:00Z' }),
    };
    expect(sorted(all).map((i) => i.id)).toEqual(['d', 'e', 'b', 'c', 'a']);
    expect(mostUrgent(all)).toBe('d');
    expect(mostUrgent({ a: all.a })).toBeNull();
  });
});

describe('the release button', () => {
  it('names its effect in both languages', () => {
    const one = { ...proposed, release: { ...proposed.release, closes: ['T1'], customers: 412 } };
    expect(releaseLabel(one, names, en)).toBe('Close T1: 412 customers back');
    expect(releaseLabel(one, names, vi)).toBe('Đóng T1: 412 khách hàng có điện lại');
    expect(releaseDetail(one, names, en)).toBe('first opens 471-NT-1, 471-DV-1 · 4 steps');
  });

  it('says so when the plan only isolates', () => {
    const fence = { ...proposed, release: { ...proposed.release, closes: [], opens: ['NT-1'] } };
    expect(releaseLabel(fence, names, en)).toBe('Open 471-NT-1: isolate the fault');
  });

  it('is free only when the service allows it and the screen sees', () => {
    expect(releaseBlockers(proposed, false, names, en)).toEqual([]);
    expect(releaseBlockers(proposed, true, names, en)).toEqual([en('release.blind')]);
    const why_not = [{ code: 'stopped-tag', params: { device: 'NT-1' } }];
    const refused = { ...proposed, release: { ...proposed.release, allowed: false, why_not } };
    expect(releaseBlockers(refused, false, names, en)).toEqual(['stopped: tag on 471-NT-1']);
    const silent = { ...refused, release: { ...refused.release, why_not: [] } };
    expect(releaseBlockers(silent, false, names, en)).toEqual([en('release.not_allowed')]);
  });
});

describe('the plan', () => {
  it('counts what is done, what hangs and who is back', () => {
    const restored = incidentIn('restored').plan as Plan;
    expect(progress(plan)).toEqual({ done: 0, total: 4, failed: 0, current: null });
    expect(progress(incidentIn('executing').plan as Plan).current?.number).toBe(1);
    expect(progress(restored).done).toBe(4);
    expect(customersBack(restored)).toBe(1315);
  });

  it('carries the verdict of the guard', () => {
    expect(guardVerdict(plan, en)).toBe('guard: 14 checks passed');
    const violations = [
      { invariant: '13', step: 3, element: 'L472-1', why: { code: 'x', params: {} } },
    ];
    const vetoed = { ...plan, guard: { passed: false, checks: 14, violations } };
    expect(guardVerdict(vetoed, en)).toBe('guard: 1 of 14 checks violated');
  });

  it('says why an option was rejected, with number and limit where there are some', () => {
    const words = plan.rejected.map((rejected) => limitInWords('en', en, rejected, names));
    expect(words).toEqual([
      'overload · Nghĩa Đô: 118.3 (limit 100)',
      'voltage too low · RMU Dịch Vọng: 0.943 (limit 0.95)',
      'tagged · 473-ND-2',
    ]);
  });
});

describe('the evidence', () => {
  it('begins with what speaks against', () => {
    const roles = evidenceInOrder(proposed.location?.evidence ?? []).map((item) => item.role);
    expect(roles[0]).toBe('against');
    expect(roles.at(-1)).toBe('ignored');
    expect(roles).toHaveLength(6);
  });
});

describe('what is dark', () => {
  it('lists the suspected section first and adds up to the customers out', () => {
    const dark = darkSections(proposed, grid, viewIn('proposed'));
    expect(dark[0]?.state).toBe('suspected');
    expect(dark.reduce((sum, s) => sum + s.customers, 0)).toBe(proposed.customers_out);
  });

  it('leaves the sections of another incident to that one', () => {
    const view = viewIn('proposed');
    const other = { ...proposed, id: 'other', location: null, plan: null };
    const both = { ...view, incidents: { ...view.incidents, other } };
    const elsewhere = { ...view.sections, SLG: { state: 'dark' as const, feeder: null, voltage_pu: 0 } };
    const ids = darkSections(proposed, grid, { ...both, sections: elsewhere }).map((s) => s.id);
    expect(ids).not.toContain('SLG');
    expect(ids).toHaveLength(5);
  });

  it('is empty once the incident is closed', () => {
    expect(darkSections({ ...proposed, phase: 'closed' }, grid, viewIn('proposed'))).toEqual([]);
  });
});
