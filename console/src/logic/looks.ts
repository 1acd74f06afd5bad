import type { SectionView, SwitchView, View } from './contract';
import { shownPosition } from './rows';

/** Whether the diagram of both views is the same. Measurements come every second, and change nothing
 * that is drawn. Costs a comparison for each entry: what did not change keeps its identity. */
export function looksAlike(before: View, after: View): boolean {
  return (
    alike(before.switches, after.switches, isSameSymbol) &&
    alike(before.sections, after.sections, isSameLine)
  );
}

function alike<T>(
  before: Record<string, T>, after: Record<string, T>, isSame: (a: T, b: T) => boolean,
): boolean {
  if (before === after) return true;
  for (const id in after) {
    const [a, b] = [before[id], after[id]];
    if (a === b) continue;
    if (a === undefined || b === undefined || !isSame(a, b)) return false;
  }
  return Object.keys(before).every((id) => id in after);
}

const isSameLine = (a: SectionView, b: SectionView): boolean => a.state === b.state;

function isSameSymbol(a: SwitchView, b: SwitchView): boolean {
  const tags = (live: SwitchView) => live.tags.map(({ kind }) => kind).join();
  return (
    shownPosition(a) === shownPosition(b) && a.flag === b.flag && tags(a) === tags(b) &&
    (a.quality === 'substituted') === (b.quality === 'substituted')
  );
}
