import { describe, expect, it } from 'vitest';
import type { Draft, GridSwitch, Sheet, SheetRow, SheetStep } from '../src/logic/contract';
import { CATALOGUES, translator } from '../src/logic/i18n';
import { Names } from '../src/logic/incident';
import {
  ACTS, crewWants, draftOf, emptyDraft, missing, moved, movement, note, openSheets, sortedSheets, STEP_MARKS,
  stepInWords, stepsDone, successorOf, switchOf, unchosen,
  undeclared,
} from '../src/logic/sheet';
import { grid } from './fixture';

const names = new Names(grid);
const en = translator('en');
const vi = translator('vi');
const [first, second] = grid.switches as [GridSwitch, GridSwitch];

const head = {
  revision: 1, fingerprint: 'f', planned: true, incident: null, plan: null, prepared_by: 'lan',
  prepared_at: '2026-11-23T02:00:00Z', approved_by: null, approved_at: null, expires_at: null,
  started_by: null, started_at: null, ended_at: null, issuer: 'lan', receiver: '', supervisor: '',
  operator: '', gives_up: [], crews_in_doubt: [], passed: true, title: 'RMU', by_hand: true,
};
const row = (id: string, state: SheetRow['state'], after: string | null = null): SheetRow => ({
  ...head, id, number: `0${id.slice(1)}/11/2026`, state, after, steps: [],
});
const rows = (...all: SheetRow[]) => Object.fromEntries(all.map((one) => [one.id, one]));

const step = (number: number, state: SheetStep['state'], more: Partial<SheetStep> = {}): SheetStep => ({
  act: 'open', by: 'remote', switch: first.id, text: '', number, state, note: null,
  begun_at: null, changed_at: null,
  receiver: '', instructed_by: null, reported_by: null, check: null,
  customers_restored: 0, customers_dropped: 0, sections_restored: [], sections_dropped: [], ...more,
});
const sheet = (steps: SheetStep[]): Sheet => ({
  ...head, id: 'H3', number: '03/11/2026', state: 'stopped', after: null, steps, gives_up: ['S1'],
  etag: '"1.f.stopped"', authors: ['lan'], judged_at: '2026-11-23T02:00:00Z',
  guard: { passed: true, checks: 3, violations: [] }, timeline: [], why_not: [],
  may: { edit: false, approve: false, start: false, stop: false, withdraw: false },
});

describe('the list of sheets', () => {
  it('puts what moves first, and the newest before the oldest', () => {
    const all = rows(row('H2', 'draft'), row('H10', 'draft'), row('H1', 'completed'), row('H3', 'executing'));
    expect(sortedSheets(all).map(({ id }) => id)).toEqual(['H3', 'H10', 'H2', 'H1']);
  });

  it('does not keep asking for one whose successor is drawn', () => {
    const all = rows(row('H1', 'stopped'), row('H2', 'draft', 'H1'), row('H3', 'withdrawn'));
    expect(openSheets(all).map(({ id }) => id)).toEqual(['H2']);
    expect(openSheets(rows(row('H1', 'stopped')))).toHaveLength(1);
    const unheard = { ...row('H1', 'stopped'), crews_in_doubt: [2] };
    expect(openSheets(rows(unheard, row('H2', 'draft', 'H1')))).toHaveLength(2);
  });

  it('has words for every state and act in both languages', () => {
    for (const state of ['draft', 'approved', 'executing', 'completed', 'stopped', 'withdrawn']) {
      expect(CATALOGUES.vi).toHaveProperty([`sheet.state.${state}`]);
    }
    for (const act of ACTS) expect(CATALOGUES.vi).toHaveProperty([`act.${act}`]);
    for (const state of Object.keys(STEP_MARKS)) expect(CATALOGUES.vi).toHaveProperty([`step.${state}`]);
  });
});

describe('a step', () => {
  it('says what is done where, and what the writer added', () => {
    const open: Draft = { ...movement(first, 'open'), text: 'lock it' };
    expect(stepInWords(open, names, en)).toBe(`Open ${names.of(first.id)} (lock it)`);
    expect(stepInWords({ ...note(), text: 'gọi điều độ' }, names, vi)).toBe('gọi điều độ');
  });

  it('goes by telecontrol only where there is one, and never to earth', () => {
    expect(movement({ id: 'a', control: 'remote' }, 'close').by).toBe('remote');
    expect(movement({ id: 'a', control: 'crew' }, 'close').by).toBe('crew');
    expect(movement({ id: 'a', control: 'remote' }, 'earth').by).toBe('crew');
  });

  it('moves up and down and stays where there is no room', () => {
    const two = [movement(first, 'open'), movement(second, 'close')];
    expect(moved(two, 0, 1).map(({ act }) => act)).toEqual(['close', 'open']);
    expect(moved(two, 0, -1)).toEqual(two);
    expect(moved(two, 1, 1)).toEqual(two);
    expect(moved(two, 7, 1)).toEqual(two);
  });
});

