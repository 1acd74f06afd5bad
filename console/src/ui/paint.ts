import type { SectionState, View } from '../logic/contract';
import { withoutOverlap, type Label, type Rect } from '../logic/labels';
import type { Layout, PlacedNode, PlacedSwitch, Point } from '../logic/layout';
import { isOffNormal, shownPosition } from '../logic/rows';
import { symbol, tagLetter, type Stroke } from '../logic/symbols';
import { toScreen, type Target, type Viewport } from '../logic/viewport';

type State = SectionState | 'unknown';
export type Palette = Record<
  | 'canvas' | 'card' | 'closed' | 'open' | 'ink' | 'label' | 'labelSoft' | 'symbol' | 'alarm' | 'action' | 'focus'
  | 'go' | 'supplied' | 'dark' | 'suspected' | 'suspectedSoft' | 'isolated' | 'unknown' | 'font',
  string
>;

/** The colours of the diagram, from the one file that holds them. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    canvas: token('canvas'), card: token('card'), closed: token('closed'), open: token('open'),
    ink: token('ink'), label: token('label'),
    labelSoft: token('label-soft'), symbol: token('symbol'), alarm: token('alarm'),
    action: token('action'), focus: token('focus'), supplied: token('supplied'),
    dark: token('dark'), go: token('go'), suspected: token('suspected'), isolated: token('isolated'),
    suspectedSoft: token('suspected-soft'), unknown: token('unknown'), font: token('font'),
  };
}

export type Picture = {
  context: CanvasRenderingContext2D;
  width: number; height: number; ratio: number;
  placed: Layout; view: View; viewport: Viewport; palette: Palette; target: Target | null;
  /** Steps of the plan on show that are still to come: switch and number. */
  steps: ReadonlyMap<string, number>;
};
type Text = Label & { weight: number; colour: string };
/** `half`: half the size of what the words stand beside, in pixels. */
type Look = Pick<Text, 'rank' | 'weight' | 'colour'> & { half: number };

/** Below this scale the drawing is an overview: dots for what is as it should be, names only for
 * what stands out. */
const DETAIL_SCALE = 0.26;
/** Labels from this rank on are drawn on the overview as well. */
const OUTSTANDING = 3;
const OUTSIDE = 40;
/** Distance between the points of a line that labels keep clear of, in pixels. */
const CLEAR_PX = 10;

/** Draws the whole diagram once. Nothing is told by colour alone: supplied is thick, dark is thin
 * and dashed, suspected is hatched, isolated is a fence of two rails. */
export function paint(p: Picture): void {
  const { context: c, width, height, ratio, palette } = p;
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.fillStyle = palette.canvas;
  c.fillRect(0, 0, width, height);
  if (p.viewport.scale < DETAIL_SCALE) outlineSuspected(p);
  paintLines(p);
  for (const node of p.placed.nodes) paintNode(p, node);
  for (const item of p.placed.switches) paintSwitch(p, item);
  paintLabels(p);
}

const stateOf = (p: Picture, section: string | null): State =>
  section === null ? 'unknown' : (p.view.sections[section]?.state ?? 'unknown');

export const symbolSize = (v: Viewport): number => Math.min(Math.max(11 * v.scale + 2.5, 5), 14);

/** Whether a point is on the screen, or so near that its marks are. */
function isSeen({ width, height }: Picture, q: Point): boolean {
  return q.x > -OUTSIDE && q.y > -OUTSIDE && q.x < width + OUTSIDE && q.y < height + OUTSIDE;
}

function paintLines(p: Picture): void {
  for (const line of p.placed.branches) {
    const chosen = p.target?.kind === 'section' && p.target.id === line.section;
    conductor(p, stateOf(p, line.section), line.a, line.b, chosen);
  }
  for (const item of p.placed.switches) {
    const [a, b, at] = [item.a, item.b, item.at].map((q) => toScreen(p.viewport, q));
    if (!a || !b || !at) continue;
    const half = isDot(p, item) ? 0 : symbolSize(p.viewport);
    const edge = (end: Point): Point => {
      const d = Math.hypot(end.x - at.x, end.y - at.y);
      const f = d === 0 ? 0 : Math.min(half / d, 1);
      return { x: at.x + (end.x - at.x) * f, y: at.y + (end.y - at.y) * f };
    };
    strokeState(p, stateOf(p, item.sectionA), a, edge(a));
    strokeState(p, stateOf(p, item.sectionB), edge(b), b);
  }
  for (const bar of p.placed.bars.values()) {
    const [a, b] = [toScreen(p.viewport, bar.a), toScreen(p.viewport, bar.b)];
    const state = stateOf(p, bar.section);
    plainLine(p, a, b, p.palette[state], Math.max(4, 7 * Math.min(p.viewport.scale, 1)));
  }
}

