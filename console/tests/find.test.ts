import { describe, expect, it } from 'vitest';
import { findables, found } from '../src/logic/find';
import { Names } from '../src/logic/incident';
import { grid } from './fixture';

const all = findables(grid, new Names(grid));
const ids = (typed: string, most = 5) => found(all, typed, most).map(({ id }) => id);

describe('what is looked for', () => {
  it('is what is called so, before what begins so or has it somewhere', () => {
    expect(ids('471')[0]).toBe('471');
    expect(ids('471').length).toBeGreaterThan(1);
  });

  it('is found without marks and capitals', () => {
    const place = all.find(({ kind, label }) => kind === 'section' && /[^\u0000-\u007f·]/.test(label));
    const plain = place?.label.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D');
    expect(ids(plain?.toUpperCase() ?? '')[0]).toBe(place?.id);
  });

  it('is nothing where nothing was typed or nothing is called so', () => {
    expect(ids('  ')).toEqual([]);
    expect(ids('no such thing')).toEqual([]);
  });

  it('is not more than there is room for', () => expect(ids('1', 3)).toHaveLength(3));
});
