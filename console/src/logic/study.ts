import type { Incident, PlayAsked, Played, StageView, View } from './contract';

/** A question that is put together on the study screen. */
export type Question = {
  begins: Played['begins'];
  /** With `begins` moment. */
  at: string | null;
  faults: string[];
  open: string[];
  close: string[];
  tag: string[];
  load_pct: number;
};

export const FAULTS_MAX = 5;
export const emptyQuestion = (at: string | null = null): Question => ({
  begins: at === null ? 'now' : 'moment', at, faults: [], open: [], close: [], tag: [], load_pct: 100,
});

/** A question with its answer. */
export type Study = { number: number; question: Question; played: Played };
/** Each holds three views of the whole grid. */
const STUDIES_MAX = 6;
export const kept = (studies: Study[], one: Study): Study[] => [...studies, one].slice(-STUDIES_MAX);

const without = (list: string[], id: string) => list.filter((one) => one !== id);
const toggled = (list: string[], id: string) => (list.includes(id) ? without(list, id) : [...list, id]);

/** With a fault at that section, or without it if there is one; beyond the most it stays as it is. */
export function withFault(question: Question, section: string): Question {
  const faults = toggled(question.faults, section);
  return faults.length > FAULTS_MAX ? question : { ...question, faults };
}

/** With the switch in that position before the fault, whatever it is; null: as it is. */
export function withSwitch(question: Question, id: string, to: 'open' | 'close' | null): Question {
  const [open, close] = [without(question.open, id), without(question.close, id)];
  return {
    ...question, open: to === 'open' ? [...open, id] : open, close: to === 'close' ? [...close, id] : close,
  };
}

export const withTag = (question: Question, id: string): Question => ({
  ...question, tag: toggled(question.tag, id),
});

/** As the service takes it. */
export const askedOf = ({ load_pct, ...question }: Question): PlayAsked => ({
  ...question, load_scale: load_pct / 100,
});

/** The incident of a view that concerns most customers. */
export function foremost(view: View): Incident | null {
  const incidents = Object.values(view.incidents);
  const most = Math.max(...incidents.map((one) => one.customers_interrupted));
  return incidents.find((one) => one.customers_interrupted === most) ?? null;
}

/** One study in a row, to compare it with others; without a fault, of the state that was asked for. */
export type Summary = {
  interrupted: number; back: number; out: number; steps: number;
  with_plan: number | null; without: number | null;
  flow: StageView['flow'];
};

export function summaryOf({ stages }: Played): Summary | null {
  const [before, last] = [stages[0], stages.at(-1)];
  if (before === undefined || last === undefined) return null;
  const proposed = stages.find(({ stage }) => stage === 'proposed');
  const cards = Object.values(proposed?.view.incidents ?? {});
  const sum = (of: (card: Incident) => number | null | undefined) =>
    cards.reduce((all, card) => all + (of(card) ?? 0), 0);
  const minutes = (key: 'with_plan' | 'without') =>
    cards.length === 0 ? null : sum((card) => card.minutes[key]);
  const out = last.view.system.customers_out;
  return {
    interrupted: sum((card) => card.customers_interrupted), out,
    back: Math.max(0, (proposed ?? last).view.system.customers_out - out),
    steps: sum((card) => card.plan?.steps.length),
    with_plan: minutes('with_plan'), without: minutes('without'), flow: last.flow,
  };
}
