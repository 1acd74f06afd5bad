import type { Shown } from './rows';

/** Symbols after IEC 60617, drawn around (0, 0) with the conductor along the x axis; one unit is
 * half the size of the symbol. Filled is closed, hollow is open, hatched is unknown. */
export type Stroke =
  | { shape: 'line'; x1: number; y1: number; x2: number; y2: number; on: 'body' | 'ink' }
  | { shape: 'box'; x: number; y: number; w: number; h: number }
  | { shape: 'circle'; x: number; y: number; r: number };
export type Symbol = { strokes: Stroke[]; fill: 'filled' | 'hollow' | 'hatched'; letter: string };

const line = (x1: number, y1: number, x2: number, y2: number, on: 'body' | 'ink'): Stroke => ({
  shape: 'line', x1, y1, x2, y2, on,
});
const box = (x: number, y: number, w: number, h: number): Stroke => ({ shape: 'box', x, y, w, h });
const CROSS = [line(-0.6, -0.6, 0.6, 0.6, 'ink'), line(-0.6, 0.6, 0.6, -0.6, 'ink')];

/** The body of each kind of switch; an unknown kind is a plain box. */
const BODIES: Record<string, { strokes: Stroke[]; letter?: string }> = {
  breaker: { strokes: [box(-1, -1, 2, 2), ...CROSS] },
  recloser: { strokes: [box(-1, -1, 2, 2)], letter: 'R' },
  disconnector: { strokes: [box(-0.32, -1.1, 0.64, 2.2)] },
  load_break_switch: {
    strokes: [{ shape: 'circle', x: 0.28, y: 0, r: 0.72 }, line(-0.75, -1.1, -0.75, 1.1, 'body')],
  },
  fuse: { strokes: [box(-1.15, -0.5, 2.3, 1), line(-1.15, 0, 1.15, 0, 'ink')] },
};
const FILL = { closed: 'filled', open: 'hollow', unknown: 'hatched' } as const;

export function symbol(kind: string, shown: Shown): Symbol {
  const body = BODIES[kind] ?? { strokes: [box(-0.8, -0.8, 1.6, 1.6)] };
  return { strokes: body.strokes, fill: FILL[shown], letter: body.letter ?? '' };
}

/** The letter in the glyph of a tag: told apart without colour. */
const TAG_LETTERS: Record<string, string> = {
  no_close: 'C', no_operate: 'O', hot_line: 'H', earth_applied: 'E', caution: '!', delegated: 'D',
  jumper: 'J', cut: 'X',
};
export const TAG_KINDS = Object.keys(TAG_LETTERS);
export const tagLetter = (kind: string): string => TAG_LETTERS[kind] ?? '?';
