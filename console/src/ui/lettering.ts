import { byRank, Space, type Label } from '../logic/labels';
import type { Point } from '../logic/layout';
import { isOffNormal } from '../logic/rows';
import { toScreen } from '../logic/viewport';
import { inPieces, isDot, isFar, isOverview, PIECE, symbolSize, type Picture } from './picture';

type Text = Label & { weight: number; colour: string };
/** `half`: half the size of what the words stand beside, in pixels. */
type Look = Pick<Text, 'rank' | 'weight' | 'colour'> & { half: number };

/** Labels from this rank on are drawn on the overview as well. */
const OUTSTANDING = 3;
const OUTSIDE = 40;
/** Distance between the points of a line that labels keep clear of, in pixels. */
const CLEAR_PX = 10;
const WIDTHS_MAX = 50_000;
/** Labels between two looks at the clock: each tries many spots. */
const LABELS = PIECE / 8;

/** Whether a point is on the canvas, or so near that its marks are. */
function isSeen({ width, height }: Picture, q: Point): boolean {
  return q.x > -OUTSIDE && q.y > -OUTSIDE && q.x < width + OUTSIDE && q.y < height + OUTSIDE;
}

/** Every label that has room, the most important first. Yields between pieces of the work. */
export function* paintLabels(p: Picture): Generator<void> {
  const { context: c, palette } = p;
  const edge = p.margin + 2;
  const room = { x: edge, y: edge, width: p.width - 2 * edge, height: p.height - 2 * edge };
  const wanted = yield* labels(p);
  const space = new Space(room);
  yield* obstacles(p, space);
  c.textAlign = 'left';
  c.textBaseline = 'top';
  yield* inPieces(byRank(wanted), (one) => {
    const placed = space.place(one);
    if (placed === null) return;
    const { label, x, y } = placed;
    c.font = `${label.weight} 12px ${palette.font}`;
    c.lineWidth = 3;
    c.strokeStyle = palette.canvas;
    c.strokeText(label.text, x, y);
    c.fillStyle = label.colour;
    c.fillText(label.text, x, y);
  }, LABELS);
}

/** What labels must not cover: symbols with their marks, nodes, and the lines themselves. */
function* obstacles(p: Picture, space: Space): Generator<void> {
  const size = symbolSize(p.viewport);
  const around = (q: Point, half: number) =>
    space.occupy({ x: q.x - half, y: q.y - half, width: 2 * half, height: 2 * half });
  yield* inPieces(p.seen.switches, (item) => {
    if (isFar(p) && isDot(p, item)) return;
    const { fixed, at } = item;
    const live = p.view.switches[fixed.id];
    const q = toScreen(p.viewport, at);
    const flagged = live?.flag === 'yes' || live?.flag === 'failed';
    around(q, size + (isOffNormal(fixed, live) ? 5 : 0));
    if (flagged) space.occupy({ x: q.x + size, y: q.y - size - 14, width: 16, height: 16 });
    if (p.steps.has(fixed.id)) space.occupy({ x: q.x - size - 18, y: q.y - size - 7, width: 18, height: 18 });
    const tags = live?.tags.length ?? 0;
    const row = 14 * tags;
    if (tags > 0) space.occupy({ x: q.x - size - row, y: q.y - size - 14, width: row, height: 16 });
  });
  // From afar names may lie on lines: there is no other place.
  if (isFar(p)) return;
  yield* inPieces(p.seen.nodes, ({ node, at }) => {
    if (node.kind !== 'terminal') around(toScreen(p.viewport, at), size * 0.8);
  });
  yield* inPieces([...p.seen.branches, ...p.placed.bars.values()], (line) => {
    const [a, b] = [toScreen(p.viewport, line.a), toScreen(p.viewport, line.b)];
    const points = Math.ceil(Math.hypot(b.x - a.x, b.y - a.y) / CLEAR_PX);
    for (let i = 0; i <= points; i++) {
      const q = { x: a.x + ((b.x - a.x) * i) / points, y: a.y + ((b.y - a.y) * i) / points };
      if (isSeen(p, q)) around(q, 3);
    }
  });
}

function* labels(p: Picture): Generator<void, Text[]> {
  const { palette, placed, seen, view } = p;
  const least = isOverview(p) ? OUTSTANDING : 0;
  const texts: Text[] = [];
  yield* inPieces(seen.switches, ({ fixed, at }) => {
    const live = view.switches[fixed.id];
    const planned = p.steps.has(fixed.id);
    const marked = planned || isOffNormal(fixed, live) || fixed.tie || fixed.feeder !== null;
    const rank = planned ? 5 : marked ? 3 : 1;
    if (rank < least) return;
    const weight = marked ? 700 : 400;
    const colour = marked ? palette.label : palette.labelSoft;
    const half = symbolSize(p.viewport) + (isOffNormal(fixed, live) ? 5 : 0);
    texts.push(text(p, fixed.name || fixed.id, at, { rank, weight, colour, half }));
  });
  yield* inPieces(seen.nodes, ({ node, at }) => {
    if (!node.name || node.kind === 'terminal' || node.kind === 'joint') return;
    const bar = placed.bars.get(node.id);
    const weight = node.kind === 'busbar' ? 700 : 600;
    const rank = node.kind === 'busbar' ? 4 : 2;
    if (rank < least) return;
    const half = symbolSize(p.viewport);
    texts.push(text(p, node.name, bar ? bar.a : at, { rank, weight, colour: palette.label, half }));
  });
  return texts;
}

function text(
  p: Picture, words: string, at: Point, { half, ...look }: Look,
): Text {
  const q = toScreen(p.viewport, at);
  const width = widthOf(p, words, look.weight);
  const gap = half + 3;
  const [left, centred, right] = [q.x - gap - width, q.x - width / 2, q.x + gap];
  const [above, level, below] = [q.y - gap - 14, q.y - 7, q.y + gap];
  const spots = [
    { x: centred, y: below },
    { x: centred, y: above },
    { x: right, y: level },
    { x: left, y: level },
    { x: right - gap, y: below },
    { x: right - gap, y: above },
    { x: left + gap, y: below },
    { x: left + gap, y: above },
    { x: centred, y: above - 12 },
    { x: centred, y: below + 12 },
  ];
  return { text: words, width, height: 15, spots, ...look };
}

const widths = new Map<string, number>();

/** Measuring a name takes longer than drawing it. */
function widthOf({ context: c, palette }: Picture, words: string, weight: number): number {
  const font = `${weight} 12px ${palette.font}`;
  const key = `${font} ${words}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (widths.size >= WIDTHS_MAX) widths.clear();
  c.font = font;
  const width = c.measureText(words).width + 2;
  widths.set(key, width);
  return width;
}
