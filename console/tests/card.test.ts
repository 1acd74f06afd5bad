import { describe, expect, it } from 'vitest';
import { blocksOf, cardIn } from '../src/logic/card';
import { LANGUAGES } from '../src/logic/i18n';

const plain = (text: string) => ({ text, strong: false });
const strong = (text: string) => ({ text, strong: true });

describe('the quick card', () => {
  it('has titles, text and tables, and marks what stands on the screen', () => {
    const card = '# Card\n\n**Bold** is\nseen.\nElsewhere: [page](page.md).\n\n## More\n\n| do | how |\n|---|---|\n| stop | **STOP** it |\n';
    expect(blocksOf(card)).toEqual([
      { kind: 'title', runs: [plain('Card')] },
      { kind: 'text', runs: [strong('Bold'), plain(' is seen.')] },
      { kind: 'heading', runs: [plain('More')] },
      {
        kind: 'table',
        head: [[plain('do')], [plain('how')]],
        rows: [[[plain('stop')], [strong('STOP'), plain(' it')]]],
      },
    ]);
  });

  it.each(LANGUAGES)('is whole on the screen: %s', (language) => {
    const blocks = cardIn(language);
    expect(blocks.map(({ kind }) => kind)).toEqual(['title', 'text', 'table', 'heading', 'table', 'text']);
    const words = JSON.stringify(blocks);
    expect(words).not.toContain('**');
    expect(words).not.toContain('](');
    for (const block of blocks) {
      if (block.kind === 'table') for (const row of block.rows) expect(row).toHaveLength(block.head.length);
    }
  });
});
