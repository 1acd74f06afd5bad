import { describe, expect, it } from 'vitest';
import type { Evidence, Incident, Location, Plan } from '../src/logic/contract';
import { darkGroups } from '../src/logic/dark';
import { reasonInWords, translator } from '../src/logic/i18n';
import {
  adviceInWords, customersBack, guardVerdict, inTwo, isGrid, isSearch, kindInWords, limitInWords,
  mostUrgent, Names, patrolPlaces, phaseInWords, progress, readingInWords, releaseBlockers, releaseDetail, releaseLabel,
  severity, shownSuspects, sorted, stepsAhead, takesReports, targetOf, title, trialSwitches, weakest, weighed,
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

describe('what kind of incident', () => {
  it('is its cause, or how it came to be known where no trip said so', () => {
    expect(kindInWords(proposed, en)).toBe('Fault');
    expect(kindInWords({ ...proposed, origin: 'predicted' }, en)).toBe(
      'Outage without a trip',
    );
    expect(kindInWords({ ...proposed, origin: 'earth_fault' }, vi)).toBe(
      'Chạm đất, đang tìm',
    );
    const lost = { ...proposed, cause: 'lost_supply', origin: 'predicted' } as const;
    expect(kindInWords(lost, en)).toBe('Supply lost from above');
  });
});

describe('the release button', () => {
  it('names its effect in both languages', () => {
    const one = { ...proposed, release: { ...proposed.release, closes: ['473'], customers: 412 } };
    expect(releaseLabel(one, names, en)).toBe('Close MC 473 E1.9: 412 customers back');
    expect(releaseLabel(one, names, vi)).toBe('Đóng MC 473 E1.9: 412 khách hàng có điện lại');
    expect(releaseDetail(one, names, en)).toBe(
      'first opens LBS 471-4 RMU Kim Mã · 2 steps',
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
    expect(progress(plan)).toEqual({ done: 0, total: 2, failed: 0, current: null });
    expect(progress(incidentIn('executing').plan as Plan).current?.number).toBe(1);
    expect(progress(restored).done).toBe(2);
    expect(customersBack(restored)).toBe(701);
  });

  it('carries the verdict of the guard', () => {
    expect(guardVerdict(plan, en)).toBe(`guard: ${plan.guard.checks} checks passed`);
    const violations = [
      { invariant: '13', step: 3, element: 'L472-1', why: { code: 'x', params: {} } },
    ];
    const vetoed = { ...plan, guard: { passed: false, checks: 81, violations } };
    expect(guardVerdict(vetoed, en)).toBe('guard: 1 of 81 checks violated');
  });

  it('says why an option was rejected, with number and limit where there are some', () => {
    const reasons = [
      { because: 'overload', element: 'RMU6', value: 118.25, limit: 100 },
      { because: 'undervoltage', element: 'RMU6', value: 0.943, limit: 0.95 },
      { because: 'tag', element: '473', value: null, limit: null },
      { because: 'no-tie', element: 'L471-473' },
    ];
    expect(reasons.map((reason) => limitInWords('en', en, reason, names))).toEqual([
      'overload · RMU Dịch Vọng: 118.25 (limit 100)',
      'voltage too low · RMU Dịch Vọng: 0.943 (limit 0.95)',
      'tagged · MC 473 E1.9',
      'no tie reaches it · Cáp liên lạc 471 - 473',
    ]);
  });

  it('is numbered on the diagram as long as its steps are to come', () => {
    expect([...stepsAhead(proposed)]).toEqual([['RMU2-2', 1], ['RMU3-2', 2]]);
    const [first, ...rest] = plan.steps.map((step) => ({ ...step }));
    const steps = first ? [{ ...first, state: 'completed' as const }, ...rest] : [];
    const later: Incident = { ...proposed, phase: 'executing', plan: { ...plan, steps } };
    expect([...stepsAhead(later).values()]).toEqual([2]);
    expect(stepsAhead(incidentIn('restored')).size).toBe(0);
    expect(stepsAhead(null).size).toBe(0);
  });
});

describe('the evidence', () => {
  const against = (item: Evidence): Evidence => ({ ...item, role: 'against' });
  const devices = (items: Evidence[]) => items.map((item) => item.device);

  it('begins at the edge of what is suspected, and leaves the silent devices out', () => {
    const { telling, silent, failed } = weighed(location, grid);
    expect(devices(telling).slice(0, 3)).toEqual(['471', 'RMU2-2', 'RMU1-2']);
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
    expect(shown).toEqual(['SRMU1-2.k', 'S471.out', 'S471-7.b', 'SRMU2-3.k', 'SRMU2']);
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

describe('the three lines', () => {
  const clock = () => '02:14:00';
  const lines = (t: typeof en) =>
    proposed.explanation.map((line) => reasonInWords(t, line, names.of, clock));

  it('say what is dark, where and why, and what to do, in both languages', () => {
    expect(lines(en)).toEqual([
      '2,179 customers without supply since 02:14:00: MC 471 E1.9 tripped.',
      'Fault very probably in Cáp RMU Giảng Võ - RMU Kim Mã (97 %). '
        + 'Fault current passed LBS 471-2 RMU Giảng Võ, '
        + 'not LBS 471-3 RMU Kim Mã, LBS 471-4 RMU Kim Mã.',
      'Release the plan: 701 customers back within 1 min; guard and power flow passed it. '
        + '1,478 wait for the repair. Send a crew to Cáp RMU Giảng Võ - RMU Kim Mã first.',
    ]);
    expect(lines(vi)[0]).toBe('2.179 khách hàng mất điện từ 02:14:00: MC 471 E1.9 đã nhảy.');
    expect(lines(vi)[2]).toMatch(/^Cho thực hiện phương án: 701 khách hàng có điện lại/);
  });

  it('come in two: what matters most, and the rest', () => {
    const [head, clauses] = inTwo(proposed.explanation[2] ?? { code: '', params: {} });
    expect(reasonInWords(en, head)).toMatch(/power flow passed it\.$/);
    expect(clauses.map(({ code }) => code)).toEqual(['left-dark', 'crew-to']);
    expect(inTwo({ code: 'do-watch', params: {} })).toEqual([{ code: 'do-watch', params: {} }, []]);
  });
});

describe('witnesses and advice', () => {
  it('lead to the device, the section, or the section of the load', () => {
    expect(targetOf('RMU2-1', grid)).toEqual({ kind: 'switch', id: 'RMU2-1' });
    expect(targetOf('SRMU2', grid)).toEqual({ kind: 'section', id: 'SRMU2' });
    expect(targetOf('GV1', grid)).toEqual({ kind: 'section', id: 'S471-7.b' });
    expect(targetOf('nobody', grid)).toBeNull();
    expect(names.of('GV1')).toBe('TBA Giảng Võ 1');
  });

  it('say "fault current" only where the reading is of that', () => {
    const item: Evidence = {
      device: 'RMU2-1', reading: 'yes', role: 'supports', quality: null, source_time: null,
      why: { code: 'saw-fault-current', params: { device: 'RMU2-1' } },
    };
    expect(readingInWords(en, item)).toBe('saw fault current');
    const meters = { ...item, why: { code: 'meters-lost', params: {} } };
    expect(readingInWords(en, meters)).toBe('');
  });

  it('name what to do', () => {
    const advice = { kind: 'patrol' as const, target: 'SRMU2', takes_s: 1800, customer_minutes: 9 };
    expect(adviceInWords(vi, advice, names)).toBe('Cử đội kiểm tra RMU Kim Mã');
    const trial = { ...advice, kind: 'trial' as const, target: 'RMU2-1' };
    expect(adviceInWords(en, trial, names)).toContain('close from the source side');
    expect(adviceInWords(en, trial, names, true)).toContain('does the alarm go away?');
    expect(isSearch({ ...proposed, origin: 'earth_fault', customers_out: 0 })).toBe(true);
    expect(isSearch(proposed)).toBe(false);
  });
});

describe('reports of people', () => {
  it('offer the likeliest place first and every place once', () => {
    const places = patrolPlaces(proposed);
    expect(places[0]).toBe('SRMU1-2.k');
    expect(new Set(places).size).toBe(places.length);
    expect(proposed.dark.every((id) => places.includes(id))).toBe(true);
  });

  it('offer the switches that stand at what is dark', () => {
    const switches = trialSwitches(proposed, grid);
    expect(switches).toContain('RMU2-1');
    expect(switches).not.toContain('473');
  });

  it('are taken for faults that are open and were located', () => {
    expect(takesReports(proposed)).toBe(true);
    expect(takesReports({ ...proposed, phase: 'closed' })).toBe(false);
    expect(takesReports({ ...proposed, cause: 'planned' })).toBe(false);
    expect(takesReports({ ...proposed, location: null })).toBe(false);
  });
});

describe('the way back to normal', () => {
  const plan = { ...proposed.plan!, aim: 'return' as const };
  const home: Incident = {
    ...proposed, plan, release: { ...proposed.release, customers_dropped: 701 },
    normal: { away: ['RMU2-2', 'RMU3-2'], due_at: null, may_accept: true },
  };

  it('is no alarm: nobody waits for it', () => {
    expect(severity(proposed)).toBe('alarm');
    expect(severity(home)).toBe('action');
  });

  it('says on the button whom it interrupts', () => {
    expect(releaseLabel(home, names, en)).toBe('Return to normal: 701 customers interrupted for seconds');
    const nobody = { ...home, release: { ...home.release, customers_dropped: 0 } };
    expect(releaseLabel(nobody, names, en)).toBe('Return to normal: 2 steps');
    expect(releaseDetail(home, names, en)).toBe(releaseDetail(nobody, names, en));
  });

  it('is awaited in a phase of its own words', () => {
    const held: Incident = { ...home, phase: 'restored' };
    expect(phaseInWords(held, en)).toBe('Supply restored, off normal');
    expect(phaseInWords({ ...held, normal: null }, en)).toBe('Restored, repair open');
  });
});

describe('the weakest point of a plan', () => {
  const step = (number: number, loading: number | null, voltage: number | null) => ({
    ...plan.steps[0], number,
    check: { loading_pct_max: loading, voltage_pu_min: voltage, limiting: null, emergency: [] },
  }) as Plan['steps'][number];

  it('is the step with the highest loading, and that with the lowest voltage', () => {
    const found = weakest({ ...plan, steps: [step(1, null, null), step(2, 91, 0.97), step(3, 60, 0.95)] });
    expect([found?.loading.number, found?.voltage.number]).toEqual([2, 3]);
  });

  it('is nowhere where no step supplies anybody', () => {
    expect(weakest({ ...plan, steps: [step(1, null, null)] })).toBeNull();
    expect(weakest({ ...plan, steps: [] })).toBeNull();
  });
});
