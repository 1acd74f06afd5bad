import { describe, expect, it } from 'vitest';
import { layout } from '../src/logic/layout';
import { sightOf } from '../src/logic/sight';
import { fit, toScreen, zoomAt } from '../src/logic/viewport';
import { grid } from './fixture';

const placed = layout(grid);
const [WIDTH, HEIGHT] = [640, 400];
const whole = fit(placed.bounds, WIDTH, HEIGHT);

describe('what is in sight', () => {
  it('is everything, in its order, where the whole grid is on the screen', () => {
    const { branches, switches, nodes } = sightOf(placed).of(whole, WIDTH, HEIGHT, 0);
    expect(branches).toEqual(placed.branches);
    expect(switches).toEqual(placed.switches);
    expect(nodes).toEqual(placed.nodes);
  });

  it.each([1, 3, 10, 40])('is what lies on the canvas or crosses it, zoomed %d times', (factor) => {
    for (const corner of placed.nodes) {
      const view = zoomAt(whole, toScreen(whole, corner.at), factor);
      const seen = sightOf(placed).of(view, WIDTH, HEIGHT, 0);
      const on = (...ends: { x: number; y: number }[]) => {
        const [xs, ys] = [ends.map((p) => toScreen(view, p).x), ends.map((p) => toScreen(view, p).y)];
        const meets = (values: number[], most: number) => Math.max(...values) >= 0 && Math.min(...values) <= most;
        return meets(xs, WIDTH) && meets(ys, HEIGHT);
      };
      expect(seen.nodes).toEqual(placed.nodes.filter(({ at }) => on(at)));
      expect(seen.branches).toEqual(placed.branches.filter(({ a, b }) => on(a, b)));
      expect(seen.switches).toEqual(placed.switches.filter(({ a, b }) => on(a, b)));
    }
  });
});
