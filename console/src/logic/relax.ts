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
  const cloud = new Cloud(points);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { a, b, length } of wanted) cloud.pull(a, b, length, 0.4);
    cloud.spread(APART * median);
  }
  points.forEach((p, i) => cloud.put(p, i));
}

/** Points in numbers alone: 160 rounds over a city leave no time for objects and maps. */
class Cloud {
  private readonly xs: Float64Array;
  private readonly ys: Float64Array;
  /** The cell of a point, the next point in its bucket and the first of each bucket; -1 is none. */
  private readonly columns: Int32Array;
  private readonly rows: Int32Array;
  private readonly next: Int32Array;
  private readonly buckets: Int32Array;

  constructor(points: readonly Point[]) {
    this.xs = Float64Array.from(points, (p) => p.x);
    this.ys = Float64Array.from(points, (p) => p.y);
    this.columns = new Int32Array(points.length);
    this.rows = new Int32Array(points.length);
    this.next = new Int32Array(points.length);
    this.buckets = new Int32Array(2 ** Math.ceil(Math.log2(4 * points.length + 1)));
  }

  put(p: Point, i: number): void {
    p.x = this.xs[i] as number;
    p.y = this.ys[i] as number;
  }

  /** Moves both points by `share` of half the way to the wanted distance. */
  pull(a: number, b: number, wanted: number, share: number): void {
    const { xs, ys } = this;
    const dx = (xs[b] as number) - (xs[a] as number);
    const dy = (ys[b] as number) - (ys[a] as number);
    const d = Math.sqrt(dx * dx + dy * dy);
    if (d < 1e-9) return;
    const move = (share * (d - wanted)) / (2 * d);
    xs[a] = (xs[a] as number) + dx * move;
    ys[a] = (ys[a] as number) + dy * move;
    xs[b] = (xs[b] as number) - dx * move;
    ys[b] = (ys[b] as number) - dy * move;
  }

  /** Pushes points apart that are nearer than `least`; looks only into neighbouring cells. */
  spread(least: number): void {
    const { xs, ys, columns, rows, next, buckets } = this;
    buckets.fill(-1);
    for (let i = xs.length - 1; i >= 0; i--) {
      const column = Math.floor((xs[i] as number) / least);
      const row = Math.floor((ys[i] as number) / least);
      const bucket = this.bucket(column, row);
      columns[i] = column;
      rows[i] = row;
      next[i] = buckets[bucket] as number;
      buckets[bucket] = i;
    }
    for (let i = 0; i < xs.length; i++) {
      const column = Math.floor((xs[i] as number) / least);
      const row = Math.floor((ys[i] as number) / least);
      for (let c = column - 1; c <= column + 1; c++) {
        for (let r = row - 1; r <= row + 1; r++) this.push(i, c, r, least);
      }
    }
  }

  /** Away from `i`, whatever came after it into this cell. */
  private push(i: number, column: number, row: number, least: number): void {
    const { xs, ys, columns, rows, next, buckets } = this;
    for (let j = buckets[this.bucket(column, row)] as number; j >= 0; j = next[j] as number) {
      if (j <= i || columns[j] !== column || rows[j] !== row) continue;
      const dx = (xs[i] as number) - (xs[j] as number);
      const dy = (ys[i] as number) - (ys[j] as number);
      if (dx * dx + dy * dy < least * least) this.pull(i, j, least, 0.5);
    }
  }

  /** Buckets are a power of two in number, and cells without end. */
  private bucket(column: number, row: number): number {
    const mixed = Math.imul(column, 73_856_093) ^ Math.imul(row, 19_349_663);
    return (mixed ^ (mixed >>> 15)) & (this.buckets.length - 1);
  }
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
