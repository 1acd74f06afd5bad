import type { Component } from 'svelte';
import type { Grid, View } from '../../logic/contract';
import type { Names } from '../../logic/incident';
import type { ScreenId } from '../../logic/screens';
import AccountScreen from './AccountScreen.svelte';
import AdminScreen from './AdminScreen.svelte';
import AlarmsScreen from './AlarmsScreen.svelte';
import DiagramScreen from './DiagramScreen.svelte';
import HelpScreen from './HelpScreen.svelte';
import HistoryScreen from './HistoryScreen.svelte';
import IncidentsScreen from './IncidentsScreen.svelte';
import MinutesScreen from './MinutesScreen.svelte';
import OverviewScreen from './OverviewScreen.svelte';
import SheetsScreen from './SheetsScreen.svelte';
import StudyScreen from './StudyScreen.svelte';

export type Shown = { grid: Grid; view: View; names: Names };

export const COMPONENTS: Record<ScreenId, Component<Shown>> = {
  overview: OverviewScreen,
  incidents: IncidentsScreen,
  alarms: AlarmsScreen,
  diagram: DiagramScreen,
  sheets: SheetsScreen,
  minutes: MinutesScreen,
  history: HistoryScreen,
  study: StudyScreen,
  account: AccountScreen,
  admin: AdminScreen,
  help: HelpScreen,
};
