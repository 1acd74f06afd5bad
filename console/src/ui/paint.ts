import type { PlacedNode, Point } from '../logic/layout';
import { toScreen } from '../logic/viewport';
import { paintSwitch } from './glyphs';
import { paintLabels } from './lettering';
import {
  dot, inPieces, isDot, isFar, isOverview, PIECE, stateOf, symbolSize, type Picture, type State,
} from './picture';

/** What deserves attention is drawn over what does not. */
const ORDER: readonly State[] = ['supplied', 'unknown', 'dark', 'isolated', 'suspected'];
const DASHES: Partial<Record<State, number[]>> = { dark: [8, 5], unknown: [2, 4] };
const [THICK_PX, THIN_PX] = [2.8, 1.8];
/** From afar lines are this much thinner: what lies beside each other must not run together. */
const FAR_SHARE = 0.6;

/** Ends of lines on the canvas, four numbers each. */
type Ends = number[];

/** Draws the whole diagram once, and yields after every piece of it. Nothing is told by colour
 * alone: supplied is thick, dark is thin and dashed, suspected is hatched, isolated is a fence of
 * two rails. */
export function* paint(p: Picture): Generator<void> {
  const { context: c, width, height, ratio, palette } = p;
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.fillStyle = palette.canvas;
  c.fillRect(0, 0, width, height);
  if (isOverview(p)) outlineSuspected(p);
  yield* paintLines(p);
  yield* inPieces(p.seen.nodes, (node) => paintNode(p, node));
  yield* inPieces(p.seen.switches, (item) => paintSwitch(p, item));
  yield* paintLabels(p);
}

function* paintLines(p: Picture): Generator<void> {
  const { target, seen } = p;
  if (target?.kind === 'section') {
    for (const line of seen.branches) {
      if (line.section !== target.id) continue;
      plainLine(p, toScreen(p.viewport, line.a), toScreen(p.viewport, line.b), p.palette.focus, 16, 0.22);
    }
  }
  const lines = yield* linesOf(p);
  for (const state of ORDER) {
    const ends = lines[state];
    for (let at = 0; at < ends.length; at += 4 * PIECE) {
      strokeState(p, state, ends.slice(at, at + 4 * PIECE));
      yield;
    }
  }
  for (const bar of p.placed.bars.values()) {
    const [a, b] = [toScreen(p.viewport, bar.a), toScreen(p.viewport, bar.b)];
    const state = stateOf(p, bar.section);
    plainLine(p, a, b, p.palette[state], Math.max(4, 7 * Math.min(p.viewport.scale, 1)));
  }
}

/** Everything that conducts, by state: branches, and what leads to a switch on both sides. */
function* linesOf(p: Picture): Generator<void, Record<State, Ends>> {
  const lines: Record<State, Ends> = { supplied: [], unknown: [], dark: [], isolated: [], suspected: [] };
  const { viewport: v, seen } = p;
  const add = (section: string | null, a: Point, b: Point) => {
    lines[stateOf(p, section)].push(a.x * v.scale + v.x, a.y * v.scale + v.y, b.x * v.scale + v.x, b.y * v.scale + v.y);
  };
  yield* inPieces(seen.branches, ({ section, a, b }) => add(section, a, b));
  yield* inPieces(seen.switches, (item) => {
    const { a, b, at } = item;
    const half = isDot(p, item) ? 0 : symbolSize(v) / v.scale;
    const edge = (end: Point): Point => {
      const d = Math.hypot(end.x - at.x, end.y - at.y);
      const f = d === 0 ? 0 : Math.min(half / d, 1);
      return { x: at.x + (end.x - at.x) * f, y: at.y + (end.y - at.y) * f };
    };
    add(item.sectionA, a, edge(a));
    add(item.sectionB, edge(b), b);
  });
  return lines;
}

function plainLine(
  { context: c }: Picture, a: Point, b: Point, colour: string, width: number, alpha = 1,
): void {
  c.save();
  c.globalAlpha = alpha;
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.lineCap = alpha < 1 ? 'round' : 'butt';
  c.beginPath();
  c.moveTo(a.x, a.y);
  c.lineTo(b.x, b.y);
  c.stroke();
  c.restore();
}

