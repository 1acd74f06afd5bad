import type { Box, Layout, PlacedBranch, PlacedNode, PlacedSwitch, Point } from './layout';
import { toWorld, type Viewport } from './viewport';

/** The elements of a layout that a part of the screen needs. */
export type Seen = { branches: PlacedBranch[]; switches: PlacedSwitch[]; nodes: PlacedNode[] };

const boxOf = (a: Point, b: Point): Box => ({
  x1: Math.min(a.x, b.x), y1: Math.min(a.y, b.y), x2: Math.max(a.x, b.x), y2: Math.max(a.y, b.y),
});

/** Elements with their boxes, four numbers each: to compare all of a city's takes less than a
 * millisecond, and keeps their order. */
class Boxes<T> {
  private readonly edges: Float64Array;

  constructor(private readonly items: readonly T[], box: (item: T) => Box) {
    this.edges = Float64Array.from(items.flatMap((item) => {
      const { x1, y1, x2, y2 } = box(item);
      return [x1, y1, x2, y2];
    }));
  }

  /** Every element whose box meets the asked one, in the order in which they were given. */
  within({ x1, y1, x2, y2 }: Box): T[] {
    const edge = (at: number) => this.edges[at] as number;
    return this.items.filter((_, n) => {
      const at = 4 * n;
      return edge(at) <= x2 && edge(at + 1) <= y2 && edge(at + 2) >= x1 && edge(at + 3) >= y1;
    });
  }
}

/** Made once for a layout, and asked for every picture. */
class Sight {
  private readonly branches: Boxes<PlacedBranch>;
  private readonly switches: Boxes<PlacedSwitch>;
  private readonly nodes: Boxes<PlacedNode>;

  constructor(placed: Layout) {
    this.branches = new Boxes(placed.branches, ({ a, b }) => boxOf(a, b));
    this.switches = new Boxes(placed.switches, ({ a, b }) => boxOf(a, b));
    this.nodes = new Boxes(placed.nodes, ({ at }) => boxOf(at, at));
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
