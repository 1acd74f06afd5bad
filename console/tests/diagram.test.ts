import { describe, expect, it } from 'vitest';
import type { Grid, SwitchView } from '../src/logic/contract';
import { byRank, Space } from '../src/logic/labels';
import { layout, MEDIAN_LENGTH } from '../src/logic/layout';
import { shownPosition } from '../src/logic/rows';
import { isMap, relax } from '../src/logic/relax';
import { symbol, TAG_KINDS, tagLetter } from '../src/logic/symbols';
import { fit, hit, lookAt, pan, placeOf, toScreen, toWorld, zoomAt } from '../src/logic/viewport';
import { grid, views } from './fixture';

const placed = layout(grid);
const length = (a: { x: number; y: number }, b: { x: number; y: number }) =>
  Math.hypot(a.x - b.x, a.y - b.y);

const origin = { x: 0, y: 0 };
const onTheMap = (g: Grid) =>
  g.nodes.map((n) => ({ ...n, longitude_deg: 105.8 + n.x / 100, latitude_deg: 21 - n.y / 100 }));

describe('the layout', () => {
  it('gives every switch a stretch of its own, although both ends share one coordinate', () => {
    const other = new Map(grid.switches.map((s) => [s.b, s.a]));
    const spot = new Map(grid.nodes.map((n) => [n.id, { x: n.x, y: n.y }]));
    const nodes = grid.nodes.map((n) => ({ ...n, ...spot.get(other.get(n.id) ?? n.id) }));
    const stretched = layout({ ...grid, nodes }).switches;
    expect(stretched.length).toBeGreaterThan(10);
    for (const { a, b } of stretched) expect(length(a, b)).toBeGreaterThan(8);
  });

  it('keeps the symbols of one node apart', () => {
    const at = placed.switches.map((s) => s.at);
    at.forEach((p, i) => at.slice(i + 1).forEach((q) => expect(length(p, q)).toBeGreaterThan(12)));
  });

  it('draws the same whatever unit the coordinates have', () => {
    const nodes = grid.nodes.map((n) => ({ ...n, x: n.x * 1000, y: n.y * 1000 }));
    const other = layout({ ...grid, nodes });
    other.switches.forEach((s, i) => {
      expect(s.at.x).toBeCloseTo(placed.switches[i]?.at.x ?? Number.NaN, 6);
      expect(s.at.y).toBeCloseTo(placed.switches[i]?.at.y ?? Number.NaN, 6);
    });
    const lengths = placed.branches.map((b) => length(b.a, b.b)).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(MEDIAN_LENGTH);
  });

  it('draws a busbar across its bays, and every bay meets it', () => {
    const bar = placed.bars.get('E1.9-C41');
    expect(bar && bar.b.y - bar.a.y).toBeGreaterThan(200);
    const head = placed.switches.find((s) => s.fixed.id === '473');
    expect(head?.a.x).toBe(bar?.a.x);
    expect(head?.a.y).toBe(head?.b.y);
  });

  it('stretches a schematic towards the room, never a map', () => {
    const ratio = (g: Grid, aspect: number) => {
      const { x1, x2, y1, y2 } = layout(g, aspect).bounds;
      return (x2 - x1) / (y2 - y1);
    };
    const plain = ratio(grid, 100);
    expect(ratio(grid, 1)).toBeLessThan(plain);
    const map = { ...grid, nodes: onTheMap(grid) };
    expect(ratio(map, 1)).toBeCloseTo(ratio(map, 100), 9);
  });

  it('takes coordinates for a map only if they follow longitude and latitude', () => {
    expect(isMap(grid)).toBe(false);
    expect(isMap({ ...grid, nodes: onTheMap(grid) })).toBe(true);
    const elsewhere = onTheMap(grid).map((n, i) => ({ ...n, longitude_deg: 105 + (i % 7) }));
    expect(isMap({ ...grid, nodes: elsewhere })).toBe(false);
  });

  it('evens out a map: no line is a speck, none fills the picture, no two places coincide', () => {
    const points = [0, 1, 2, 300, 301, 301].map((x, i) => ({ x, y: i === 5 ? 0.5 : 0 }));
    const edges: [number, number][] = [[0, 1], [1, 2], [2, 3], [3, 4]];
    relax(points, edges, 10);
    const drawn = edges.map(([a, b]) => length(points[a] ?? origin, points[b] ?? origin));
    for (const d of drawn) expect(d > 4 && d < 30).toBe(true);
    points.forEach((p, i) => points.slice(i + 1).forEach((q) => expect(length(p, q)).toBeGreaterThan(4)));
  });

  it('survives a grid without extent', () => {
    const nodes = grid.nodes.map((n) => ({ ...n, x: 0, y: 0 }));
    const { bounds } = layout({ ...grid, nodes });
    expect(Object.values(bounds).every(Number.isFinite)).toBe(true);
    const empty = { ...grid, nodes: [], branches: [], switches: [], sections: [] };
    expect(Object.values(layout(empty).bounds).every(Number.isFinite)).toBe(true);
  });
});

