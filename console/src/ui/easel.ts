import { sightOf } from '../logic/sight';
import type { Viewport } from '../logic/viewport';
import { paint } from './paint';
import type { Picture } from './picture';

/** Painting takes no more of a frame than this; the rest of 16.7 ms is the browser's. */
const SLICE_MS = 6;
/** After a picture could not be painted, and none has been wanted since: the next attempt. */
const AGAIN_MS = 1_000;
/** What is painted around the part that is shown: a drag uncovers it while the next picture is made. */
const MARGIN_PX = 160;

export type Subject = Omit<Picture, 'context' | 'seen' | 'margin'>;
type Painted = { canvas: HTMLCanvasElement; subject: Subject };
type Work = Painted & { steps: Generator<void> };

/** Shows a picture of any size at the pace of the screen.
 *
 * Guarantees: a frame waits for painting no longer than a slice and one piece of it. A picture is
 * painted on a canvas that nobody sees; meanwhile the last whole one is shown, moved and scaled to
 * where the viewport is by then. What can be painted within one slice is shown in the same frame.
 * Half a picture is never shown: where painting fails the last whole one stays, `told` is called, and the
 * next frame begins anew. */
export class Easel {
  private shown: Painted | null = null;
  private work: Work | null = null;
  private wanted: Subject | null = null;
  private frame = 0;
  private again = 0;
  private isWhole = true;
  /** Canvases that take turns: the one that is shown, and the one that is painted. */
  private spare: HTMLCanvasElement[] = [];

  /** `told` when painting fails (false), and when it succeeds again. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly told: (isWhole: boolean) => void,
  ) {}

  show(subject: Subject): void {
    this.wanted = subject;
    this.ask();
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.again);
    this.frame = 0;
    this.work = this.wanted = null;
  }

  private ask(): void {
    clearTimeout(this.again);
    this.frame ||= requestAnimationFrame(() => this.next());
  }

  private next(): void {
    this.frame = 0;
    const { wanted } = this;
    if (wanted === null) return;
    const isPainted = this.succeeds(() => this.goOn(wanted));
    // Also where painting failed: what is clicked must be what stands under the mouse.
    const isShown = this.succeeds(() => this.present(wanted));
    if (!isPainted || !isShown) this.again = window.setTimeout(() => this.ask(), AGAIN_MS);
    else if (this.shown?.subject !== wanted) this.ask();
    else this.tell(true);
  }

  private tell(isWhole: boolean): void {
    if (isWhole !== this.isWhole) this.told(isWhole);
    this.isWhole = isWhole;
  }

  private succeeds(what: () => void): boolean {
    try {
      what();
      return true;
    } catch (error) {
      if (this.isWhole) console.error('the diagram cannot be drawn', error);
      // Its canvas is given up too: nobody knows what state it is in.
      this.work = null;
      this.tell(false);
      return false;
    }
  }

  private goOn(wanted: Subject): void {
    const until = performance.now() + SLICE_MS;
    if (this.work === null && this.shown?.subject !== wanted) this.work = this.begun(wanted);
    if (this.work === null || !this.isDone(this.work, until)) return;
    if (this.shown) this.spare.push(this.shown.canvas);
    this.shown = this.work;
    this.work = null;
  }

  private begun(subject: Subject): Work {
    const canvas = this.spare.pop() ?? document.createElement('canvas');
    const { viewport, ratio, placed } = subject;
    const [width, height] = [subject.width + 2 * MARGIN_PX, subject.height + 2 * MARGIN_PX];
    sized(canvas, Math.round(width * ratio), Math.round(height * ratio));
    // Kept where the processor reaches it: a slice must end when its strokes are really drawn.
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (context === null) throw new Error('this browser has no canvas');
    const shifted: Viewport = { ...viewport, x: viewport.x + MARGIN_PX, y: viewport.y + MARGIN_PX };
    const seen = sightOf(placed).of(shifted, width, height, 0);
    const picture = { ...subject, context, seen, width, height, viewport: shifted, margin: MARGIN_PX };
    return { canvas, subject, steps: paint(picture) };
  }

  /** Goes on with the work; whether it came to its end in time. */
  private isDone({ canvas, steps }: Work, until: number): boolean {
    const context = canvas.getContext('2d');
    while (!steps.next().done) {
      context?.getImageData(0, 0, 1, 1);
      if (performance.now() >= until) return false;
    }
    return true;
  }

  private present({ viewport: now, width, height, ratio, palette }: Subject): void {
    const context = this.canvas.getContext('2d');
    if (context === null || this.shown === null) return;
    const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
    sized(this.canvas, columns, rows);
    const { canvas, subject } = this.shown;
    const k = now.scale / subject.viewport.scale;
    const x = now.x - (subject.viewport.x + MARGIN_PX) * k;
    const y = now.y - (subject.viewport.y + MARGIN_PX) * k;
    context.fillStyle = palette.canvas;
    context.fillRect(0, 0, columns, rows);
    context.imageSmoothingEnabled = k !== 1;
    context.drawImage(canvas, x * ratio, y * ratio, canvas.width * k, canvas.height * k);
  }
}

/** Setting the size of a canvas makes it anew, also where it is the same. */
function sized(canvas: HTMLCanvasElement, columns: number, rows: number): void {
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
}
