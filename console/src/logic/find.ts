import type { Grid } from './contract';
import type { Names } from './incident';
import type { Target } from './viewport';

/** Something on the diagram, by the words that people know it by. */
export type Findable = Target & { label: string; folded: string };

/** Small letters without marks: who types `ho guom` means Hồ Gươm. */
const fold = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D').toLowerCase().trim();

/** Every switch, then every section, in grid order. */
export function findables(grid: Grid, names: Names): Findable[] {
  const one = (kind: Target['kind'], id: string, name: string): Findable => {
    const label = name === id || name === '' ? id : `${name} · ${id}`;
    return { kind, id, label, folded: fold(label) };
  };
  return [
    ...grid.switches.map(({ id, name }) => one('switch', id, name)),
    ...grid.sections.map(({ id }) => one('section', id, names.place(id))),
  ];
}

/** At most `most` that are meant by what was typed: what is called so, then what begins so, then what
 * contains it. */
export function found(all: readonly Findable[], typed: string, most: number): Findable[] {
  const wanted = fold(typed);
  if (wanted === '') return [];
  const rank = ({ folded }: Findable): number => {
    if (folded === wanted || folded.split(' · ').includes(wanted)) return 0;
    return folded.startsWith(wanted) ? 1 : folded.includes(wanted) ? 2 : 3;
  };
  return all
    .map((one) => ({ one, at: rank(one) }))
    .filter(({ at }) => at < 3)
    .sort((a, b) => a.at - b.at)
    .slice(0, most)
    .map(({ one }) => one);
}
