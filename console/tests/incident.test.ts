import { describe, expect, it } from 'vitest';
import type { Evidence, Incident, Location, Plan } from '../src/logic/contract';
import { darkGroups } from '../src/logic/dark';
import { translator } from '../src/logic/i18n';
import {
  customersBack, guardVerdict, isGrid, limitInWords, mostUrgent, Names, progress,
  releaseBlockers, releaseDetail, releaseLabel, severity, shownSuspects, sorted, stepsAhead,
  title, weighed,
} from '../src/logic/incident';
import { grid, incidentIn, viewIn } from './fixture';

const names = new Names(grid);
const en = translator('en');
const vi = translator('vi');
const proposed = incidentIn('proposed');
const plan = proposed.plan as Plan;
const location = proposed.location as Location;

describe('the incident card', () => {
  it('is called by feeder and device', () => {
    expect(title(proposed, names)).toBe('MC 471 E1.9');
    const device = 'MC473-2';
    expect(title({ ...proposed, device, feeder: '473-E1.9' }, names)).toBe(
      'MC 473 E1.9 · Recloser MC 473-2 Cầu Giấy',
    );
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
    const one = { ...proposed, release: { ...proposed.release, closes: ['473'], customers: 412 } };
    expect(releaseLabel(one, names, en)).toBe('Close MC 473 E1.9: 412 customers back');
    expect(releaseLabel(one, names, vi)).toBe('Đóng MC 473 E1.9: 412 khách hàng có điện lại');
    expect(releaseDetail(one, names, en)).toBe(
      'first opens LBS 471-4 RMU Kim Mã, LBS 471-473 RMU Kim Mã · 3 steps',
    );
  });

  it('says so when the plan only isolates', () => {
    const fence = { ...proposed, release: { ...proposed.release, closes: [], opens: ['RMU2-2'] } };
    expect(releaseLabel(fence, names, en)).toBe('Open LBS 471-4 RMU Kim Mã: isolate the fault');
  });

  it('is free only when the service allows it and the screen sees', () => {
    expect(releaseBlockers(proposed, false, names, en)).toEqual([]);
    expect(releaseBlockers(proposed, true, names, en)).toEqual([en('release.blind')]);
    const why_not = [{ code: 'stopped-tag', params: { device: '473' } }];
    const refused = { ...proposed, release: { ...proposed.release, allowed: false, why_not } };
    expect(releaseBlockers(refused, false, names, en)).toEqual(['stopped: tag on MC 473 E1.9']);
    const silent = { ...refused, release: { ...refused.release, why_not: [] } };
    expect(releaseBlockers(silent, false, names, en)).toEqual([en('release.not_allowed')]);
  });
});

describe('the plan', () => {
  it('counts what is done, what hangs and who is back', () => {
    const restored = incidentIn('restored').plan as Plan;
    expect(progress(plan)).toEqual({ done: 0, total: 3, failed: 0, current: null });
    expect(progress(incidentIn('executing').plan as Plan).current?.number).toBe(1);
    expect(progress(restored).done).toBe(3);
    expect(customersBack(restored)).toBe(701);
  });

  it('carries the verdict of the guard', () => {
    expect(guardVerdict(plan, en)).toBe('guard: 88 checks passed');
    const violations = [
      { invariant: '13', step: 3, element: 'L472-1', why: { code: 'x', params: {} } },
    ];
    const vetoed = { ...plan, guard: { passed: false, checks: 88, violations } };
    expect(guardVerdict(vetoed, en)).toBe('guard: 1 of 88 checks violated');
  });

  it('says why an option was rejected, with number and limit where there are some', () => {
    const reasons = [
      { because: 'overload', element: 'RMU6', value: 118.25, limit: 100 },
      { because: 'undervoltage', element: 'RMU6', value: 0.943, limit: 0.95 },
      { because: 'tag', element: '473', value: null, limit: null },
      ...plan.unserved,
    ];
    expect(reasons.map((reason) => limitInWords('en', en, reason, names))).toEqual([
      'overload · RMU Dịch Vọng: 118.25 (limit 100)',
      'voltage too low · RMU Dịch Vọng: 0.943 (limit 0.95)',
      'tagged · MC 473 E1.9',
      'no tie reaches it · Cáp liên lạc 471 - 473',
    ]);
  });

  it('is numbered on the diagram as long as its steps are to come', () => {
    expect([...stepsAhead(proposed)]).toEqual([['RMU2-2', 1], ['RMU2-3', 2], ['RMU3-2', 3]]);
    const [first, ...rest] = plan.steps.map((step) => ({ ...step }));
    const steps = first ? [{ ...first, state: 'completed' as const }, ...rest] : [];
    const later: Incident = { ...proposed, phase: 'executing', plan: { ...plan, steps } };
    expect([...stepsAhead(later).values()]).toEqual([2, 3]);
    expect(stepsAhead(incidentIn('restored')).size).toBe(0);
    expect(stepsAhead(null).size).toBe(0);
  });
});