describe('what is written', () => {
  it('lacks a title, steps and switches until they are there', () => {
    const draft = emptyDraft('lan');
    expect(missing(draft, en)).toEqual(['say what it is for', 'add a step']);
    draft.paper.title = 'RMU';
    draft.steps = [{ ...movement(first, 'open'), switch: null }, note(), movement(second, 'close')];
    expect(missing(draft, en)).toEqual(['step 1: name a switch of the grid', 'step 2: write the note']);
    draft.steps = draft.steps.map((one) => ({ ...one, deleted: true }));
    expect(missing(draft, en)).toEqual(['add a step']);
  });

  it('finds a switch by id or by a name that only one has', () => {
    expect(switchOf(` ${first.id.toLowerCase()} `, grid.switches)).toBe(first);
    expect(switchOf(names.of(first.id), grid.switches)).toBe(first);
    const twins = [{ ...first, id: 'a', name: 'same' }, { ...first, id: 'b', name: 'same' }];
    expect(switchOf('same', twins)).toBeNull();
    expect(switchOf('', grid.switches)).toBeNull();
  });

  it('names whom it interrupts without a word', () => {
    const steps = [step(1, 'new', { sections_dropped: ['S1', 'S2'] }), step(2, 'new', { sections_dropped: ['S2'] })];
    expect(undeclared(steps, ['S1'])).toEqual(['S2']);
  });
});

describe('a stopped sheet', () => {
  const stopped = sheet([step(1, 'completed'), step(2, 'failed'), step(3, 'deleted'), step(4, 'aborted')]);

  it('is followed by one of what is left to do', () => {
    const next = successorOf(stopped);
    expect(next.steps).toHaveLength(2);
    expect(next.after).toBe('H3');
    expect(next.gives_up).toEqual(['S1']);
  });

  it('counts the steps that are done, and not those that were deleted', () => {
    expect(stepsDone(stopped)).toEqual({ done: 1, total: 3 });
  });

  it('keeps its own steps when it is copied, the deleted ones as such', () => {
    expect(draftOf(stopped).steps.map(({ deleted }) => deleted)).toEqual([false, false, true, false]);
  });
});

it('needs every place of a template but those that may be left out', () => {
  const place = { kind: 'switch' as const, title: '', title_vi: '' };
  const template = {
    id: 't', title: '', title_vi: '',
    parameters: [{ ...place, name: 'a', needed: true }, { ...place, name: 'b', needed: false }],
  };
  expect(unchosen(template, {})).toEqual(['a']);
  expect(unchosen(template, { a: '  ' })).toEqual(['a']);
  expect(unchosen(template, { a: 'S1' })).toEqual([]);
});

describe('what is asked of a person about the step of a crew', () => {
  const crew = (state: SheetStep['state']) => step(1, state, { by: 'crew' });
  const is = (state: SheetRow['state'], ...crews_in_doubt: number[]) => ({ state, crews_in_doubt });

  it('is to tell them, and then what they did', () => {
    expect(crewWants(is('executing'), crew('new'), 1)).toBe('instruct');
    expect(crewWants(is('executing'), crew('instructed'), 1)).toBe('report');
    expect(crewWants(is('executing'), crew('pending'), 1)).toBeNull();
  });
  it('is their word, of each, where the sheet was stopped and nobody has heard of them', () => {
    expect(crewWants(is('stopped', 1), crew('aborted'), 1)).toBe('report');
    expect(crewWants(is('stopped', 3, 4), step(4, 'aborted', { by: 'crew' }), 1)).toBe('report');
    expect(crewWants(is('stopped'), crew('aborted'), 1)).toBeNull();
  });
  it('is nothing where nothing is carried out, nobody is sent, or it is not their turn', () => {
    expect(crewWants(is('approved'), crew('new'), 1)).toBeNull();
    expect(crewWants(is('executing'), step(1, 'new'), 1)).toBeNull();
    expect(crewWants(is('executing'), step(2, 'new', { by: 'crew' }), 1)).toBeNull();
  });
});
