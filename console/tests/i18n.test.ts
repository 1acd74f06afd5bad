import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUES, fill, inWords, knows, languageOf, reasonInWords, translator } from '../src/logic/i18n';
import { SCREENS } from '../src/logic/screens';

const { vi, en } = CATALOGUES;
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const fields = (message: string) =>
  [...new Set([...message.matchAll(/\{(\w+)/g)].map((match) => match[1] ?? ''))].sort();

/** The reason codes of the core, with the parameters that their English names. */
function coreReasons(): Map<string, string[]> {
  const source = read('../gridops/reasons/__init__.py');
  const table = ['of_guard', 'of_automation'].reduce(
    (all, part) => all + read(`../gridops/reasons/${part}.py`),
    source.slice(source.indexOf('ENGLISH')),
  );
  const entries = [...table.matchAll(/^ {8}"([a-z0-9-]+)":\s*((?:\(?\s*"(?:[^"\\]|\\.)*"\s*)+)/gm)];
  return new Map(entries.map(([, code, text]) => [code ?? '', fields(text ?? '')]));
}

describe('catalogues', () => {
  it('have the same keys, none empty', () => {
    expect(Object.keys(vi)).toEqual(Object.keys(en));
    for (const words of [...Object.values(vi), ...Object.values(en)]) expect(words).not.toBe('');
  });

  it('name no parameter in Vietnamese that English lacks', () => {
    const strange = Object.keys(en).filter((key) => {
      const english = fields(en[key] ?? '');
      return fields(vi[key] ?? '').some((field) => !english.includes(field));
    });
    expect(strange).toEqual([]);
  });

  it('word every reason of the core, with every parameter, in both languages', () => {
    const reasons = coreReasons();
    expect(reasons.size).toBeGreaterThan(40);
    const missing = [...reasons.keys()].filter((code) => !knows(`reason.${code}`));
    expect(missing).toEqual([]);
    for (const [code, params] of reasons) {
      expect([code, fields(en[`reason.${code}`] ?? '')]).toEqual([code, params]);
      expect([code, fields(vi[`reason.${code}`] ?? '')]).toEqual([code, params]);
    }
  });

  it('word every trouble of a link', () => {
    const source = read('../gridops/events/field.py');
    const table = source.slice(source.indexOf('class Trouble('), source.indexOf('class LinkTroubled'));
    const kinds = [...table.matchAll(/^ {4}[A-Z_]+ = "(\w+)"/gm)].map((match) => match[1] ?? '');
    expect(kinds.length).toBeGreaterThan(15);
    expect(kinds.filter((kind) => !knows(`trouble.${kind}`))).toEqual([]);
  });

  it('know every key that a component asks for by name', () => {
    const folder = new URL('../src/ui/', import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const asked = files.filter((file) => /\.(svelte|ts)$/.test(file)).flatMap((file) =>
      [...read(`src/ui/${file}`).matchAll(/\bt\(\s*'([\w.]+)'/g)].map((match) => match[1] ?? ''),
    );
    expect(asked.length).toBeGreaterThan(50);
    expect(asked.filter((key) => !knows(key))).toEqual([]);
  });

  it('word every screen', () => {
    expect(SCREENS.filter(({ id }) => !knows(`screen.${id}`))).toEqual([]);
  });
});

describe('parameters', () => {
  it('that are ids are the same ones that the core names', () => {
    const core = read('../gridops/reasons/__init__.py');
    const named = /NAMED = frozenset\(\s*\{([^}]*)\}/.exec(core)?.[1] ?? '';
    const ids = [...named.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? '');
    expect(ids.length).toBeGreaterThan(10);
    const shown = (id: string) => `<${id}>`;
    const t = (_: string, params: Record<string, string | number> = {}) => String(params.x ?? '');
    for (const id of ids) {
      const asked = (_: string, params: Record<string, string | number> = {}) => String(params[id]);
      const reason = { code: 'supply-back', params: { [id]: 'A' } };
      expect(reasonInWords(asked, reason, shown)).toBe('<A>');
    }
    expect(reasonInWords(t, { code: 'supply-back', params: { x: 'A' } }, shown)).toBe('A');
  });
});

describe('words', () => {
  it('are filled with numbers as the language writes them', () => {
    expect(fill('en', '{n} {n?customer:customers} out', { n: 1462 })).toBe('1,462 customers out');
    expect(fill('en', '{n} {n?customer:customers} out', { n: 1 })).toBe('1 customer out');
    expect(fill('vi', '{n} khách hàng', { n: 1462 })).toBe('1.462 khách hàng');
  });

  it('show a missing parameter instead of hiding it', () => {
    expect(fill('en', 'step {step}', {})).toBe('step {step}');
  });

  it('of a code that is newer than the console are the code itself, parameters included', () => {
    const t = translator('vi');
    expect(inWords(t, 'reason', 'brand-new', { device: '471-7' })).toBe('brand-new (device 471-7)');
  });

  it('of a reason carry names for ids, and words for codes', () => {
    const name = (id: string) => (id === 'T1' ? 'LBS T1 Cổ Nhuế' : id);
    const reason = { code: 'step-confirmed', params: { step: 3, switch: 'T1', position: 'closed' } };
    expect(reasonInWords(translator('en'), reason, name)).toBe('step 3: LBS T1 Cổ Nhuế is closed');
    expect(reasonInWords(translator('vi'), reason, name)).toBe('bước 3: LBS T1 Cổ Nhuế đã đóng');
  });

  it.each([
    ['vi-VN', 'vi'],
    ['en', 'en'],
    ['fr-FR', 'vi'],
    [null, 'vi'],
  ])('are in the language that %s asks for', (wanted, language) => {
    expect(languageOf(wanted)).toBe(language);
  });
});
