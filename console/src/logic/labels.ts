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

const touch = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const inside = (a: Rect, room: Rect): boolean =>
  a.x >= room.x && a.y >= room.y &&
  a.x + a.width <= room.x + room.width && a.y + a.height <= room.y + room.height;

function keys({ x, y, width, height }: Rect): number[] {
  const found: number[] = [];
  for (let cx = Math.floor(x / CELL); cx <= Math.floor((x + width) / CELL); cx++) {
    for (let cy = Math.floor(y / CELL); cy <= Math.floor((y + height) / CELL); cy++) {
      found.push(cx * COLUMN + cy);
    }
  }
  return found;
}

/** A room in which labels touch neither each other nor what is in their way. It is filled piece by
 * piece, for a city has more in it than one frame has time for. */
export class Space {
  private readonly cells = new Map<number, Rect[]>();

  constructor(private readonly room: Rect) {}

  occupy(rect: Rect): void {
    for (const key of keys(rect)) {
      const list = this.cells.get(key);
      if (list) list.push(rect);
      else this.cells.set(key, [rect]);
    }
  }

  /** The label on the first of its spots that is free and inside the room, which it then takes; null:
   * there is none. The most important come first. */
  place<T extends Label>(label: T): PlacedLabel<T> | null {
    const { width, height } = label;
    for (const spot of label.spots) {
      const placed = { ...spot, width, height, label };
      if (!inside(placed, this.room) || !this.isFree(placed)) continue;
      this.occupy(placed);
      return placed;
    }
    return null;
  }

  private isFree(rect: Rect): boolean {
    return !keys(rect).some((key) => this.cells.get(key)?.some((other) => touch(rect, other)));
  }
}

export const byRank = <T extends Label>(labels: readonly T[]): T[] =>
  [...labels].sort((a, b) => b.rank - a.rank);
