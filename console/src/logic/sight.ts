import type { Box, Layout, PlacedBranch, PlacedNode, PlacedSwitch, Point } from './layout';
import { toWorld, type Viewport } from './viewport';

/** The elements of a layout that a part of the screen needs. */
export type Seen = { branches: PlacedBranch[]; switches: PlacedSwitch[]; nodes: PlacedNode[] };

/** Elements in one cell on the average: few cells are asked, and few elements in vain. */
const PER_CELL = 8;
/** Cells that one long element is entered into; a longer one is looked at for every part. */
const CELLS_MAX = 64;

const boxOf = (a: Point, b: Point): Box => ({
  x1: Math.min(a.x, b.x), y1: Math.min(a.y, b.y), x2: Math.max(a.x, b.x), y2: Math.max(a.y, b.y),
});
const meet = (a: Box, b: Box): boolean => a.x1 <= b.x2 && b.x1 <= a.x2 && a.y1 <= b.y2 && b.y1 <= a.y2;

/** Boxes by square cells of the drawing.
 *
 * Guarantees: `within` gives every element whose box meets the asked one, each once, in the order
 * in which they were given; its cost grows with what is found, not with what there is. */
class Cells<T> {
  private readonly size: number;
  private readonly boxes: Box[];
  private readonly cells = new Map<number, number[]>();
  private readonly long: number[] = [];
  private readonly columns: number;

  constructor(private readonly items: readonly T[], private readonly all: Box, box: (item: T) => Box) {
    const [width, height] = [all.x2 - all.x1, all.y2 - all.y1];
    this.size = Math.max(Math.sqrt((width * height * PER_CELL) / Math.max(items.length, 1)), 1);
    this.columns = Math.floor(width / this.size) + 1;
    this.boxes = items.map(box);
    this.boxes.forEach((one, at) => {
      const keys = this.keys(one);
      if (keys.length > CELLS_MAX) this.long.push(at);
      else for (const key of keys) this.enter(key, at);
    });
  }

  within(asked: Box): T[] {
    const { all } = this;
    const isWhole = asked.x1 <= all.x1 && asked.y1 <= all.y1 && asked.x2 >= all.x2 && asked.y2 >= all.y2;
    if (isWhole) return [...this.items];
    const found = new Set(this.long);
    for (const key of this.keys(asked)) for (const at of this.cells.get(key) ?? []) found.add(at);
    return [...found]
      .sort((a, b) => a - b)
      .filter((at) => meet(this.boxes[at] as Box, asked))
      .map((at) => this.items[at] as T);
  }

  private enter(key: number, at: number): void {
    const here = this.cells.get(key);
    if (here) here.push(at);
    else this.cells.set(key, [at]);
  }

  /** Of the cells that a box touches; what lies outside of the drawing counts to its border. */
  private keys({ x1, y1, x2, y2 }: Box): number[] {
    const { all, size } = this;
    const cell = (v: number, low: number, high: number) =>
      Math.floor((Math.min(Math.max(v, low), high) - low) / size);
    const [left, right] = [cell(x1, all.x1, all.x2), cell(x2, all.x1, all.x2)];
    const [top, bottom] = [cell(y1, all.y1, all.y2), cell(y2, all.y1, all.y2)];
    const keys: number[] = [];
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) keys.push(y * this.columns + x);
    }
    return keys;
  }
}

/** Made once for a layout, and asked for every picture. */
class Sight {
  private readonly branches: Cells<PlacedBranch>;
  private readonly switches: Cells<PlacedSwitch>;
  private readonly nodes: Cells<PlacedNode>;

  constructor(placed: Layout) {
    const { bounds } = placed;
    this.branches = new Cells(placed.branches, bounds, ({ a, b }) => boxOf(a, b));
    this.switches = new Cells(placed.switches, bounds, ({ a, b }) => boxOf(a, b));
    this.nodes = new Cells(placed.nodes, bounds, ({ at }) => boxOf(at, at));
  }

  /** What touches a canvas of this size, and `margin` pixels around it. */
  of(viewport: Viewport, width: number, height: number, margin: number): Seen {
    const asked = boxOf(
      toWorld(viewport, { x: -margin, y: -margin }),
      toWorld(viewport, { x: width + margin, y: height + margin }),
    );
    return {
      branches: this.branches.within(asked),
      switches: this.switches.within(asked),
      nodes: this.nodes.within(asked),
    };
  }
}

const made = new WeakMap<Layout, Sight>();

export function sightOf(placed: Layout): Sight {
  const sight = made.get(placed) ?? new Sight(placed);
  made.set(placed, sight);
  return sight;
}
