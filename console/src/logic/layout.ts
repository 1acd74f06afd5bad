import type { Grid, GridNode, GridSwitch } from './contract';
import { isMap, relax } from './relax';

export type Point = { x: number; y: number };
export type Box = { x1: number; y1: number; x2: number; y2: number };
export type PlacedBranch = { id: string; kind: string; section: string | null; a: Point; b: Point };
export type PlacedSwitch = {
  fixed: GridSwitch; a: Point; b: Point; at: Point;
  /** Direction of the conductor through the symbol, in radians. */
  angle: number;
  sectionA: string | null; sectionB: string | null;
};
export type PlacedNode = { node: GridNode; at: Point };
export type Bar = { id: string; name: string; section: string | null; a: Point; b: Point };
export type Layout = {
  nodes: PlacedNode[]; branches: PlacedBranch[]; switches: PlacedSwitch[];
  /** Busbars that are drawn as a bar, by node. */
  bars: Map<string, Bar>;
  bounds: Box;
};

/** Drawn length of the median branch, in world units. */
export const MEDIAN_LENGTH = 100;
/** Distance from a node to the far side of a switch that the coordinates put on top of it. */
export const SWITCH_SPAN = 46;
/** Least angle between two switches that leave one node. */
const LEAST_ANGLE = Math.PI / 7;
const OVERHANG = 14;
/** A schematic may be drawn taller or wider than its coordinates by up to this factor. */
const STRETCH_MAX = 2;

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);
const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

function median(values: number[]): number {
  const rising = values.filter((v) => v > 0).sort((a, b) => a - b);
  return rising[Math.floor(rising.length / 2)] ?? 0;
}

/** Coordinates in world units, so that a typical branch is `MEDIAN_LENGTH` long whatever unit the
 * grid's coordinates have. */
function scaled(grid: Grid, aspect: number | null): Map<string, Point> {
  const stretch = stretched(grid, aspect);
  const raw = new Map<string, Point>(
    grid.nodes.map((n) => [n.id, { x: n.x * stretch.x, y: n.y * stretch.y }]),
  );
  const lengths = grid.branches.map((branch) => {
    const [a, b] = [raw.get(branch.from), raw.get(branch.to)];
    return a && b ? distance(a, b) : 0;
  });
  const typical = median(lengths) || 1;
  const factor = MEDIAN_LENGTH / typical;
  return new Map([...raw].map(([id, p]) => [id, { x: p.x * factor, y: p.y * factor }]));
}

/** How a schematic is stretched to fill a room of this aspect (width by height). A map is never
 * stretched: directions on it are real. */
function stretched(grid: Grid, aspect: number | null): Point {
  const none = { x: 1, y: 1 };
  const box = boundsOf(grid.nodes);
  const [width, height] = [box.x2 - box.x1, box.y2 - box.y1];
  if (aspect === null || isMap(grid) || width <= 0 || height <= 0) return none;
  const factor = width / height / aspect;
  if (factor >= 1) return { x: 1, y: Math.min(factor, STRETCH_MAX) };
  return { x: Math.min(1 / factor, STRETCH_MAX), y: 1 };
}

/** Evens out a map: stations move, and their bays go with them, onto the station's own spot. */
function relaxed(grid: Grid, at: Map<string, Point>): void {
  const kinds = new Map(grid.nodes.map((n) => [n.id, n.kind]));
  const station = new Map<string, string>();
  for (const { a, b } of grid.switches) {
    for (const [bay, hub] of [[a, b], [b, a]] as const) {
      if (kinds.get(bay) === 'terminal' && kinds.get(hub) !== 'terminal') station.set(bay, hub);
    }
  }
  const hubs = grid.nodes.map((n) => n.id).filter((id) => !station.has(id));
  const index = new Map(hubs.map((id, i) => [id, i]));
  const points = hubs.map((id) => ({ ...(at.get(id) ?? { x: 0, y: 0 }) }));
  const of = (id: string) => index.get(station.get(id) ?? id) ?? 0;
  const ends = [
    ...grid.branches.map(({ from, to }) => [of(from), of(to)] as const),
    ...grid.switches.map(({ a, b }) => [of(a), of(b)] as const),
  ];
  const edges = ends.filter(([a, b]) => a !== b).map(([a, b]): [number, number] => [a, b]);
  relax(points, edges, MEDIAN_LENGTH);
  for (const id of at.keys()) at.set(id, { ...(points[of(id)] ?? { x: 0, y: 0 }) });
}

