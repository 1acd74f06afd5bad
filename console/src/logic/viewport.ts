import type { Box, Layout, Point } from './layout';

/** Screen = world * scale + offset, in CSS pixels. */
export type Viewport = { scale: number; x: number; y: number };
export type Target = { kind: 'switch' | 'section'; id: string };

export const SCALE_MIN = 0.02;
export const SCALE_MAX = 6;
/** Never larger than this when fitting: a grid of three nodes need not fill a wall. */
const FIT_MAX = 1.6;

export const toScreen = (v: Viewport, p: Point): Point => ({
  x: p.x * v.scale + v.x,
  y: p.y * v.scale + v.y,
});

export const toWorld = (v: Viewport, p: Point): Point => ({
  x: (p.x - v.x) / v.scale,
  y: (p.y - v.y) / v.scale,
});

/** The whole of `box` in a canvas of this size, centred, with a margin for labels. */
export function fit(box: Box, width: number, height: number, margin = 48): Viewport {
  const [w, h] = [Math.max(box.x2 - box.x1, 1), Math.max(box.y2 - box.y1, 1)];
  const room = Math.min((width - 2 * margin) / w, (height - 2 * margin) / h);
  const scale = Math.min(Math.max(room, SCALE_MIN), FIT_MAX);
  return {
    scale,
    x: width / 2 - ((box.x1 + box.x2) / 2) * scale,
    y: height / 2 - ((box.y1 + box.y2) / 2) * scale,
  };
}

/** Zooms so that the point under the pointer stays where it is. */
export function zoomAt(v: Viewport, p: Point, factor: number): Viewport {
  const scale = Math.min(Math.max(v.scale * factor, SCALE_MIN), SCALE_MAX);
  const world = toWorld(v, p);
  return { scale, x: p.x - world.x * scale, y: p.y - world.y * scale };
}

/** Least scale at which a single device can be made out. */
const CLOSE = 0.7;

/** Where a target lies; a section in the middle of its elements. Null if the drawing lacks it. */
export function placeOf(placed: Layout, target: Target): Point | null {
  if (target.kind === 'switch') {
    return placed.switches.find((s) => s.fixed.id === target.id)?.at ?? null;
  }
  const lines = placed.branches.filter((branch) => branch.section === target.id);
  const nodes = placed.nodes.filter(({ node }) => node.section === target.id);
  const points = [...lines.flatMap((line) => [line.a, line.b]), ...nodes.map((node) => node.at)];
  if (points.length === 0) return null;
  const sum = points.reduce((s, q) => ({ x: s.x + q.x, y: s.y + q.y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

/** Brings a point into the middle, near enough to make it out; leaves the view alone where the
 * point is well in sight already. */
export function lookAt(v: Viewport, p: Point, width: number, height: number): Viewport {
  const { x, y } = toScreen(v, p);
  const inSight = x > 40 && y > 40 && x < width - 40 && y < height - 40;
  if (inSight && v.scale >= CLOSE / 2) return v;
  const scale = Math.max(v.scale, CLOSE);
  return { scale, x: width / 2 - p.x * scale, y: height / 2 - p.y * scale };
}

export const pan = (v: Viewport, dx: number, dy: number): Viewport => ({
  ...v,
  x: v.x + dx,
  y: v.y + dy,
});

function distanceToLine(p: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : ((p.x - a.x) * dx + (p.y - a.y) * dy) / square;
  const t = Math.min(Math.max(along, 0), 1);
  return Math.hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/** What lies under a screen point: a switch before a line, the nearer of two. */
export function hit(placed: Layout, v: Viewport, screen: Point, tolerancePx = 12): Target | null {
  const p = toWorld(v, screen);
  const reach = tolerancePx / v.scale;
  const nearest = <T>(items: T[], gap: (item: T) => number): T | null => {
    let [best, least]: [T | null, number] = [null, reach];
    for (const item of items) {
      const d = gap(item);
      if (d <= least) [best, least] = [item, d];
    }
    return best;
  };
  const found = nearest(placed.switches, (s) => Math.hypot(p.x - s.at.x, p.y - s.at.y));
  if (found) return { kind: 'switch', id: found.fixed.id };
  const lines = [...placed.branches, ...placed.bars.values()].filter((line) => line.section !== null);
  const line = nearest(lines, (l) => distanceToLine(p, l.a, l.b));
  return line?.section ? { kind: 'section', id: line.section } : null;
}
