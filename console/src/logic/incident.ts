import type {
  Advice, Evidence, Grid, Incident, Location, Phase, Plan, Reason, Step, Suspect,
} from './contract';
import { formatNumber } from './format';
import { inWords, reasonInWords, type Language, type Translate } from './i18n';
import type { Target } from './viewport';

/** By what the operator has to do: act at once, act, or know. */
export type Severity = 'alarm' | 'action' | 'information';
const ORDER: Record<Severity, number> = { alarm: 0, action: 1, information: 2 };

/** An alarm needs the operator now: a plan waits for its release, or automation has stopped. */
export function severity(incident: Incident): Severity {
  const { phase, cause } = incident;
  if (phase === 'closed' || cause === 'momentary' || cause === 'planned') return 'information';
  const urgent = hasSteps(incident) && incident.plan?.aim !== 'return';
  if (phase === 'stopped' || (phase === 'proposed' && urgent)) return 'alarm';
  if (phase === 'executing') return 'information';
  return 'action';
}

const hasSteps = (incident: Incident) => (incident.plan?.steps.length ?? 0) > 0;

/** Most urgent first; then most customers out, then oldest, then by id: always the same order. */
export function sorted(incidents: Record<string, Incident>): Incident[] {
  const rank = (i: Incident) => ORDER[severity(i)] + (i.phase === 'closed' ? 10 : 0);
  return Object.values(incidents).sort(
    (a, b) =>
      rank(a) - rank(b) ||
      b.customers_out - a.customers_out ||
      a.opened_at.localeCompare(b.opened_at) ||
      a.id.localeCompare(b.id),
  );
}

/** The incident to look at when nobody has chosen one. */
export function mostUrgent(incidents: Record<string, Incident>): string | null {
  return sorted(incidents).find((i) => i.phase !== 'closed')?.id ?? null;
}

/** Longest name that a narrow column has room for. */
const SHORT = 16;

/** Names as the grid spells them; an id without a name stands for itself. */
export class Names {
  private readonly names = new Map<string, string>();
  private readonly sectionPlaces = new Map<string, string>();

  constructor(grid: Grid) {
    for (const list of [grid.nodes, grid.branches, grid.switches, grid.feeders]) {
      for (const { id, name } of list) if (name && !this.names.has(id)) this.names.set(id, name);
    }
    const places = new Map(grid.nodes.filter((n) => n.kind !== 'terminal').map((n) => [n.id, n]));
    for (const section of grid.sections) {
      const named = section.nodes.map((id) => places.get(id)?.name).filter((n) => !!n);
      const lines = section.branches.map((id) => this.names.get(id)).filter((n) => !!n);
      const place = [...new Set(named.length ? named : lines)].slice(0, 2).join(' – ');
      if (place) this.sectionPlaces.set(section.id, place);
      for (const { id, name } of section.loads) if (name && !this.names.has(id)) this.names.set(id, name);
    }
  }

  of = (id: string): string => this.names.get(id) ?? this.sectionPlaces.get(id) ?? id;

  /** For narrow columns: the id where the name is long. */
  short = (id: string): string => (this.of(id).length > SHORT ? id : this.of(id));

  all = (ids: readonly string[]): string => ids.map(this.of).join(', ');

  /** Where a section lies, in words: the places inside it, else its lines. */
  place = (section: string): string => this.sectionPlaces.get(section) ?? section;
}

/** "471 E1.9 · Recloser 471/24": what the card is called. */
export function title(incident: Incident, names: Names): string {
  const device = names.of(incident.device);
  const feeder = incident.feeder === null ? '' : names.of(incident.feeder);
  return feeder && feeder !== device ? `${feeder} · ${device}` : device;
}

/** What kind of incident: its cause, or how it came to be known where no trip said so. */
export function kindInWords(incident: Incident, t: Translate): string {
  const { cause, origin } = incident;
  const isOther = cause === 'fault' && origin !== 'tripped';
  return isOther ? inWords(t, 'origin', origin) : inWords(t, 'cause', cause);
}

/** Whether the grid that a view names is this one; the service names it by fingerprint or name. */
export function isGrid(grid: Grid | null, named: string): boolean {
  return grid !== null && (named === grid.fingerprint || named === grid.name);
}

/** What the release button says: its effect, in the order of what customers feel.
 * "Close T1: 412 customers back" / "Đóng T1: 412 khách hàng có điện lại". */
