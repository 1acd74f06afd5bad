import type {
  Draft, DraftSheet, GridSwitch, Paper, Reason, Sheet, SheetLine, SheetRow, SheetState, SheetStep,
  SheetTemplate, StepAct,
} from './contract';
import { reasonInWords, type Translate } from './i18n';
import type { Names } from './incident';

export const ACTS: readonly StepAct[] = ['open', 'close', 'check_dead', 'earth', 'unearth', 'note'];

/** Shape and word go together: a state is never told by colour alone. */
export const STEP_MARKS: Record<SheetStep['state'], string> = {
  new: '○', instructed: '◔', pending: '◔', completed: '●', previously_completed: '●',
  failed: '✘', aborted: '–', deleted: '–',
};

/** Still to be worked on, or under way: what the list shows without being asked. */
const CURRENT: readonly SheetState[] = ['executing', 'stopped', 'approved', 'draft'];
const over = (state: SheetState): boolean => state === 'completed' || state === 'withdrawn';

/** What needs somebody first; within a state the newest first. */
export function sortedSheets(sheets: Record<string, SheetRow>): SheetRow[] {
  const rank = ({ state }: SheetRow) => {
    const place = CURRENT.indexOf(state);
    return place < 0 ? CURRENT.length : place;
  };
  const order = (a: SheetRow, b: SheetRow) =>
    rank(a) - rank(b) || b.id.localeCompare(a.id, 'en', { numeric: true });
  return Object.values(sheets).sort(order);
}

/** Those that wait for somebody. A stopped one whose successor is drawn waits for nobody, unless its crew
 * has not been heard. */
export function openSheets(sheets: Record<string, SheetRow>): SheetRow[] {
  const followed = new Set(Object.values(sheets).map(({ after }) => after));
  return sortedSheets(sheets).filter(
    ({ id, state, crews_in_doubt }) =>
      !over(state) && !(state === 'stopped' && followed.has(id) && crews_in_doubt.length === 0),
  );
}

const DONE: readonly SheetLine['state'][] = ['completed', 'previously_completed'];

/** How many of the steps that count are done. */
export function stepsDone({ steps }: Pick<SheetRow, 'steps'>): { done: number; total: number } {
  return {
    done: steps.filter(({ state }) => DONE.includes(state)).length,
    total: steps.filter(({ state }) => state !== 'deleted').length,
  };
}

/** What a crew says of its step; `failed`: it could not, and no further plan uses the switch. */
export type CrewWord = 'done' | 'turned_back' | 'failed';

/** What a person has to say of a crew's step: tell a crew, or pass on what they did; `next` is the first
 * step that is not done. The crews of a stopped sheet that nobody has heard of are still waited for, each. */
export function crewWants(
  sheet: Pick<SheetRow, 'state' | 'crews_in_doubt'>, step: Pick<SheetLine, 'number' | 'by' | 'state'>,
  next: number | undefined,
): 'instruct' | 'report' | null {
  if (sheet.crews_in_doubt.includes(step.number)) return 'report';
  if (sheet.state !== 'executing' || step.by !== 'crew' || step.number !== next) return null;
  return step.state === 'new' ? 'instruct' : step.state === 'instructed' ? 'report' : null;
}

/** "Open 471-7", "Check dead 471-7", or what the person wrote. */
export function stepInWords(step: Pick<Draft, 'act' | 'switch' | 'text'>, names: Names, t: Translate): string {
  const what = step.act === 'note' ? step.text : `${t(`act.${step.act}`)} ${place(step, names)}`;
  const more = step.act === 'note' || step.text === '' ? '' : ` (${step.text})`;
  return `${what}${more}`;
}

const place = ({ switch: ident }: Pick<Draft, 'switch'>, names: Names): string =>
  ident === null ? '' : names.of(ident);

export const emptyPaper = (user: string): Paper => ({
  title: '', planned: true, issuer: user, receiver: '', supervisor: '', operator: '',
});

export const emptyDraft = (user: string): DraftSheet => ({
  paper: emptyPaper(user), steps: [], gives_up: [],
});