function conductor(p: Picture, state: State, a: Point, b: Point, chosen: boolean): void {
  const [from, to] = [toScreen(p.viewport, a), toScreen(p.viewport, b)];
  if (chosen) plainLine(p, from, to, p.palette.focus, 16, 0.22);
  strokeState(p, state, from, to);
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

function strokeState(p: Picture, state: State, a: Point, b: Point): void {
  const c = p.context;
  const colour = p.palette[state];
  if (state === 'supplied') return plainLine(p, a, b, colour, 2.8);
  if (state === 'suspected') return hatchedBand(p, a, b);
  if (state === 'isolated') return rails(p, a, b);
  c.save();
  c.setLineDash(state === 'dark' ? [8, 5] : [2, 4]);
  plainLine(p, a, b, colour, 1.8);
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
  if (p.placed.bars.has(node.id) || !isSeen(p, q)) return;
  const size = symbolSize(p.viewport);
  c.strokeStyle = c.fillStyle = palette[stateOf(p, node.section)];
  c.lineWidth = 2;
  c.beginPath();
  const overview = p.viewport.scale < DETAIL_SCALE && node.kind !== 'busbar';
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

function trace(c: CanvasRenderingContext2D, stroke: Stroke, s: number): void {
  if (stroke.shape === 'line') {
    c.moveTo(stroke.x1 * s, stroke.y1 * s);
    c.lineTo(stroke.x2 * s, stroke.y2 * s);
  } else if (stroke.shape === 'box') {
    c.rect(stroke.x * s, stroke.y * s, stroke.w * s, stroke.h * s);
  } else {
    c.moveTo((stroke.x + stroke.r) * s, stroke.y * s);
    c.arc(stroke.x * s, stroke.y * s, stroke.r * s, 0, 2 * Math.PI);
  }
}

function paintSwitch(p: Picture, item: PlacedSwitch): void {
  const { context: c, palette, viewport } = p;
  const live = p.view.switches[item.fixed.id];
  const at = toScreen(viewport, item.at);
  if (!isSeen(p, at)) return;
  const size = symbolSize(viewport);
  if (isDot(p, item)) return dot(p, at, 1.6, palette.symbol);
  c.save();
  c.translate(at.x, at.y);
  if (p.target?.kind === 'switch' && p.target.id === item.fixed.id) ring(p, size + 7, palette.focus);
  if (isOffNormal(item.fixed, live)) ring(p, size + 3.5, palette.action, [4, 3]);
  c.save();
  c.rotate(item.angle);
  const drawn = symbol(item.fixed.kind, shownPosition(live));
  body(p, drawn.strokes, drawn.fill, size * 0.82);
  c.restore();
  if (drawn.letter) {
    c.fillStyle = drawn.fill === 'filled' ? palette.card : inkOf(palette, drawn.fill);
    c.font = `700 ${Math.round(size * 1.15)}px ${palette.font}`;
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    if (drawn.fill === 'hatched') {
      c.strokeStyle = palette.card;
      c.lineWidth = 4;
      c.strokeText(drawn.letter, 0, 0.5);
    }
    c.fillText(drawn.letter, 0, 0.5);
  }
  glyphs(p, item, size);
  c.restore();
}

/** On the overview only what an operator looks for is drawn in full. */
function isDot(p: Picture, { fixed }: PlacedSwitch): boolean {
  if (p.viewport.scale >= DETAIL_SCALE) return false;
  const live = p.view.switches[fixed.id];
  const marked = live?.flag === 'yes' || (live?.tags.length ?? 0) > 0;
  const chosen = p.target?.kind === 'switch' && p.target.id === fixed.id;
  const head = fixed.feeder !== null || fixed.kind === 'recloser';
  const planned = p.steps.has(fixed.id);
  return !head && !marked && !planned && !chosen && shownPosition(live) === 'closed' && !isOffNormal(fixed, live);
}

function dot({ context: c }: Picture, q: Point, r: number, colour: string): void {
  c.fillStyle = colour;
  c.beginPath();
  c.arc(q.x, q.y, r, 0, 2 * Math.PI);
  c.fill();
}

/** From afar a suspected section is a speck; one outline around all that hang together makes them
 * findable. */
function outlineSuspected(p: Picture): void {
  const { context: c, palette } = p;
  const isSuspected = (section: string | null) => stateOf(p, section) === 'suspected';
  const lines = [
    ...p.placed.branches.filter((line) => isSuspected(line.section)),
    ...p.placed.switches.filter((one) => isSuspected(one.sectionA) && isSuspected(one.sectionB)),
  ].map(({ a, b }) => [toScreen(p.viewport, a), toScreen(p.viewport, b)] as const);
  const spots = p.placed.nodes.filter(({ node }) => isSuspected(node.section));
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

function ring({ context: c }: Picture, r: number, colour: string, dash: number[] = []): void {
  c.save();
  c.setLineDash(dash);
  c.strokeStyle = colour;
  c.lineWidth = 2;
  c.beginPath();
  c.arc(0, 0, r, 0, 2 * Math.PI);
  c.stroke();
  c.restore();
}

/** By where the switch stands, in the colours of the site. */
const inkOf = ({ closed, open, symbol: unknown }: Palette, fill: string): string =>
  ({ filled: closed, hollow: open })[fill] ?? unknown;

function body(p: Picture, strokes: Stroke[], fill: string, s: number): void {
  const { context: c, palette } = p;
  const colour = inkOf(palette, fill);
  c.strokeStyle = colour;
  c.lineWidth = 1.8;
  c.beginPath();
  for (const stroke of strokes.filter((one) => one.shape !== 'line')) trace(c, stroke, s);
  c.fillStyle = fill === 'filled' ? colour : palette.card;
  c.fill();
  if (fill === 'hatched') {
    c.save();
    c.clip();
    c.lineWidth = 1.2;
    c.beginPath();
    for (let x = -3 * s; x < 3 * s; x += 4) {
      c.moveTo(x - s, 1.2 * s);
      c.lineTo(x + s, -1.2 * s);
    }
    c.stroke();
    c.restore();
  }
  c.beginPath();
  for (const stroke of strokes.filter((one) => one.shape !== 'line')) trace(c, stroke, s);
  for (const stroke of strokes) if (stroke.shape === 'line' && stroke.on === 'body') trace(c, stroke, s);
  c.stroke();
  const ink = strokes.filter((one) => one.shape === 'line' && one.on === 'ink');
  c.strokeStyle = fill === 'filled' ? palette.card : colour;
  c.lineWidth = 1.5;
  c.beginPath();
  for (const stroke of ink) trace(c, stroke, s);
  c.stroke();
}

/** Flag, tags and lost contact as small marks around the symbol. */
function glyphs(p: Picture, item: PlacedSwitch, size: number): void {
  const live = p.view.switches[item.fixed.id];
  if (!live) return;
  const { palette } = p;
  if (live.flag === 'yes') pennant(p, size, palette.alarm, '');
  if (live.flag === 'failed') pennant(p, size, palette.card, 'F');
  if (live.quality === 'substituted') badge(p, -size - 8, size + 6, 'M', palette.card);
  const step = p.steps.get(item.fixed.id);
  if (step !== undefined) stepNumber(p, -size - 9, -size + 2, String(step));
  live.tags.forEach((tag, index) => {
    badge(p, -size - 8 - 14 * index, -size - 16 + (step === undefined ? 10 : 0), tagLetter(tag.kind), '#ffffff');
  });
}

function pennant({ context: c, palette }: Picture, size: number, fill: string, text: string): void {
  const [x, y] = [size + 1, -size - 13];
  c.fillStyle = fill;
  c.strokeStyle = fill === palette.alarm ? palette.alarm : palette.symbol;
  c.lineWidth = 1.5;
  c.beginPath();
  c.moveTo(x, y + 16);
  c.lineTo(x, y);
  c.lineTo(x + 13, y + 5);
  c.lineTo(x, y + 10);
  c.fill();
  c.stroke();
  if (text === '') return;
  c.fillStyle = palette.symbol;
  c.font = `700 8px ${palette.font}`;
  c.textAlign = 'left';
  c.textBaseline = 'middle';
  c.fillText(text, x + 2, y + 5.5);
}

/** What the plan does here, and when in its order. */
function stepNumber({ context: c, palette }: Picture, x: number, y: number, text: string): void {
  c.fillStyle = palette.go;
  c.beginPath();
  c.arc(x, y, 8.5, 0, 2 * Math.PI);
  c.fill();
  c.fillStyle = palette.card;
  c.font = `700 11px ${palette.font}`;
  c.textAlign = 'center';
  c.textBaseline = 'middle';
  c.fillText(text, x, y + 0.5);
}

function badge(p: Picture, x: number, y: number, text: string, fill: string): void {
  const { context: c, palette } = p;
  c.fillStyle = fill;
  c.strokeStyle = palette.symbol;
  c.lineWidth = 1.3;
  c.beginPath();
  c.rect(x - 6, y - 7, 12, 14);
  c.fill();
  c.stroke();
  c.fillStyle = palette.symbol;
  c.font = `700 10px ${palette.font}`;
  c.textAlign = 'center';
  c.textBaseline = 'middle';
  c.fillText(text, x, y + 0.5);
}

function paintLabels(p: Picture): void {
  const { context: c, palette } = p;
  c.textAlign = 'left';
  c.textBaseline = 'top';
  const room = { x: 2, y: 2, width: p.width - 4, height: p.height - 4 };
  const overview = p.viewport.scale < DETAIL_SCALE;
  const wanted = labels(p).filter((label) => !overview || label.rank >= OUTSTANDING);
  for (const { label, x, y } of withoutOverlap(wanted, obstacles(p), room)) {
    c.font = `${label.weight} 12px ${palette.font}`;
    c.lineWidth = 3;
    c.strokeStyle = palette.canvas;
    c.strokeText(label.text, x, y);
    c.fillStyle = label.colour;
    c.fillText(label.text, x, y);
  }
}

/** What labels must not cover: symbols with their marks, nodes, and the lines themselves. */
function obstacles(p: Picture): Rect[] {
  const size = symbolSize(p.viewport);
  const rects: Rect[] = [];
  const around = (q: Point, half: number, above = 0) =>
    rects.push({ x: q.x - half, y: q.y - half - above, width: 2 * half, height: 2 * half + above });
  for (const { fixed, at } of p.placed.switches) {
    const live = p.view.switches[fixed.id];
    const q = toScreen(p.viewport, at);
    const flagged = live?.flag === 'yes' || live?.flag === 'failed';
    around(q, size + (isOffNormal(fixed, live) ? 5 : 0));
    if (flagged) rects.push({ x: q.x + size, y: q.y - size - 14, width: 16, height: 16 });
    if (p.steps.has(fixed.id)) rects.push({ x: q.x - size - 18, y: q.y - size - 7, width: 18, height: 18 });
    const tags = live?.tags.length ?? 0;
    const row = 14 * tags;
    if (tags > 0) rects.push({ x: q.x - size - row, y: q.y - size - 14, width: row, height: 16 });
  }
  for (const { node, at } of p.placed.nodes) {
    if (node.kind !== 'terminal') around(toScreen(p.viewport, at), size * 0.8);
  }
  for (const line of [...p.placed.branches, ...p.placed.bars.values()]) {
    const [a, b] = [toScreen(p.viewport, line.a), toScreen(p.viewport, line.b)];
    const points = Math.ceil(Math.hypot(b.x - a.x, b.y - a.y) / CLEAR_PX);
    for (let i = 0; i <= points; i++) {
      const q = { x: a.x + ((b.x - a.x) * i) / points, y: a.y + ((b.y - a.y) * i) / points };
      if (isSeen(p, q)) around(q, 3);
    }
  }
  return rects;
}

function labels(p: Picture): Text[] {
  const { palette, placed, view } = p;
  const texts: Text[] = [];
  for (const { fixed, at } of placed.switches) {
    if (!isSeen(p, toScreen(p.viewport, at))) continue;
    const live = view.switches[fixed.id];
    const planned = p.steps.has(fixed.id);
    const marked = planned || isOffNormal(fixed, live) || fixed.tie || fixed.feeder !== null;
    const rank = planned ? 5 : marked ? 3 : 1;
    const weight = marked ? 700 : 400;
    const colour = marked ? palette.label : palette.labelSoft;
    const half = symbolSize(p.viewport) + (isOffNormal(fixed, live) ? 5 : 0);
    texts.push(text(p, fixed.name || fixed.id, at, { rank, weight, colour, half }));
  }
  for (const { node, at } of placed.nodes) {
    if (!node.name || node.kind === 'terminal' || node.kind === 'joint') continue;
    if (!isSeen(p, toScreen(p.viewport, at))) continue;
    const bar = placed.bars.get(node.id);
    const weight = node.kind === 'busbar' ? 700 : 600;
    const rank = node.kind === 'busbar' ? 4 : 2;
    const half = symbolSize(p.viewport);
    texts.push(text(p, node.name, bar ? bar.a : at, { rank, weight, colour: palette.label, half }));
  }
  return texts;
}

function text(
  p: Picture, words: string, at: Point, { half, ...look }: Look,
): Text {
  const q = toScreen(p.viewport, at);
  p.context.font = `${look.weight} 12px ${p.palette.font}`;
  const width = p.context.measureText(words).width + 2;
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