type Ends = Map<string, string[]>;

/** The far ends of everything that leaves a node: by branches, and by switches. */
function neighbours(grid: Grid): { byBranch: Ends; bySwitch: Ends } {
  const byBranch: Ends = new Map(grid.nodes.map((n) => [n.id, []]));
  const bySwitch: Ends = new Map(grid.nodes.map((n) => [n.id, []]));
  for (const { from, to } of grid.branches) {
    byBranch.get(from)?.push(to);
    byBranch.get(to)?.push(from);
  }
  for (const { a, b } of grid.switches) {
    bySwitch.get(a)?.push(b);
    bySwitch.get(b)?.push(a);
  }
  return { byBranch, bySwitch };
}

type Move = { hub: string; mover: string; angle: number; span: number };

/** The move that pulls a switch, whose ends lie on one spot or nearly so, out of its node: the way
 * that the coordinates show, else along its line. */
function pullOut(
  fixed: GridSwitch,
  at: Map<string, Point>,
  ends: ReturnType<typeof neighbours>,
  terminals: Set<string>,
): Move | null {
  const [a, b] = [at.get(fixed.a), at.get(fixed.b)];
  if (!a || !b || distance(a, b) > SWITCH_SPAN * 0.9) return null;
  const degree = (id: string) =>
    (terminals.has(id) ? 0 : 1000) + (ends.bySwitch.get(id)?.length ?? 0);
  const [mover, hub] = degree(fixed.a) < degree(fixed.b) ? [fixed.a, fixed.b] : [fixed.b, fixed.a];
  const origin = at.get(mover) ?? a;
  const lines = ends.byBranch.get(mover) ?? [];
  const far = (lines.length ? lines : (ends.bySwitch.get(mover) ?? []))
    .map((id) => at.get(id))
    .filter((p): p is Point => p !== undefined && distance(p, origin) > 1);
  const towards = far.reduce(
    (sum, p) => ({ x: sum.x + p.x - origin.x, y: sum.y + p.y - origin.y }),
    { x: 0, y: 0 },
  );
  const nearest = Math.min(...far.map((p) => distance(p, origin)), Infinity);
  const base = at.get(hub) ?? origin;
  const gap = distance(base, origin);
  const along = far.length ? Math.atan2(towards.y, towards.x) : Math.PI / 2;
  const angle = gap > 1 ? Math.atan2(origin.y - base.y, origin.x - base.x) : along;
  return { hub, mover, angle, span: Math.min(SWITCH_SPAN, gap + nearest * 0.45) };
}

/** Opens a fan where several switches would leave one node in the same direction. */
function fanned(moves: Move[]): Move[] {
  const byHub = new Map<string, Move[]>();
  for (const move of moves) byHub.set(move.hub, [...(byHub.get(move.hub) ?? []), move]);
  const result: Move[] = [];
  for (const fan of byHub.values()) {
    const turned = [...fan].sort((p, q) => p.angle - q.angle || p.mover.localeCompare(q.mover));
    let last = -Infinity;
    for (const move of turned) {
      last = Math.max(move.angle, last + LEAST_ANGLE);
      result.push({ ...move, angle: last });
    }
  }
  return result;
}

function separate(grid: Grid, at: Map<string, Point>): void {
  const ends = neighbours(grid);
  const terminals = new Set(grid.nodes.filter((n) => n.kind === 'terminal').map((n) => n.id));
  const moves = grid.switches
    .map((fixed) => pullOut(fixed, at, ends, terminals))
    .filter((move): move is Move => move !== null);
  for (const { hub, mover, angle, span } of fanned(moves)) {
    const from = at.get(hub);
    if (from) {
      at.set(mover, { x: from.x + span * Math.cos(angle), y: from.y + span * Math.sin(angle) });
    }
  }
}

