import type { PlacedSwitch } from '../logic/layout';
import { isOffNormal, shownPosition } from '../logic/rows';
import { symbol, tagLetter, type Stroke } from '../logic/symbols';
import { toScreen } from '../logic/viewport';
import { dot, isDot, isFar, symbolSize, type Palette, type Picture } from './picture';

/** One switch with its marks. Nothing is told by colour alone. */
export function paintSwitch(p: Picture, item: PlacedSwitch): void {
  const { context: c, palette, viewport } = p;
  const live = p.view.switches[item.fixed.id];
  const at = toScreen(viewport, item.at);
  const size = symbolSize(viewport);
  if (isDot(p, item)) return isFar(p) ? undefined : dot(p, at, 1.6, palette.symbol);
  c.save();
  c.translate(at.x, at.y);
  if (p.target?.kind === 'switch' && p.target.id === item.fixed.id) ring(p, size + 7, palette.focus);
  if (isOffNormal(item.fixed, live)) ring(p, size + 3.5, palette.action, [4, 3]);
  c.save();
  c.rotate(item.angle);
  const drawn = symbol(item.fixed.kind, shownPosition(live));
  body(p, drawn.strokes, drawn.fill, size * 0.82);
  c.restore();
  if (drawn.letter) {
    c.fillStyle = drawn.fill === 'filled' ? palette.card : inkOf(palette, drawn.fill);
    c.font = `700 ${Math.round(size * 1.15)}px ${palette.font}`;
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    if (drawn.fill === 'hatched') {
      c.strokeStyle = palette.card;
      c.lineWidth = 4;
      c.strokeText(drawn.letter, 0, 0.5);
    }
    c.fillText(drawn.letter, 0, 0.5);
  }
  glyphs(p, item, size);
  c.restore();
}

function trace(c: CanvasRenderingContext2D, stroke: Stroke, s: number): void {
  if (stroke.shape === 'line') {
    c.moveTo(stroke.x1 * s, stroke.y1 * s);
    c.lineTo(stroke.x2 * s, stroke.y2 * s);
  } else if (stroke.shape === 'box') {
    c.rect(stroke.x * s, stroke.y * s, stroke.w * s, stroke.h * s);
  } else {
    c.moveTo((stroke.x + stroke.r) * s, stroke.y * s);
    c.arc(stroke.x * s, stroke.y * s, stroke.r * s, 0, 2 * Math.PI);
  }
}

function ring({ context: c }: Picture, r: number, colour: string, dash: number[] = []): void {
  c.save();
  c.setLineDash(dash);
  c.strokeStyle = colour;
  c.lineWidth = 2;
  c.beginPath();
  c.arc(0, 0, r, 0, 2 * Math.PI);
  c.stroke();
  c.restore();
}

/** By where the switch stands, in the colours of the site. */
const inkOf = ({ closed, open, symbol: unknown }: Palette, fill: string): string =>
  ({ filled: closed, hollow: open })[fill] ?? unknown;

function body(p: Picture, strokes: Stroke[], fill: string, s: number): void {
  const { context: c, palette } = p;
  const colour = inkOf(palette, fill);
  c.strokeStyle = colour;
  c.lineWidth = 1.8;
  c.beginPath();
  for (const stroke of strokes.filter((one) => one.shape !== 'line')) trace(c, stroke, s);
  c.fillStyle = fill === 'filled' ? colour : palette.card;
  c.fill();
  if (fill === 'hatched') {
    c.save();
    c.clip();
    c.lineWidth = 1.2;
    c.beginPath();
    for (let x = -3 * s; x < 3 * s; x += 4) {
      c.moveTo(x - s, 1.2 * s);
      c.lineTo(x + s, -1.2 * s);
    }
    c.stroke();
    c.restore();
  }
  c.beginPath();
  for (const stroke of strokes.filter((one) => one.shape !== 'line')) trace(c, stroke, s);
  for (const stroke of strokes) if (stroke.shape === 'line' && stroke.on === 'body') trace(c, stroke, s);
  c.stroke();
  const ink = strokes.filter((one) => one.shape === 'line' && one.on === 'ink');
  c.strokeStyle = fill === 'filled' ? palette.card : colour;
  c.lineWidth = 1.5;
  c.beginPath();
  for (const stroke of ink) trace(c, stroke, s);
  c.stroke();
}

/** Flag, tags and lost contact as small marks around the symbol. */
function glyphs(p: Picture, item: PlacedSwitch, size: number): void {
  const live = p.view.switches[item.fixed.id];
  if (!live) return;
  const { palette } = p;
  if (live.flag === 'yes') pennant(p, size, palette.alarm, '');
  if (live.flag === 'failed') pennant(p, size, palette.card, 'F');
  if (live.quality === 'substituted') badge(p, -size - 8, size + 6, 'M', palette.card);
  const step = p.steps.get(item.fixed.id);
  if (step !== undefined) stepNumber(p, -size - 9, -size + 2, String(step));
  live.tags.forEach((tag, index) => {
    badge(p, -size - 8 - 14 * index, -size - 16 + (step === undefined ? 10 : 0), tagLetter(tag.kind), '#ffffff');
  });
}

function pennant({ context: c, palette }: Picture, size: number, fill: string, text: string): void {
  const [x, y] = [size + 1, -size - 13];
  c.fillStyle = fill;
  c.strokeStyle = fill === palette.alarm ? palette.alarm : palette.symbol;
  c.lineWidth = 1.5;
  c.beginPath();
  c.moveTo(x, y + 16);
  c.lineTo(x, y);
  c.lineTo(x + 13, y + 5);
  c.lineTo(x, y + 10);
  c.fill();
  c.stroke();
  if (text === '') return;
  c.fillStyle = palette.symbol;
  c.font = `700 8px ${palette.font}`;
  c.textAlign = 'left';
  c.textBaseline = 'middle';
  c.fillText(text, x + 2, y + 5.5);
}

/** What the plan does here, and when in its order. */
function stepNumber({ context: c, palette }: Picture, x: number, y: number, text: string): void {
  c.fillStyle = palette.go;
  c.beginPath();
  c.arc(x, y, 8.5, 0, 2 * Math.PI);
  c.fill();
  c.fillStyle = palette.card;
  c.font = `700 11px ${palette.font}`;
  c.textAlign = 'center';
  c.textBaseline = 'middle';
  c.fillText(text, x, y + 0.5);
}

function badge(p: Picture, x: number, y: number, text: string, fill: string): void {
  const { context: c, palette } = p;
  c.fillStyle = fill;
  c.strokeStyle = palette.symbol;
  c.lineWidth = 1.3;
  c.beginPath();
  c.rect(x - 6, y - 7, 12, 14);
  c.fill();
  c.stroke();
  c.fillStyle = palette.symbol;
  c.font = `700 10px ${palette.font}`;
  c.textAlign = 'center';
  c.textBaseline = 'middle';
  c.fillText(text, x, y + 0.5);
}
