import { describe, expect, it } from 'vitest';
import {
  age, blockerInWords, hasApproved, isLatched, isToApprove, may, MARKS, othersApprovals, idsIn, ownApproval,
  permitsOn,
} from '../src/logic/authority';
import type { Blocker, FeederView, Incident, Release, Session } from '../src/logic/contract';
import { CATALOGUES, translator } from '../src/logic/i18n';
import { Names } from '../src/logic/incident';
import { merge } from '../src/logic/store';
import { grid, incidentIn, views } from './fixture';

const names = new Names(grid);
const en = translator('en');
const vi = translator('vi');
const NOW = Date.parse('2026-11-23T02:14:00Z');
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
const tag: Blocker = {
  kind: 'tag', why: { code: 'blocker-tag', params: { device: 'MC473-2', tag: 'no_close' } },
  by: 'lan', since: ago(70), said: 'crew at work',
};
const latch: Blocker = {
  kind: 'latch', why: { code: 'worked-by-hand', params: { device: 'MC473-2' } },
  by: 'lan', since: ago(1), said: '',
};

describe('a blocker', () => {
  it('says what it is, why, and what its owner said', () => {
    const device = names.of('MC473-2');
    expect(blockerInWords(tag, names, en)).toBe(`tag Do not close on ${device} (crew at work)`);
    expect(blockerInWords(latch, names, vi)).toBe(`Khóa tự động: ${device} được thao tác bằng tay`);
  });

  it('has words and a mark of its own for every standing', () => {
    for (const state of Object.keys(MARKS)) expect(CATALOGUES.vi).toHaveProperty([`automation.${state}`]);
    expect(new Set(Object.values(MARKS)).size).toBe(4);
  });

  it.each([[0, 'just now'], [1, 'for 1 min'], [59, 'for 59 min'], [60, 'for 1 h'], [48 * 60, 'for 2 days']])(
    'of %i minutes is told as %s', (minutes, words) => {
      expect(age(ago(minutes), NOW, en)).toBe(words);
    });

  it('without a beginning has no age', () => {
    expect(age(null, NOW, en)).toBe('');
  });
});

it('is latched when the service says so, and not by an older one', () => {
  const feeder = { blockers: [tag, latch] } as unknown as FeederView;
  expect(isLatched(feeder)).toBe(true);
  expect(isLatched({} as FeederView)).toBe(false);
});

it('lets who may', () => {
  const session: Session = { user: 'lan', role: 'dispatcher', language: 'vi', csrf: '', may: [] };
  expect(may({ ...session, may: ['look', 'switch'] }, 'automate')).toBe(false);
  expect(may({ ...session, may: ['automate'] }, 'automate')).toBe(true);
  expect(may(session, 'look')).toBe(false);
  expect(may(null, 'look')).toBe(false);
});

describe('two people', () => {
  const one = incidentIn('proposed');
  const withRelease = (release: Partial<Release>): Incident => ({
    ...one, release: { ...one.release, two_person: true, approvals: [], ...release },
  });
  const wanting = withRelease({ allowed: false, why_not: [{ code: 'needs-approval', params: {} }] });
  const given = withRelease({ allowed: true, why_not: [], approvals: [{ by: 'lan', until: ago(-5) }] });

  it('are asked for only where that is set and nothing else is in the way', () => {
    expect(isToApprove(wanting)).toBe(true);
    expect(isToApprove({ ...wanting, release: { ...wanting.release, two_person: false } })).toBe(false);
    const vetoed = withRelease({ why_not: [{ code: 'guard-veto', params: {} }] });
    expect(isToApprove(vetoed)).toBe(false);
    expect(isToApprove({ ...wanting, phase: 'executing' })).toBe(false);
  });

  it("count: one's own approval lets another release, and not oneself", () => {
    expect(ownApproval(given, 'lan', NOW, en)).toHaveLength(1);
    expect(ownApproval(given, 'mai', NOW, en)).toEqual([]);
    expect(hasApproved(given, 'lan', NOW)).toBe(true);
    expect(othersApprovals(given, 'mai', NOW).map(({ by }) => by)).toEqual(['lan']);
  });

  it('do not count for ever', () => {
    const later = NOW + 6 * 60_000;
    expect(othersApprovals(given, 'mai', later)).toEqual([]);
    expect(hasApproved(given, 'lan', later)).toBe(false);
  });

  it('are nobody\'s business where one person releases', () => {
    expect(ownApproval(one, 'lan', NOW, en)).toEqual([]);
  });
});

describe('work in the grid', () => {
  const said = { by: 'lan', since: ago(90), reason: 'insulator' };
  const permit = { ...said, id: 'W1', sections: ['SA'], isolated_by: ['s1', 's2'], holder: 'crew 3' };
  const work = { permits: [permit], reclosing: { b1: said }, phasing: {} };

  it('shows a permit at its sections, and nothing for a service that tells of none', () => {
    expect(permitsOn('SA', work)).toEqual([permit]);
    expect(permitsOn('SB', work)).toEqual([]);
    expect(permitsOn('SA', undefined)).toEqual([]);
  });

  it('takes ids as they are typed', () => {
    expect(idsIn(' s1, s2  s1;')).toEqual(['s1', 's2']);
    expect(idsIn('  ')).toEqual([]);
  });

  it('comes whole with a change, and stays where a change says nothing of it', () => {
    const [first] = views;
    const told = merge(first!, { sequence: first!.sequence, at: first!.at, work });
    expect(told.work).toEqual(work);
    expect(merge(told, { sequence: told.sequence, at: told.at }).work).toEqual(work);
  });

  it('is a blocker in both languages', () => {
    for (const code of ['blocker-permit', 'blocker-reclosing', 'blocker-phasing'])
      for (const catalogue of Object.values(CATALOGUES)) expect(catalogue[`reason.${code}`]).toBeTruthy();
  });
});