describe('the viewport', () => {
  const v = fit(placed.bounds, 900, 600);

  it('shows everything when fitted', () => {
    for (const { at } of placed.nodes) {
      const { x, y } = toScreen(v, at);
      expect(x >= 0 && x <= 900 && y >= 0 && y <= 600).toBe(true);
    }
  });

  it('keeps the point under the pointer while zooming', () => {
    const pointer = { x: 321, y: 123 };
    const before = toWorld(v, pointer);
    const after = toWorld(zoomAt(v, pointer, 1.7), pointer);
    expect(after.x).toBeCloseTo(before.x, 6);
    expect(after.y).toBeCloseTo(before.y, 6);
  });

  it('finds the switch under the pointer, else the section of the line, else nothing', () => {
    const t1 = placed.switches.find((s) => s.fixed.id === 'RMU3-2');
    const line = placed.branches.find((b) => b.id === 'L471-1');
    if (!t1 || !line) throw new Error('the fixture lacks RMU3-2 or L471-1');
    const moved = pan(v, 40, -10);
    expect(hit(placed, moved, toScreen(moved, t1.at))).toEqual({ kind: 'switch', id: 'RMU3-2' });
    const third = { x: line.a.x + (line.b.x - line.a.x) / 3, y: line.a.y };
    expect(hit(placed, v, toScreen(v, third))).toEqual({ kind: 'section', id: line.section });
    expect(hit(placed, v, { x: 1, y: 1 })).toBeNull();
  });
});

describe('looking at a target', () => {
  const small = { scale: 0.1, x: 0, y: 0 };

  it('brings it into the middle, near enough to make it out', () => {
    const at = placeOf(placed, { kind: 'switch', id: 'RMU3-2' });
    if (!at) throw new Error('the fixture lacks RMU3-2');
    const near = lookAt(small, at, 800, 600);
    expect(near.scale).toBeGreaterThan(small.scale);
    expect(toScreen(near, at).x).toBeCloseTo(400, 6);
    expect(lookAt(near, at, 800, 600)).toBe(near);
  });

  it('finds a section in the middle of its elements, and nothing for an unknown one', () => {
    const section = grid.sections.find((s) => s.branches.length > 1)?.id ?? '';
    const { x1, x2 } = placed.bounds;
    const x = placeOf(placed, { kind: 'section', id: section })?.x ?? Number.NaN;
    expect(x > x1 && x < x2).toBe(true);
    expect(placeOf(placed, { kind: 'section', id: 'nowhere' })).toBeNull();
  });
});

describe('symbols', () => {
  const live = views[0]?.switches['RMU3-2'] as SwitchView;

  it('never show an indefinite or doubted position as open', () => {
    expect(shownPosition(live)).toBe('open');
    for (const position of ['intermediate', 'bad'] as const) {
      expect(shownPosition({ ...live, position })).toBe('unknown');
    }
    expect(shownPosition({ ...live, unknown: true })).toBe('unknown');
    expect(shownPosition(undefined)).toBe('unknown');
  });

  it('tell position by filling and kind by shape', () => {
    expect(symbol('breaker', 'closed').fill).toBe('filled');
    expect(symbol('breaker', 'open').fill).toBe('hollow');
    expect(symbol('breaker', 'unknown').fill).toBe('hatched');
    const kinds = ['breaker', 'recloser', 'disconnector', 'load_break_switch', 'fuse', 'other'];
    const shapes = kinds.map((kind) => {
      const { strokes, letter } = symbol(kind, 'open');
      return JSON.stringify([strokes, letter]);
    });
    expect(new Set(shapes).size).toBe(kinds.length);
  });

  it('give each kind of tag a letter of its own', () => {
    const kinds = [...TAG_KINDS, 'newer'];
    expect(new Set(kinds.map(tagLetter)).size).toBe(kinds.length);
  });
});

describe('labels', () => {
  const at = (x: number, y: number) => ({ x, y });
  const label = (text: string, rank: number, ...spots: { x: number; y: number }[]) => ({
    text, rank, spots, width: 40, height: 15,
  });

  it('give way to the more important, to symbols and to the edge', () => {
    const labels = [
      label('less', 1, at(10, 10)),
      label('more', 2, at(0, 0), at(100, 0)),
      label('aside', 1, at(0, 0), at(200, 30)),
      label('beyond', 9, at(380, 0)),
    ];
    const symbols = [{ x: 200, y: 0, width: 10, height: 10 }];
    const room = { x: 0, y: 0, width: 400, height: 300 };
    const space = new Space(room);
    symbols.forEach((symbol) => space.occupy(symbol));
    const kept = byRank(labels).flatMap((one) => space.place(one) ?? []).map((p) => [p.label.text, p.x]);
    expect(kept).toEqual([['more', 0], ['aside', 200]]);
    expect(space.place(label('hit', 1, at(195, 5)))).toBeNull();
  });
});
