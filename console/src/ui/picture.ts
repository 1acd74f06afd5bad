import type { SectionState, View } from '../logic/contract';
import type { Layout, PlacedSwitch, Point } from '../logic/layout';
import { isOffNormal, shownPosition } from '../logic/rows';
import type { Seen } from '../logic/sight';
import type { Target, Viewport } from '../logic/viewport';

export type State = SectionState | 'unknown';
export type Palette = Record<
  | 'canvas' | 'card' | 'closed' | 'open' | 'ink' | 'label' | 'labelSoft' | 'symbol' | 'alarm' | 'action' | 'focus'
  | 'go' | 'supplied' | 'dark' | 'suspected' | 'suspectedSoft' | 'isolated' | 'unknown' | 'font',
  string
>;

/** The colours of the diagram, from the one file that holds them. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    canvas: token('canvas'), card: token('card'), closed: token('closed'), open: token('open'),
    ink: token('ink'), label: token('label'),
    labelSoft: token('label-soft'), symbol: token('symbol'), alarm: token('alarm'),
    action: token('action'), focus: token('focus'), supplied: token('supplied'),
    dark: token('dark'), go: token('go'), suspected: token('suspected'), isolated: token('isolated'),
    suspectedSoft: token('suspected-soft'), unknown: token('unknown'), font: token('font'),
  };
}

/** What is drawn, and where to. Everything is in pixels of the canvas before `ratio`. */
export type Picture = {
  context: CanvasRenderingContext2D;
  width: number; height: number; ratio: number;
  /** Around what is shown, so that a small move uncovers no empty ground. */
  margin: number;
  placed: Layout; seen: Seen; view: View; viewport: Viewport; palette: Palette; target: Target | null;
  /** Steps of the plan on show that are still to come: switch and number. */
  steps: ReadonlyMap<string, number>;
};

/** Below this scale the drawing is an overview: dots for what is as it should be, names only for
 * what stands out. */
export const DETAIL_SCALE = 0.26;
/** Below this a median line is shorter than eight pixels, and dots would be one blot: lines alone,
 * and what stands out. */
const FAR_SCALE = 0.08;

/** Elements that are drawn between two looks at the clock. */
export const PIECE = 400;

export function* inPieces<T>(
  items: readonly T[], draw: (item: T) => void, piece = PIECE,
): Generator<void> {
  for (let at = 0; at < items.length; at += piece) {
    items.slice(at, at + piece).forEach(draw);
    yield;
  }
}

export const isOverview = ({ viewport }: Picture): boolean => viewport.scale < DETAIL_SCALE;
export const isFar = ({ viewport }: Picture): boolean => viewport.scale < FAR_SCALE;

export const stateOf = (p: Picture, section: string | null): State =>
  section === null ? 'unknown' : (p.view.sections[section]?.state ?? 'unknown');

export const symbolSize = (v: Viewport): number => Math.min(Math.max(11 * v.scale + 2.5, 5), 14);

/** On the overview only what an operator looks for is drawn in full. */
export function isDot(p: Picture, { fixed }: PlacedSwitch): boolean {
  if (!isOverview(p)) return false;
  const live = p.view.switches[fixed.id];
  const marked = live?.flag === 'yes' || (live?.tags.length ?? 0) > 0;
  const chosen = p.target?.kind === 'switch' && p.target.id === fixed.id;
  const head = fixed.feeder !== null || fixed.kind === 'recloser';
  const planned = p.steps.has(fixed.id);
  return !head && !marked && !planned && !chosen && shownPosition(live) === 'closed' && !isOffNormal(fixed, live);
}

export function dot({ context: c }: Picture, q: Point, r: number, colour: string): void {
  c.fillStyle = colour;
  c.beginPath();
  c.arc(q.x, q.y, r, 0, 2 * Math.PI);
  c.fill();
}