/** All lines of one state as one path: each stroke of its own would cost as much as a hundred. */
function strokeState(p: Picture, state: State, ends: Ends): void {
  if (state === 'suspected' || state === 'isolated') {
    const mark = state === 'suspected' ? hatchedBand : rails;
    for (let at = 0; at < ends.length; at += 4) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = ends.slice(at, at + 4);
      mark(p, { x: x1, y: y1 }, { x: x2, y: y2 });
    }
    return;
  }
  const c = p.context;
  c.save();
  c.setLineDash(DASHES[state] ?? []);
  c.strokeStyle = p.palette[state];
  c.lineWidth = (state === 'supplied' ? THICK_PX : THIN_PX) * (isFar(p) ? FAR_SHARE : 1);
  c.beginPath();
  for (let at = 0; at < ends.length; at += 4) {
    c.moveTo(ends[at] as number, ends[at + 1] as number);
    c.lineTo(ends[at + 2] as number, ends[at + 3] as number);
  }
  c.stroke();
  c.restore();
}

/** Calls `mark` in a frame whose x axis runs along the line, with the length of the line. */
function along(p: Picture, a: Point, b: Point, mark: (length: number) => void): void {
  const c = p.context;
  c.save();
  c.translate(a.x, a.y);
  c.rotate(Math.atan2(b.y - a.y, b.x - a.x));
  mark(Math.hypot(b.x - a.x, b.y - a.y));
  c.restore();
}

function hatchedBand(p: Picture, a: Point, b: Point): void {
  const { context: c, palette } = p;
  along(p, a, b, (length) => {
    c.fillStyle = palette.suspectedSoft;
    c.fillRect(0, -6, length, 12);
    c.beginPath();
    c.rect(0, -6, length, 12);
    c.clip();
    c.strokeStyle = palette.suspected;
    c.lineWidth = 1.8;
    c.beginPath();
    for (let x = -6; x < length + 6; x += 7) {
      c.moveTo(x - 4, 6);
      c.lineTo(x + 4, -6);
    }
    c.moveTo(0, 0);
    c.lineTo(length, 0);
    c.stroke();
  });
}

function rails(p: Picture, a: Point, b: Point): void {
  const { context: c, palette } = p;
  along(p, a, b, (length) => {
    c.strokeStyle = palette.isolated;
    c.lineWidth = 1.6;
    c.beginPath();
    for (const y of [-3.5, 3.5]) {
      c.moveTo(0, y);
      c.lineTo(length, y);
    }
    for (let x = 4; x < length; x += 9) {
      c.moveTo(x, -6);
      c.lineTo(x, 6);
    }
    c.stroke();
  });
}

function paintNode(p: Picture, { node, at }: PlacedNode): void {
  if (node.kind === 'terminal' || node.kind === 'joint') return;
  const { context: c, palette } = p;
  const q = toScreen(p.viewport, at);
  if (p.placed.bars.has(node.id)) return;
  const size = symbolSize(p.viewport);
  c.strokeStyle = c.fillStyle = palette[stateOf(p, node.section)];
  c.lineWidth = 2;
  c.beginPath();
  const overview = isOverview(p) && node.kind !== 'busbar';
  if (overview && isFar(p)) return;
  if (node.kind === 'pole' || overview) {
    const r = overview ? 2.4 : Math.max(2, size * 0.32);
    return dot(p, q, r, palette[stateOf(p, node.section)]);
  }
  const half = size * 0.8;
  if (node.kind === 'station') c.arc(q.x, q.y, half, 0, 2 * Math.PI);
  else c.rect(q.x - half, q.y - half, 2 * half, 2 * half);
  c.fillStyle = palette.card;
  c.fill();
  c.stroke();
}

/** From afar a suspected section is a speck; one outline around all that hang together makes them
 * findable. */
function outlineSuspected(p: Picture): void {
  const { context: c, palette } = p;
  const isSuspected = (section: string | null) => stateOf(p, section) === 'suspected';
  const lines = [
    ...p.seen.branches.filter((line) => isSuspected(line.section)),
    ...p.seen.switches.filter((one) => isSuspected(one.sectionA) && isSuspected(one.sectionB)),
  ].map(({ a, b }) => [toScreen(p.viewport, a), toScreen(p.viewport, b)] as const);
  const spots = p.seen.nodes.filter(({ node }) => isSuspected(node.section));
  c.save();
  c.lineCap = c.lineJoin = 'round';
  for (const [width, colour] of [[46, palette.suspected], [42, palette.canvas]] as const) {
    c.strokeStyle = c.fillStyle = colour;
    c.lineWidth = width;
    c.beginPath();
    for (const [from, to] of lines) {
      c.moveTo(from.x, from.y);
      c.lineTo(to.x, to.y);
    }
    c.stroke();
    for (const { at } of spots) dot(p, toScreen(p.viewport, at), width / 2, colour);
  }
  c.restore();
}