export function releaseLabel(incident: Incident, names: Names, t: Translate): string {
  const { closes, opens, customers, customers_dropped } = incident.release;
  if (incident.plan?.aim === 'return') {
    return customers_dropped > 0
      ? t('release.return_drops', { n: customers_dropped })
      : t('release.return', { n: incident.plan.steps.length });
  }
  if (closes.length > 0) return t('release.close', { switches: names.all(closes), n: customers });
  if (opens.length > 0) return t('release.open', { switches: names.all(opens) });
  return t('release.nothing');
}

/** The second line of the button: what is opened before, and how many steps there are. */
export function releaseDetail(incident: Incident, names: Names, t: Translate): string {
  const { opens, closes } = incident.release;
  const steps = incident.plan?.steps.length ?? 0;
  const returns = incident.plan?.aim === 'return';
  if (returns || opens.length === 0 || closes.length === 0) return t('release.steps', { n: steps });
  return t('release.opens_first', { switches: names.all(opens), n: steps });
}

/** Where the incident is, in words: everybody has supply again, but switches are off normal. */
export function phaseInWords({ phase, normal }: Incident, t: Translate): string {
  const away = phase === 'restored' && normal?.may_accept === true;
  return away ? t('normal.phase') : inWords(t, 'phase', phase);
}

/** Why the release button is off, in words; empty when it may be pressed. */
export function releaseBlockers(
  incident: Incident,
  blind: boolean,
  names: Names,
  t: Translate,
): string[] {
  if (blind) return [t('release.blind')];
  if (incident.release.allowed) return [];
  const given = incident.release.why_not.map((reason) => reasonInWords(t, reason, names.of));
  return given.length ? given : [t('release.not_allowed')];
}

export type Progress = { done: number; total: number; failed: number; current: Step | null };

export function progress(plan: Plan): Progress {
  const is = (...states: string[]) => plan.steps.filter((step) => states.includes(step.state));
  return {
    done: is('completed', 'previously_completed').length,
    total: plan.steps.length,
    failed: is('failed', 'aborted').length,
    current: is('pending', 'instructed')[0] ?? null,
  };
}

/** Number of each step that is still to come, by switch. */
export function stepsAhead(incident: Incident | null): Map<string, number> {
  const live = incident !== null && ['proposed', 'executing'].includes(incident.phase);
  const steps = live ? (incident.plan?.steps ?? []) : [];
  const ahead = steps.filter(({ state }) => ['new', 'instructed', 'pending'].includes(state));
  return new Map(ahead.map((step) => [step.switch, step.number]));
}

/** Customers back so far by the steps that are done. */
export function customersBack(plan: Plan): number {
  return plan.steps
    .filter((step) => step.state === 'completed' || step.state === 'previously_completed')
    .reduce((sum, step) => sum + step.customers_restored, 0);
}

/** Where a plan comes nearest to what the grid bears: its step with the highest loading, and that with the
 * lowest voltage. Null where no step supplies anybody. */
export function weakest(plan: Plan): { loading: Step; voltage: Step } | null {
  const { steps } = plan;
  const [first] = steps.filter(({ check }) => check.loading_pct_max !== null && check.voltage_pu_min !== null);
  if (first === undefined) return null;
  const most = ({ check }: Step) => check.loading_pct_max ?? -Infinity;
  const least = ({ check }: Step) => check.voltage_pu_min ?? Infinity;
  return {
    loading: steps.reduce((worst, step) => (most(step) > most(worst) ? step : worst), first),
    voltage: steps.reduce((worst, step) => (least(step) < least(worst) ? step : worst), first),
  };
}

const ROLE_ORDER: Record<Evidence['role'], number> = { against: 0, supports: 1, ignored: 2 };

/** Less than this is not worth a row, unless the section is suspected all the same. */
const PROBABILITY_SHOWN = 0.001;

/** The suspects that are worth a row, as the service ordered them. */
export function shownSuspects({ suspects, suspected }: Location): Suspect[] {
  const own = new Set(suspected);
  return suspects.filter((s) => own.has(s.section) || s.probability >= PROBABILITY_SHOWN);
}

/** Evidence that says something, and devices that say nothing. What was measured at the edge of the
 * suspected area comes first: it decides where the area ends. Of the silent devices those come
 * first that have an indicator and should have spoken. */
export function weighed(
  { evidence, suspected }: Location, grid: Grid,
): {
  telling: Evidence[]; silent: Evidence[]; failed: number;
} {
  const own = new Set(suspected);
  const edge = new Set(
    grid.switches
      .filter(({ sections }) => new Set(sections.map((id) => own.has(id))).size > 1)
      .map(({ id }) => id),
  );
  const atEdge = (item: Evidence) => edge.has(item.device);
  const telling = evidence.filter((item) => item.role !== 'ignored');
  const silent = evidence.filter((item) => item.role === 'ignored');
  const fails = ({ reading, why }: Evidence) =>
    reading !== 'not fitted' && why.code !== 'silence-of-waiting';
  const failed = silent.filter(fails);
  const absent = silent.filter((item) => !fails(item));
  return {
    telling: evidenceInOrder([...telling.filter(atEdge), ...telling.filter((i) => !atEdge(i))]),
    silent: [...failed, ...absent],
    failed: failed.length,
  };
}

