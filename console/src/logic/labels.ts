export type Rect = { x: number; y: number; width: number; height: number };
export type Label = {
  text: string; width: number; height: number;
  /** Left upper corners to try, best first. */
  spots: { x: number; y: number }[];
  /** Higher is placed first. */
  rank: number;
};
export type PlacedLabel<T extends Label> = Rect & { label: T };

/** Side of a bucket in pixels: rectangles are compared only with those that share one. */
const CELL = 64;

/** More cells than a wall has in one column. */
const COLUMN = 65_536;

class Occupied {
  private readonly cells = new Map<number, Rect[]>();

  add(rect: Rect): void {
    for (const key of keys(rect)) {
      const list = this.cells.get(key);
      if (list) list.push(rect);
      else this.cells.set(key, [rect]);
    }
  }

  isFree(rect: Rect): boolean {
    return !keys(rect).some((key) => this.cells.get(key)?.some((other) => touch(rect, other)));
  }
}

function keys({ x, y, width, height }: Rect): number[] {
  const found: number[] = [];
  for (let cx = Math.floor(x / CELL); cx <= Math.floor((x + width) / CELL); cx++) {
    for (let cy = Math.floor(y / CELL); cy <= Math.floor((y + height) / CELL); cy++) {
      found.push(cx * COLUMN + cy);
    }
  }
  return found;
}

const inside = (a: Rect, room: Rect): boolean =>
  room.width === Infinity ||
  (a.x >= room.x && a.y >= room.y &&
    a.x + a.width <= room.x + room.width && a.y + a.height <= room.y + room.height);

const touch = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** The labels that can be drawn without touching each other or an obstacle, most important first,
 * each on the first of its spots that is free and inside the room. */
export function withoutOverlap<T extends Label>(
  labels: readonly T[],
  obstacles: readonly Rect[] = [],
  room: Rect = { x: -Infinity, y: -Infinity, width: Infinity, height: Infinity },
): PlacedLabel<T>[] {
  const occupied = new Occupied();
  for (const rect of obstacles) occupied.add(rect);
  const kept: PlacedLabel<T>[] = [];
  for (const label of [...labels].sort((a, b) => b.rank - a.rank)) {
    const { width, height } = label;
    const spot = label.spots.find((s) => {
      const rect = { ...s, width, height };
      return inside(rect, room) && occupied.isFree(rect);
    });
    if (!spot) continue;
    const placed = { ...spot, width, height, label };
    occupied.add(placed);
    kept.push(placed);
  }
  return kept;
}
