import type { Component } from 'svelte';
import type { Grid, View } from '../../logic/contract';
import { LANGUAGES, learn } from '../../logic/i18n';
import type { Names } from '../../logic/incident';
import type { ScreenId } from '../../logic/screens';

export type Shown = { grid: Grid; view: View; names: Names };

/** Each screen comes when it is first shown. Raises: TypeError if it does not. */
export const FETCH: Record<ScreenId, () => Promise<{ default: Component<Shown> }>> = {
  overview: () => import('./OverviewScreen.svelte'),
  incidents: () => import('./IncidentsScreen.svelte'),
  alarms: () => import('./AlarmsScreen.svelte'),
  diagram: () => import('./DiagramScreen.svelte'),
  sheets: () => import('./SheetsScreen.svelte'),
  minutes: () => import('./MinutesScreen.svelte'),
  history: () => import('./HistoryScreen.svelte'),
  study: () => import('./StudyScreen.svelte'),
  account: () => import('./AccountScreen.svelte'),
  admin: () => import('./AdminScreen.svelte'),
  help: () => import('./HelpScreen.svelte'),
};

/** The first screen has the line for itself so long. */
const REST_AFTER_MS = 5_000;

/** Fetches after a while what no screen has asked for yet, one after the other: once the line to the
 * service is cut every screen can still be opened. Until the returned function is called. */
export function fetchRest(): () => void {
  let isWanted = true;
  const fetched = async () => {
    for (const fetch of [...Object.values(FETCH), ...LANGUAGES.map((one) => () => learn(one))]) {
      // What cannot be had now is asked for again when it is needed, and missed then.
      if (isWanted) await fetch().catch(() => undefined);
    }
  };
  const timer = setTimeout(() => void fetched(), REST_AFTER_MS);
  return () => {
    isWanted = false;
    clearTimeout(timer);
  };
}