/** A busbar as a bar across everything that it feeds, if that lies to its sides; else null. */
function bar(node: GridNode, at: Point, around: Point[]): Bar | null {
  const [only] = around;
  if (only === undefined) return null;
  const spread = (values: number[]) => Math.max(...values) - Math.min(...values);
  const [xs, ys] = [around.map((p) => p.x), around.map((p) => p.y)];
  const upright =
    around.length === 1
      ? Math.abs(only.x - at.x) > Math.abs(only.y - at.y)
      : spread(ys) >= spread(xs);
  const aside = around.every((p) => Math.abs(upright ? p.x - at.x : p.y - at.y) > 4);
  if (!aside) return null;
  const along = upright ? [...ys, at.y] : [...xs, at.x];
  const [low, high] = [Math.min(...along) - OVERHANG, Math.max(...along) + OVERHANG];
  const { id, name, section } = node;
  return upright
    ? { id, name, section, a: { x: at.x, y: low }, b: { x: at.x, y: high } }
    : { id, name, section, a: { x: low, y: at.y }, b: { x: high, y: at.y } };
}

/** The point of a bar that is nearest to `p`: where a bay meets the busbar. */
function onBar(target: Bar, p: Point): Point {
  const clamp = (v: number, a: number, b: number) => Math.min(Math.max(v, a), b);
  return { x: clamp(p.x, target.a.x, target.b.x), y: clamp(p.y, target.a.y, target.b.y) };
}

function bars(grid: Grid, at: Map<string, Point>): Map<string, Bar> {
  const { byBranch, bySwitch } = neighbours(grid);
  const result = new Map<string, Bar>();
  for (const node of grid.nodes.filter((n) => n.kind === 'busbar')) {
    const here = at.get(node.id);
    const around = [...(byBranch.get(node.id) ?? []), ...(bySwitch.get(node.id) ?? [])]
      .map((id) => at.get(id))
      .filter((p): p is Point => p !== undefined);
    const drawn = here ? bar(node, here, around) : null;
    if (drawn) result.set(node.id, drawn);
  }
  return result;
}

function boundsOf(points: readonly Point[]): Box {
  if (points.length === 0) return { x1: 0, y1: 0, x2: 1, y2: 1 };
  const box = { x1: Infinity, y1: Infinity, x2: -Infinity, y2: -Infinity };
  for (const { x, y } of points) {
    box.x1 = Math.min(box.x1, x);
    box.y1 = Math.min(box.y1, y);
    box.x2 = Math.max(box.x2, x);
    box.y2 = Math.max(box.y2, y);
  }
  return box;
}

/** Places every element once per grid; live values never move anything.
 *
 * Guarantees: a switch is always a visible stretch of its own, also where the coordinates put both
 * its ends on one spot; the same grid in the same room gives the same drawing. `aspect` is that of
 * the room (width by height); null draws the coordinates as they are. */
export function layout(grid: Grid, aspect: number | null = null): Layout {
  const at = scaled(grid, aspect);
  if (isMap(grid)) relaxed(grid, at);
  separate(grid, at);
  const drawnBars = isMap(grid) ? new Map<string, Bar>() : bars(grid, at);
  const origin: Point = { x: 0, y: 0 };
  const end = (id: string, other: string): Point => {
    const target = drawnBars.get(id);
    const far = at.get(other) ?? origin;
    return target ? onBar(target, far) : (at.get(id) ?? origin);
  };
  const section = new Map(grid.nodes.map((n) => [n.id, n.section]));
  const switches = grid.switches.map((fixed): PlacedSwitch => {
    const [a, b] = [end(fixed.a, fixed.b), end(fixed.b, fixed.a)];
    return {
      fixed, a, b,
      at: middle(a, b),
      angle: Math.atan2(b.y - a.y, b.x - a.x),
      sectionA: section.get(fixed.a) ?? null,
      sectionB: section.get(fixed.b) ?? null,
    };
  });
  const branches = grid.branches.map((branch): PlacedBranch => ({
    id: branch.id,
    kind: branch.kind,
    section: branch.section,
    a: end(branch.from, branch.to),
    b: end(branch.to, branch.from),
  }));
  const nodes = grid.nodes.map((node): PlacedNode => ({ node, at: at.get(node.id) ?? origin }));
  const corners = [...nodes.map((n) => n.at), ...[...drawnBars.values()].flatMap((b) => [b.a, b.b])];
  return { nodes, branches, switches, bars: drawnBars, bounds: boundsOf(corners) };
}

const lately = new WeakMap<Grid, { aspect: number | null; placed: Layout }>();

/** The same as `layout`, kept for the next screen that asks: a city takes a second. */
export function layoutOf(grid: Grid, aspect: number | null): Layout {
  const kept = lately.get(grid);
  if (kept?.aspect === aspect) return kept.placed;
  const placed = layout(grid, aspect);
  lately.set(grid, { aspect, placed });
  return placed;
}
