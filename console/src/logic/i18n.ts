import type { Reason } from './contract';
import { formatNumber } from './format';

export const LANGUAGES = ['vi', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export type Catalogue = Record<string, string>;
/** The words of each language, once it is learnt. */
export const CATALOGUES: Record<Language, Catalogue> = { vi: {}, en: {} };
const FETCH: Record<Language, () => Promise<{ default: Catalogue }>> = {
  vi: () => import('../i18n/vi.json'), en: () => import('../i18n/en.json'),
};

/** Fetches the words of a language, to be called before anything is said in it. Raises: TypeError if
 * they cannot be had. */
export async function learn(language: Language): Promise<void> {
  CATALOGUES[language] = (await FETCH[language]()).default;
}

export type Params = Record<string, string | number>;
/** Words for a key in one language. */
export type Translate = (key: string, params?: Params) => string;

export function languageOf(wanted: string | null | undefined): Language {
  return LANGUAGES.find((language) => wanted?.toLowerCase().startsWith(language)) ?? 'vi';
}

const FIELD = /\{(\w+)(?:\?([^:}]*):([^}]*))?\}/g;

/** Fills `{name}` with the parameter (numbers as the language writes them) and `{name?one:many}`
 * with the first word if the parameter is 1. A parameter that is missing stays visible. */
export function fill(language: Language, message: string, params: Params): string {
  return message.replace(FIELD, (whole, name: string, one?: string, many?: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    if (one !== undefined && many !== undefined) return value === 1 ? one : many;
    return typeof value === 'number' ? formatNumber(language, value, 2) : value;
  });
}

export function translator(language: Language): Translate {
  const catalogue = CATALOGUES[language];
  return (key, params = {}) => fill(language, catalogue[key] ?? key, params);
}

/** Whether there are words for this key: each catalogue has the same. */
export function knows(key: string): boolean {
  return LANGUAGES.some((language) => key in CATALOGUES[language]);
}

/** A code of the service in words; one that is newer than this console is shown as it came,
 * parameters included, never hidden. */
export function inWords(t: Translate, group: string, code: string, params: Params = {}): string {
  const key = `${group}.${code}`;
  if (knows(key)) return t(key, params);
  const details = Object.entries(params).map(([name, value]) => `${name} ${value}`);
  return details.length ? `${code} (${details.join(', ')})` : code;
}

/** Parameters that are themselves codes, and the group that has their words. */
const CODED: Record<string, string> = {
  tag: 'tag', position: 'position', cause: 'cause', mode: 'mode', phase: 'phase', kind: 'tag',
  why: 'limit', because: 'limit', trouble: 'trouble',
};
/** Parameters that are ids of the grid; the reader knows them by name. */
const NAMED = new Set([
  'device', 'devices', 'switch', 'feeder', 'feeders', 'element', 'link', 'branch', 'node',
  'section', 'sections', 'load', 'others', 'place',
]);
/** What stands between the parts of a parameter; else a comma. */
const JOINTS: Record<string, string> = { clauses: ' ', whys: '; ' };

const asIs = (text: string) => text;

/** A reason in the reader's language, ids shown as the names that `name` gives, instants as
 * `clock` reads them. */
export function reasonInWords(
  t: Translate, reason: Reason, name: (id: string) => string = asIs,
  clock: (instant: string) => string = asIs,
): string {
  const words = (key: string, value: string | number | Reason): string | number => {
    if (typeof value === 'number') return value;
    if (typeof value !== 'string') return reasonInWords(t, value, name, clock);
    const group = CODED[key];
    if (group !== undefined) return wordsOfCode(t, group, value);
    if (key === 'since') return clock(value);
    return NAMED.has(key) ? name(value) : value;
  };
  const params: Params = {};
  for (const [key, value] of Object.entries(reason.params)) {
    params[key] = Array.isArray(value)
      ? value.map((part) => words(key, part)).join(JOINTS[key] ?? ', ')
      : words(key, value);
  }
  return inWords(t, 'reason', reason.code, params).trim();
}

function wordsOfCode(t: Translate, group: string, value: string): string {
  const key = [`refusal.${value}`, `${group}.${value}`, `reason.${value}`, `problem.${value}`].find(knows);
  return key === undefined ? value : t(key);
}
