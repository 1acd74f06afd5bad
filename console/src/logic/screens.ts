import { may } from './authority';
import type { Permission, Session } from './contract';

/** Every screen of the console, in the order of the bar. Its word is `screen.<id>`; `permission` is
 * what a session must have to be offered it: the service refuses without all the same. */
export const SCREENS = [
  { id: 'overview', permission: 'look' },
  { id: 'incidents', permission: 'look' },
  { id: 'alarms', permission: 'look' },
  { id: 'diagram', permission: 'look' },
  { id: 'sheets', permission: 'look' },
  { id: 'minutes', permission: 'look' },
  { id: 'history', permission: 'look' },
  { id: 'study', permission: 'look' },
  { id: 'account', permission: 'look' },
  { id: 'admin', permission: 'administer' },
  { id: 'help', permission: 'look' },
] as const satisfies readonly { id: string; permission: Permission }[];

export type ScreenId = (typeof SCREENS)[number]['id'];

/** Where somebody is: a screen, and what is looked at on it. */
export type Route = { screen: ScreenId; rest: string[] };

const FIRST: ScreenId = 'incidents';

export const screensFor = (session: Session | null) =>
  SCREENS.filter(({ permission }) => may(session, permission));

/** `#/history/I-7` is the screen `history` with the rest `['I-7']`; null for anything else. */
export function routeIn(hash: string): Route | null {
  const [sharp, name, ...rest] = hash.split('/');
  const screen = SCREENS.find(({ id }) => id === name);
  if (sharp !== '#' || screen === undefined) return null;
  try {
    return { screen: screen.id, rest: rest.map(decodeURIComponent) };
  } catch {
    return null;
  }
}

export const hashOf = ({ screen, rest }: Route): string =>
  ['#', screen, ...rest.map(encodeURIComponent)].join('/');

/** Where to begin: at the address, else where this browser was last, else at the first screen.
 * A screen that the session may not see is none. */
export function routeFor(session: Session | null, hash: string, remembered: string | null): Route {
  const offered = screensFor(session).map(({ id }) => id);
  const wanted = [routeIn(hash), routeIn(remembered ?? '')];
  const found = wanted.find((route) => route !== null && offered.includes(route.screen));
  return found ?? { screen: FIRST, rest: [] };
}