/** How a switch is operated by itself: by telecontrol where it has it. */
export const movement = (
  fixed: Pick<GridSwitch, 'id' | 'control'>, act: StepAct,
): Draft => ({
  act, by: act === 'check_dead' || act === 'earth' || act === 'unearth' || fixed.control !== 'remote'
    ? 'crew' : 'remote',
  switch: fixed.id, text: '', deleted: false,
});

export const note = (): Draft => ({ act: 'note', by: 'crew', switch: null, text: '', deleted: false });

/** A copy of the sheet to be edited. */
export const draftOf = (sheet: Sheet): DraftSheet => ({
  paper: {
    title: sheet.title, planned: sheet.planned, issuer: sheet.issuer, receiver: sheet.receiver,
    supervisor: sheet.supervisor, operator: sheet.operator,
  },
  steps: sheet.steps.map(({ act, by, switch: ident, text, state }) => ({
    act, by, switch: ident, text, deleted: state === 'deleted',
  })),
  gives_up: [...sheet.gives_up],
  incident: sheet.incident,
  after: sheet.after,
});

/** What is left to do of a stopped sheet, as the beginning of the next one. */
export const successorOf = (sheet: Sheet): DraftSheet => {
  const over = [...DONE, 'deleted'];
  const left = new Set(sheet.steps.filter(({ state }) => !over.includes(state)).map((s) => s.number));
  const whole = draftOf(sheet);
  return {
    ...whole,
    steps: whole.steps.filter((_, index) => left.has(sheet.steps[index]?.number ?? 0)),
    after: sheet.id,
  };
};

/** The steps with the one at `index` moved by `by` places, as far as there is room. */
export function moved(steps: readonly Draft[], index: number, by: -1 | 1): Draft[] {
  const to = index + by;
  const copy = [...steps];
  const one = copy[index];
  if (one === undefined || to < 0 || to >= copy.length) return copy;
  copy.splice(index, 1);
  copy.splice(to, 0, one);
  return copy;
}

/** Whom the draft interrupts without having declared it: to be given up openly, or not at all. */
export function undeclared(steps: readonly SheetStep[], gives_up: readonly string[]): string[] {
  const declared = new Set(gives_up);
  const dropped = steps.flatMap(({ sections_dropped }) => sections_dropped);
  return [...new Set(dropped)].filter((section) => !declared.has(section));
}

/** What is missing before it can be sent at all, in the reader's words. */
export function missing(draft: DraftSheet, t: Translate): string[] {
  const told: string[] = [];
  if (draft.paper.title.trim() === '') told.push(t('sheet.lacks.title'));
  const steps = draft.steps.filter(({ deleted }) => !deleted);
  if (steps.length === 0) told.push(t('sheet.lacks.steps'));
  draft.steps.forEach((step, index) => {
    if (step.deleted) return;
    if (step.act === 'note' && step.text.trim() === '') told.push(t('sheet.lacks.text', { n: index + 1 }));
    if (step.act !== 'note' && !step.switch) told.push(t('sheet.lacks.switch', { n: index + 1 }));
  });
  return told;
}

/** The switch that somebody means: its id, or its name if only one is called so. */
export function switchOf(typed: string, switches: readonly GridSwitch[]): GridSwitch | null {
  const wanted = typed.trim().toLocaleLowerCase();
  const byId = switches.find(({ id }) => id.toLocaleLowerCase() === wanted);
  if (byId) return byId;
  const named = switches.filter(({ name }) => name.toLocaleLowerCase() === wanted);
  return named.length === 1 ? (named[0] ?? null) : null;
}

/** Why it cannot go on now, in words. */
export function whyNot(reasons: readonly Reason[], names: Names, t: Translate): string[] {
  return reasons.map((reason) => reasonInWords(t, reason, names.of));
}

/** Names of the places that a template still needs. */
export const unchosen = (
  { parameters }: SheetTemplate, chosen: Readonly<Record<string, string>>,
): string[] =>
  parameters.filter(({ name, needed }) => needed && !chosen[name]?.trim()).map(({ name }) => name);
