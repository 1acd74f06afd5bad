import type { Grid } from './contract';
import type { Point } from './layout';

/** A map that is drawn true to scale is unreadable: town centres are knots, the land is empty.
 * Relaxing keeps directions and neighbourhood and evens out the lengths. */
const ROUNDS = 160;
/** Drawn lengths lie between these multiples of the median length. */
const SHORTEST = 0.75;
const LONGEST = 2.2;
/** Nodes that no line joins keep this distance, as a multiple of the median length. */
const APART = 0.6;

type Edge = { a: number; b: number; length: number };

/** Moves points in place so that every edge comes near its drawn length: its true length with the
 * extremes drawn together, in multiples of `median`. Deterministic; lengths of zero stay zero. */
export function relax(points: Point[], edges: readonly [number, number][], median: number): void {
  const wanted = edges.flatMap(([a, b]): Edge[] => {
    const [p, q] = [points[a], points[b]];
    const true_ = p && q ? Math.hypot(p.x - q.x, p.y - q.y) : 0;
    if (true_ === 0) return [];
    const factor = Math.min(Math.max(Math.sqrt(true_ / median), SHORTEST), LONGEST);
    return [{ a, b, length: factor * median }];
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { a, b, length } of wanted) pull(points, a, b, length, 0.4);
    spread(points, APART * median);
  }
}

/** Moves both points by `share` of half the way to the wanted distance. */
function pull(points: Point[], a: number, b: number, wanted: number, share: number): void {
  const [p, q] = [points[a], points[b]];
  if (!p || !q) return;
  const [dx, dy] = [q.x - p.x, q.y - p.y];
  const d = Math.hypot(dx, dy);
  if (d < 1e-9) return;
  const move = (share * (d - wanted)) / (2 * d);
  p.x += dx * move;
  p.y += dy * move;
  q.x -= dx * move;
  q.y -= dy * move;
}

/** More cells than any drawing has in one column. */
const COLUMN = 2 ** 26;

/** Pushes points apart that are nearer than `least`; looks only into neighbouring cells. Points of
 * one cell are a list from the first to the last: 160 rounds over a city leave no time for more. */
function spread(points: Point[], least: number): void {
  const first = new Map<number, number>();
  const next = new Int32Array(points.length).fill(-1);
  const cell = (v: number) => Math.floor(v / least);
  for (let i = points.length - 1; i >= 0; i--) {
    const { x, y } = points[i] as Point;
    const key = cell(x) * COLUMN + cell(y);
    next[i] = first.get(key) ?? -1;
    first.set(key, i);
  }
  points.forEach((p, i) => {
    const [cx, cy] = [cell(p.x), cell(p.y)];
    for (let key = (cx - 1) * COLUMN + cy - 1; key <= (cx + 1) * COLUMN + cy - 1; key += COLUMN) {
      for (let row = key; row < key + 3; row++) {
        for (let j = first.get(row) ?? -1; j >= 0; j = next[j] as number) {
          const q = points[j] as Point;
          if (j > i && Math.hypot(p.x - q.x, p.y - q.y) < least) pull(points, i, j, least, 0.5);
        }
      }
    }
  });
}

/** How well `ys` follows a straight line over `xs`: 1 is exactly, up or down. */
function correlation(xs: number[], ys: number[]): number {
  const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  let [sxy, sxx, syy] = [0, 0, 0];
  xs.forEach((x, i) => {
    const [dx, dy] = [x - mx, (ys[i] ?? my) - my];
    sxy += dx * dy;
    sxx += dx * dx;
    syy += dy * dy;
  });
  return sxx === 0 || syy === 0 ? 0 : Math.abs(sxy) / Math.sqrt(sxx * syy);
}

/** Whether the drawing coordinates are geographic, and not a schematic of its own. */
export function isMap(grid: Grid): boolean {
  const known = grid.nodes.filter((n) => n.longitude_deg !== null && n.latitude_deg !== null);
  if (known.length < 3 || known.length < grid.nodes.length / 2) return false;
  const follows = (drawn: 'x' | 'y', real: 'longitude_deg' | 'latitude_deg') =>
    correlation(known.map((n) => n[drawn]), known.map((n) => n[real] ?? 0)) > 0.999;
  return follows('x', 'longitude_deg') && follows('y', 'latitude_deg');
}
