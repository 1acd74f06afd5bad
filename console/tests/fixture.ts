import { readFileSync } from 'node:fs';
import type { Change, Grid, Incident, View } from '../src/logic/contract';
import { merge } from '../src/logic/store';

/** The recording that `npm run dev` plays, for tests: a fault on a 22 kV ring, from trip to
 * restored. Never imported by the console itself. */
type Message = { event: 'view' | 'change'; data: View & Change };
const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../dev/fixture/${name}`, import.meta.url), 'utf8'));

export const grid = read('grid.json') as Grid;
export const messages = (read('recording.json') as { messages: Message[] }).messages;

/** The view after every message, in order. */
export const views: View[] = messages.reduce<View[]>((seen, message) => {
  const before = seen.at(-1);
  return [...seen, before ? merge(before, message.data) : message.data];
}, []);

/** The first view in which the recorded incident is in this phase. */
export function viewIn(phase: Incident['phase']): View {
  const found = views.find((view) => Object.values(view.incidents).some((i) => i.phase === phase));
  if (!found) throw new Error(`the recording has no incident in phase ${phase}`);
  return found;
}

export function incidentIn(phase: Incident['phase']): Incident {
  const found = Object.values(viewIn(phase).incidents).find((i) => i.phase === phase);
  if (!found) throw new Error(`the recording has no incident in phase ${phase}`);
  return found;
}
