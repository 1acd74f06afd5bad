import { describe, expect, it } from 'vitest';
import type { Incident, Offer, Outlook } from '../src/logic/contract';
import { translator } from '../src/logic/i18n';
import { Names } from '../src/logic/incident';
import {
  alternativeLines, branchLines, helpLines, offerBlockers, offerDetail, offerGain, offerLabel,
} from '../src/logic/offer';
import { grid, incidentIn } from './fixture';

const names = new Names(grid);
const en = translator('en');
const vi = translator('vi');
const offer: Offer = {
  id: 'I1/P2', fingerprint: 'f00d', offered_at: '2026-11-23T02:14:05Z', expires_at: null,
  customers: 200, customers_more: 100, minutes_fewer: 23958.3, steps_more: 3,
  customers_interrupted: 40, interrupted_s: 5, closes: ['t3', 't1'], opens: ['s1', 's2'],
  last_done_s: 20, proof: 'optimal', gap_pct: 0,
};
const offered: Incident = { ...incidentIn('proposed'), offer };

describe('an offer', () => {
  it('says what it gains and what it costs', () => {
    expect(offerGain(offer, 'en', en)).toBe(
      'Better plan: 100 more customers back, 23,958 customer minutes fewer; ' +
        '3 more movements, 40 supplied customers interrupted for up to 5 s',
    );
    const gentle = { ...offer, customers_more: 0, customers_interrupted: 0, steps_more: 1 };
    expect(offerGain(gentle, 'en', en)).toBe(
      'Better plan: 23,958 customer minutes fewer; 1 more movement, nobody interrupted',
    );
    expect(offerGain(offer, 'vi', vi)).toContain('thêm 100 khách hàng có điện lại');
  });

  it('has a button that names its effect, and that nothing moves by it', () => {
    expect(offerLabel(offer, names, en)).toBe(
      'Show this plan instead: close t3, t1, 200 customers back',
    );
    expect(offerDetail(offer, names, en)).toBe('nothing moves yet · opens s1, s2');
  });

  it('cannot be taken by somebody who only looks, nor by somebody who sees nothing', () => {
    expect(offerBlockers(offered, true, false, en)).toEqual([]);
    expect(offerBlockers(offered, false, false, en)).toHaveLength(1);
    expect(offerBlockers(offered, true, true, en)).toHaveLength(1);
    expect(offerBlockers({ ...offered, offer: null }, false, true, en)).toEqual([]);
  });
});

describe('what stands around a plan', () => {
  const outlook: Outlook = {
    plan: 'I1/P1', ready: true,
    branches: [
      {
        step: 2, what: { code: 'step-would-refuse', params: { switch: 's3' } }, at_s: 4,
        steps: [{ switch: 't1', action: 'close', by: 'remote', done_s: 2 }],
        customers_at_risk: 1, minutes_at_risk: 12.4,
      },
      {
        step: 2, what: { code: 'step-would-be-silent', params: { switch: 's3' } }, at_s: 14,
        steps: [], customers_at_risk: 100, minutes_at_risk: 2400,
      },
    ],
    alternatives: [
      {
        without: ['t3'], instead: ['t1'], customers_less: 0, minutes_more: 50, movements_more: 1,
        steps: [{ switch: 't1', action: 'close', by: 'remote', done_s: 2 }],
      },
      { without: ['t3'], instead: [], customers_less: 100, minutes_more: 500, movements_more: -1, steps: [] },
    ],
    helps: [
      { what: { code: 'help-crew', params: {} }, customers_more: 30, minutes_less: 600, at_most: true },
    ],
  };

  it('says what is done if a step fails, and what that costs', () => {
    const [refused, silent] = branchLines(outlook, names, 'en', en);
    expect(refused?.what).toMatch(/^Step 2: .*s3/);
    expect(refused?.then).toMatch(/t1$/);
    expect(refused?.cost).toBe('(1 customer and 12 customer minutes at risk)');
    expect(silent?.then).toBe('nothing safe is left to do');
  });

  it('says what else could be done and what would help', () => {
    const [other, less] = alternativeLines(outlook, names, 'en', en);
    expect(other?.what).toBe('With t1 instead');
    expect(less?.what).toBe('Without t3');
    expect(less?.cost).toBe('(100 customers fewer back, 500 customer minutes more)');
    const [help] = helpLines(outlook, names, 'en', en);
    expect(help?.cost).toBe('(at most 30 more customers back, 600 customer minutes fewer)');
    expect(help?.what).not.toContain('help-crew');
  });
});