describe('the evidence', () => {
  const against = (item: Evidence): Evidence => ({ ...item, role: 'against' });
  const devices = (items: Evidence[]) => items.map((item) => item.device);

  it('begins at the edge of what is suspected, and leaves the silent devices out', () => {
    const { telling, silent, failed } = weighed(location, grid);
    expect(devices(telling).slice(0, 3)).toEqual(['471', 'RMU2-2', 'RMU2-3']);
    expect(devices(telling)).toHaveLength(5);
    expect(devices(silent)).toEqual(['471-7', 'RMU3-1']);
    expect(failed).toBe(0);
  });

  it('puts what speaks against before everything else', () => {
    const evidence = location.evidence.map((e) => (e.device === 'RMU1-2' ? against(e) : e));
    expect(devices(weighed({ ...location, evidence }, grid).telling)[0]).toBe('RMU1-2');
  });

  it('tells a device that should have spoken from one that cannot', () => {
    const evidence = location.evidence.map((e): Evidence =>
      e.device === 'RMU3-1' ? { ...e, reading: 'failed' } : e,
    );
    const { silent, failed } = weighed({ ...location, evidence }, grid);
    expect(failed).toBe(1);
    expect(devices(silent)).toEqual(['RMU3-1', '471-7']);
  });

  it('names every suspected section, and others only if they are likely at all', () => {
    const shown = shownSuspects(location).map((suspect) => suspect.section);
    expect(shown).toEqual(['SRMU1-2.k', 'S471.out', 'S471-7.b', 'SRMU2']);
  });
});

describe('what is dark', () => {
  const view = viewIn('proposed');

  it('comes by state, the suspected first, and adds up to the customers out', () => {
    const groups = darkGroups(proposed, grid, view);
    expect(groups.map((group) => [group.state, group.customers])).toEqual([
      ['suspected', 1478],
      ['dark', 701],
    ]);
    expect(groups[0]?.sections[0]).toEqual({ id: 'SRMU2', customers: 855 });
    expect(groups.reduce((sum, group) => sum + group.customers, 0)).toBe(proposed.customers_out);
  });

  it('is what the incident says, never what another one has', () => {
    const dark = { state: 'dark' as const, feeder: null, voltage_pu: 0 };
    const sections = { ...view.sections, 'S473-5.b': dark };
    const ids = darkGroups(proposed, grid, { ...view, sections }).flatMap((group) =>
      group.sections.map((section) => section.id),
    );
    expect(ids.sort()).toEqual([...proposed.dark].sort());
  });

  it('is fenced after the plan, and nothing once the incident has none', () => {
    const groups = darkGroups(incidentIn('restored'), grid, viewIn('restored'));
    expect(groups[0]?.state).toBe('isolated');
    expect(darkGroups({ ...proposed, dark: [] }, grid, view)).toEqual([]);
  });
});

describe('names', () => {
  it('are ids where a narrow column has no room', () => {
    expect(names.short('473')).toBe('MC 473 E1.9');
    expect(names.short('MC473-2')).toBe('MC473-2');
  });

  it('of the grid are its name or its fingerprint', () => {
    expect(isGrid(grid, grid.name)).toBe(true);
    expect(isGrid(grid, grid.fingerprint)).toBe(true);
    expect(isGrid(grid, 'another')).toBe(false);
    expect(isGrid(null, grid.name)).toBe(false);
  });
});
