import { describe, expect, it } from 'vitest';
import type { Session } from '../src/logic/contract';
import { hashOf, routeFor, routeIn, screensFor } from '../src/logic/screens';

const viewer: Session = { user: 'lan', role: 'viewer', language: 'vi', csrf: '', may: ['look'] };
const stranger: Session = { ...viewer, may: [] };

describe('an address', () => {
  it('names a screen, and what is looked at on it', () => {
    expect(routeIn('#/sheets')).toEqual({ screen: 'sheets', rest: [] });
    expect(routeIn('#/incidents/I-7')).toEqual({ screen: 'incidents', rest: ['I-7'] });
  });

  it('comes back from its route, whatever an id is made of', () => {
    const route = { screen: 'sheets' as const, rest: ['a/b #1', '50 %'] };
    expect(routeIn(hashOf(route))).toEqual(route);
  });

  it.each(['', '#', '#/', '#/nowhere', '/sheets', '#sheets', '#/sheets/%E0%A4%A'])(
    'that names no screen leads nowhere: %j', (hash) => expect(routeIn(hash)).toBeNull(),
  );
});

describe('one begins', () => {
  it('at the address, else where this browser was last, else at the incidents', () => {
    expect(routeFor(viewer, '#/sheets', '#/diagram').screen).toBe('sheets');
    expect(routeFor(viewer, '', '#/diagram').screen).toBe('diagram');
    expect(routeFor(viewer, '#/nowhere', null).screen).toBe('incidents');
  });

  it('at no screen that the session may not see', () => {
    expect(screensFor(stranger)).toEqual([]);
    expect(routeFor(stranger, '#/sheets', '#/diagram').screen).toBe('incidents');
    expect(screensFor(viewer).map(({ id }) => id)).toContain('diagram');
    expect(screensFor(viewer).map(({ id }) => id)).not.toContain('admin');
    expect(routeFor(viewer, '#/admin', null).screen).toBe('incidents');
  });
});
