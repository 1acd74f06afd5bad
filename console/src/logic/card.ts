import english from '../../../docs/quick_card_en.md?raw';
import vietnamese from '../../../docs/quick_card_vi.md?raw';
import type { Language } from './i18n';

/** Words that stand on the screen are `strong`, the rest explains. */
export type Run = { text: string; strong: boolean };
export type Block =
  | { kind: 'title' | 'heading' | 'text'; runs: Run[] }
  | { kind: 'table'; head: Run[][]; rows: Run[][][] };

const CARDS: Record<Language, string> = { en: english, vi: vietnamese };

/** The quick card of docs/, which is also printed from there: one text for paper and screen. */
export const cardIn = (language: Language): Block[] => blocksOf(CARDS[language]);

/** What the card is written in: headings, paragraphs, tables and bold words. A line with a link leads to
 * the other language, which on the screen is one button away; it is left out. */
export function blocksOf(markdown: string): Block[] {
  return markdown
    .split(/\n{2,}/)
    .map((part) => part.split('\n').filter((line) => line !== '' && !line.includes('](')))
    .filter((lines) => lines.length > 0)
    .map(blockOf);
}

function blockOf(lines: string[]): Block {
  const [first = ''] = lines;
  if (first.startsWith('|')) {
    const [head = [], , ...rows] = lines.map(cellsOf);
    return { kind: 'table', head, rows };
  }
  const kind = first.startsWith('# ') ? 'title' : first.startsWith('## ') ? 'heading' : 'text';
  return { kind, runs: runsOf(lines.join(' ').replace(/^#+ /, '')) };
}

const cellsOf = (line: string): Run[][] =>
  line.split('|').slice(1, -1).map((cell) => runsOf(cell.trim()));

const runsOf = (text: string): Run[] =>
  text
    .split('**')
    .map((part, at) => ({ text: part, strong: at % 2 === 1 }))
    .filter((run) => run.text !== '');