/** What speaks against comes first: it is what the operator must weigh. Else as the service
 * ordered it. */
export function evidenceInOrder(evidence: readonly Evidence[]): Evidence[] {
  return evidence
    .map((item, index) => ({ item, index }))
    .sort((a, b) => ROLE_ORDER[a.item.role] - ROLE_ORDER[b.item.role] || a.index - b.index)
    .map(({ item }) => item);
}

/** "guard: 14 checks passed", or how many invariants are broken. */
export function guardVerdict({ guard }: Pick<Plan, 'guard'>, t: Translate): string {
  const { passed, checks, violations } = guard;
  return passed
    ? t('guard.passed', { n: checks })
    : t('guard.failed', { n: violations.length, checks });
}

/** A limit that stood in the way, with the number and the limit where there are some. */
export function limitInWords(
  language: Language,
  t: Translate,
  limit: { because: string; element: string; value?: number | null; limit?: number | null },
  names: Names,
): string {
  const words = inWords(t, 'limit', limit.because);
  const where = limit.element ? ` · ${names.of(limit.element)}` : '';
  if (limit.value == null || limit.limit == null) return words + where;
  const [value, bound] = [limit.value, limit.limit].map((n) => formatNumber(language, n, 3));
  return `${words}${where}: ${value} (${t('limit.bound', { limit: bound ?? '' })})`;
}

/** Steps of the way that the phases take, for the progress line of an incident. */
export const WAY: readonly Phase[] = [
  'detecting', 'settling', 'proposed', 'executing', 'restored', 'closed',
];

/** What a click on a witness leads to: a device, a section, or the section of a load. */
export function targetOf(device: string, grid: Grid): Target | null {
  if (grid.switches.some(({ id }) => id === device)) return { kind: 'switch', id: device };
  const section = grid.sections.find(
    ({ id, loads }) => id === device || loads.some((load) => load.id === device),
  );
  return section === undefined ? null : { kind: 'section', id: section.id };
}

/** Reason codes of fault indicators and trips, whose reading is of fault current. */
const OF_FAULT_CURRENT = /^(saw-|silent-|flag-|phases-|indicator-|device-tripped|tripped-)/;

/** What a witness said, where the words for readings of fault current mean it. */
export function readingInWords(t: Translate, { reading, why }: Evidence): string {
  return OF_FAULT_CURRENT.test(why.code) ? inWords(t, 'reading', reading) : '';
}

/** "Send a crew to RMU Kim Mã" / "Cử đội kiểm tra RMU Kim Mã". A trial in the search for an
 * earth fault opens for some seconds and looks whether the alarm goes away. */
export function adviceInWords(
  t: Translate, { kind, target }: Advice, names: Names, isSearch = false,
): string {
  const words = isSearch && kind === 'trial' ? 'search' : kind;
  return t(`advice.${words}`, { target: names.of(target) });
}

/** Everybody has supply, but an earth fault stands: nothing that is found saves customer minutes. */
export function isSearch({ origin, customers_out }: Incident): boolean {
  return origin === 'earth_fault' && customers_out === 0;
}

/** Where a crew may have looked: the suspects, most probable first, then what else is dark. */
export function patrolPlaces(incident: Incident): string[] {
  const suspects = incident.location?.suspects.map(({ section }) => section) ?? [];
  return [...new Set([...suspects, ...incident.dark])];
}

/** Switches that may have been tried: those that stand at what was or is dark, in grid order. */
export function trialSwitches(incident: Incident, grid: Grid): string[] {
  const zone = new Set(patrolPlaces(incident));
  return grid.switches
    .filter(({ sections, control }) => control !== 'none' && sections.some((id) => zone.has(id)))
    .map(({ id }) => id);
}

/** Whether people may still report to it what they found and tried. */
export function takesReports({ phase, cause, location }: Incident): boolean {
  return phase !== 'closed' && cause === 'fault' && location !== null;
}

/** The sentence that matters most, and the clauses behind it. */
export function inTwo(line: Reason): [Reason, Reason[]] {
  const { clauses } = line.params;
  if (!Array.isArray(clauses)) return [line, []];
  const behind = clauses.filter((one): one is Reason => typeof one !== 'string');
  return [{ ...line, params: { ...line.params, clauses: [] } }, behind];
}
