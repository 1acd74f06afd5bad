import { waiting } from './alarms';
import type { Mode, View } from './contract';

/** What is not as it should be, by how many. Its words are `overview.<code>`. */
export type Wrong = { code: 'incidents' | 'out' | 'alarms' | 'links' | 'blocked' | 'shed' | 'stopped'; n: number };
export type Summary = { calm: boolean; wrong: Wrong[]; modes: { mode: Mode; n: number }[] };

const MODES: Mode[] = ['automatic', 'advisory', 'restore_only', 'disabled'];

/** The whole service in one line: calm, or what is wrong. */
export function summary(view: View): Summary {
  const { incidents, system, feeders, sheets = {} } = view;
  const lines = Object.values(feeders);
  const all: Wrong[] = [
    { code: 'incidents', n: Object.values(incidents).filter(({ phase }) => phase !== 'closed').length },
    { code: 'out', n: system.customers_out },
    { code: 'alarms', n: waiting(view) },
    { code: 'links', n: system.links.filter(({ connected }) => !connected).length },
    { code: 'blocked', n: lines.filter(({ automation }) => automation === 'blocked').length },
    { code: 'stopped', n: Object.values(sheets).filter(({ state }) => state === 'stopped').length },
    { code: 'shed', n: system.load_shed ? system.load_shed.devices.length : 0 },
  ];
  const wrong = all.filter(({ n }) => n > 0);
  const modes = MODES.map((mode) => ({ mode, n: lines.filter((line) => line.mode === mode).length }));
  return { calm: wrong.length === 0, wrong, modes: modes.filter(({ n }) => n > 0) };
}
