import type {
  AuditLine, CountedPage, Course, DraftSheet, Grid, Incident, Judged, MinutesReport, Mode, NewToken, Outlook,
  PastIncident, PastView, Permission, PlayAsked, Played, Reason, Role, RuleSet, Session, Sheet, SheetTemplate,
  Token, User, Written,
} from './contract';
import type { CrewWord } from './sheet';
import type { Training } from './training';

/** An RFC 9457 problem. The console words it by `code` and falls back to `detail`. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly remedy: string,
    /** What the core itself says; the console words it. */
    readonly reason: Reason | null = null,
  ) {
    super(detail || code);
  }
}

/** Longer than this nobody waits for an answer: the act counts as unanswered. */
const ANSWER_MS = 15_000;
/** What is worked out beside the control room may have to begin its process first. */
const BESIDE_MS = 180_000;

type Body = Record<string, unknown>;
type Fetch = (path: string, init: RequestInit) => Promise<Response>;

/** `crypto.randomUUID` is missing where the console is served without TLS; this is not. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A draft as the service takes it. */
const sent = ({ paper, ...rest }: DraftSheet): Body => ({ ...paper, ...rest });

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const reasonOf = (value: unknown): Reason | null =>
  typeof value === 'object' && value !== null && 'code' in value ? (value as Reason) : null;

/** For a `catch`: what was asked for did not come. */
export const unreachable = (error: unknown): never => {
  throw new Problem(0, 'unreachable', String(error), '');
};

async function problemOf(response: Response): Promise<Problem> {
  const body: Body = await response.json().catch(() => ({}));
  const fromType = text(body.type).replace('urn:gridops:problem:', '');
  const code = text(body.code) || fromType || `http-${response.status}`;
  const detail = text(body.detail) || text(body.title);
  return new Problem(response.status, code, detail, text(body.remedy), reasonOf(body.reason));
}

/** Talks to the service. Every method raises `Problem`: with the service's own code, or
 * `unreachable` when no answer came, or not the whole of it. */
export class Api {
  csrf = '';

  constructor(
    private readonly fetch: Fetch = (path, init) => globalThis.fetch(path, init),
    private readonly key: () => string = randomKey,
    readonly root = 'api/v1',
  ) {}

  async session(): Promise<Session> {
    return this.entered(await this.call<Session>('GET', '/session'));
  }

  async login(user: string, password: string): Promise<Session> {
    return this.entered(await this.call<Session>('POST', '/session', { user, password }));
  }

  async logout(): Promise<void> {
    await this.call('DELETE', '/session');
    this.csrf = '';
  }

  grid = () => this.call<Grid>('GET', '/grid');

  /** How somebody who is trained is doing. */
  training = () => this.call<Training>('GET', '/training');

  /** The probe, which needs no login. */
  alive = async (): Promise<{ training: boolean }> => (await this.fetch('livez', {})).json();

  rulesets = () => this.call<RuleSet[]>('GET', '/indices/rulesets');

  /** Outage minutes of a time, under a rule-set (docs/http.md). */
  minutes = (asked: string) => this.call<MinutesReport>('GET', `/indices?${asked}`);

  /** The interruptions behind them. */
  counted = (asked: string) => this.call<CountedPage>('GET', `/indices/counted?${asked}`);

  incident = (id: string) => this.call<Incident>('GET', `/incidents/${encodeURIComponent(id)}`);

  release = (incident: string, plan: string, fingerprint: string) =>
    this.call('POST', `/incidents/${encodeURIComponent(incident)}/release`, { plan, fingerprint });

  /** Lets somebody else release the plan; nothing moves by it. */
  approve = (incident: string, plan: string, fingerprint: string) =>
    this.call('POST', `/incidents/${encodeURIComponent(incident)}/approve`, { plan, fingerprint });

  /** Puts the better plan on the screen; nothing moves by it. */
  takeOffer = (incident: string, plan: string, fingerprint: string) =>
    this.call('POST', `/incidents/${encodeURIComponent(incident)}/offer`, { plan, fingerprint });

  outlook = (incident: string) =>
    this.call<Outlook>('GET', `/incidents/${encodeURIComponent(incident)}/outlook`);

  act = (incident: string, verb: 'halt' | 'replan' | 'repaired' | 'accept') =>
    this.call('POST', `/incidents/${encodeURIComponent(incident)}/${verb}`);

  patrol = (incident: string, place: string, found: boolean) =>
    this.call('POST', `/incidents/${encodeURIComponent(incident)}/patrols`, { place, found });

  trial = (incident: string, switchId: string, held: boolean) =>
    this.call('POST', `/incidents/${encodeURIComponent(incident)}/trials`, {
      switch: switchId, held,
    });

  /** `seen`: as the line said; what came after that stays unacknowledged. */
  acknowledge = (alarm: string, seen: number) => this.call('POST', '/alarms/acknowledge', { alarm, seen });

  /** `seen`: as above. */
  shelve = (alarm: string, seen: number, minutes: number, reason: string) =>
    this.call('POST', '/alarms/shelve', { alarm, seen, minutes, reason });

  unshelve = (alarm: string) => this.call('POST', '/alarms/unshelve', { alarm });

  placeTag = (switchId: string, kind: string, reason: string) =>
    this.call('POST', '/tags', { switch: switchId, kind, reason });

  removeTag = (tag: string, reason = '') => {
    const why = reason === '' ? '' : `?reason=${encodeURIComponent(reason)}`;
    return this.call('DELETE', `/tags/${encodeURIComponent(tag)}${why}`);
  };

  /** Ends what had latched automation off on a feeder. */
  enableAutomation = (feeder: string, reason: string) =>
    this.call('POST', `/feeders/${encodeURIComponent(feeder)}/automation`, { reason });

  setMode = (feeder: string | null, mode: Mode) => this.call('PUT', '/modes', { feeder, mode });

  announce = (switchId: string, position: 'open' | 'closed') =>
    this.call('POST', `/switches/${encodeURIComponent(switchId)}/announce`, { position });

  issuePermit = (sections: string[], points: string[], holder: string, reason: string) =>
    this.call('POST', '/permits', { sections, isolated_by: points, holder, reason });

  returnPermit = (permit: string, reason: string) =>
    this.call(
      'DELETE', `/permits/${encodeURIComponent(permit)}?reason=${encodeURIComponent(reason)}`,
    );

  setReclosing = (switchId: string, on: boolean, reason: string) =>
    this.call('PUT', `/switches/${encodeURIComponent(switchId)}/reclosing`, { on, reason });

  setPhasing = (section: string, verified: boolean, reason: string) =>
    this.call('PUT', `/sections/${encodeURIComponent(section)}/phasing`, { verified, reason });

  sheet = (id: string) => this.call<Sheet>('GET', `/sheets/${encodeURIComponent(id)}`);

  draw = (draft: DraftSheet) => this.call<Sheet>('POST', '/sheets', sent(draft));

  /** Refused when somebody else has changed it since it was read. */
  edit = (sheet: Sheet, draft: DraftSheet) =>
    this.call<Sheet>('PUT', `/sheets/${encodeURIComponent(sheet.id)}`, sent(draft), sheet.etag);

  /** What guard and power flow say to it; nothing is kept. */
  check = (draft: DraftSheet) => this.call<Judged>('POST', '/sheets/check', sent(draft));

  templates = () => this.call<SheetTemplate[]>('GET', '/sheets/templates');

  fromTemplate = (template: string, chosen: Record<string, string>) =>
    this.call<Written>('POST', '/sheets/from-template', { template, chosen });

  /** Of exactly the sheet that was read. */
  sheetAct = (sheet: Sheet, verb: 'approve' | 'start' | 'withdraw') =>
    this.call<Sheet>('POST', `/sheets/${encodeURIComponent(sheet.id)}/${verb}`,
      verb === 'withdraw' ? undefined : { fingerprint: sheet.fingerprint }, sheet.etag);

  /** Before the next step, whatever anybody has read. */
  stopSheet = (id: string) => this.call<Sheet>('POST', `/sheets/${encodeURIComponent(id)}/stop`);

  instruct = (id: string, step: number, receiver: string) =>
    this.call<Sheet>('POST', `/sheets/${encodeURIComponent(id)}/steps/${step}/instruct`, { receiver });

  report = (id: string, step: number, how: CrewWord, note: string) =>
    this.call<Sheet>('POST', `/sheets/${encodeURIComponent(id)}/steps/${step}/report`, {
      done: how === 'done', turned_back: how === 'turned_back', note,
    });

  /** The incidents that opened last before `until`, the latest first. */
  history = (until: string, count: number) =>
    this.call<PastIncident[]>('GET', `/history?${new URLSearchParams({ until, count: String(count) })}`);

  course = (incident: string) => this.call<Course>('GET', `/history/${encodeURIComponent(incident)}`);

  /** What the screen showed at that moment, or how far the journal is read up to there. */
  past = (at: string) =>
    this.beside<PastView>('GET', `/history/view?${new URLSearchParams({ at })}`);

  /** The version of the grid that a past view is of. */
  pastGrid = (fingerprint: string, gone: AbortSignal) =>
    this.beside<Grid>('GET', `/history/grid/${encodeURIComponent(fingerprint)}`, gone);

  /** What would happen; nothing of it does. */
  playStudy = (asked: PlayAsked, gone: AbortSignal) =>
    this.beside<Played>('POST', '/studies/played', gone, asked);

  users = () => this.call<User[]>('GET', '/users');

  addUser = (user: { name: string; role: Role; password: string; areas: string[] }) =>
    this.call<User>('POST', '/users', user);

  setRole = (user: string, role: Role, areas: string[]) =>
    this.call<User>('PUT', `/users/${encodeURIComponent(user)}/role`, { role, areas });

  /** `current`: one's own; empty where an administrator sets another's. */
  setPassword = (user: string, password: string, current: string) =>
    this.call('PUT', `/users/${encodeURIComponent(user)}/password`, { password, current });

  removeUser = (user: string) => this.call('DELETE', `/users/${encodeURIComponent(user)}`);

  tokens = (user: string) => this.call<Token[]>('GET', `/users/${encodeURIComponent(user)}/tokens`);

  makeToken = (user: string, token: { name: string; scopes: Permission[]; days: number }) =>
    this.call<NewToken>('POST', `/users/${encodeURIComponent(user)}/tokens`, token);

  revokeToken = (user: string, id: string) =>
    this.call('DELETE', `/users/${encodeURIComponent(user)}/tokens/${encodeURIComponent(id)}`);

  audit = (count: number) => this.call<AuditLine[]>('GET', `/audit?count=${count}`);

  /** Where the paper form is. */
  printed = (id: string, form: 'vn' | 'en') =>
    `${this.root}/sheets/${encodeURIComponent(id)}/print?form=${form}`;

  /** Given up as soon as nobody waits for it, where `gone` says so: a browser has six connections to a service that
   * speaks HTTP/1.1, and what has to act must not queue behind what takes minutes. */
  private beside = <T>(method: string, path: string, gone?: AbortSignal, body?: Body) => {
    const late = AbortSignal.timeout(BESIDE_MS);
    return this.call<T>(method, path, body, undefined, gone ? AbortSignal.any([gone, late]) : late);
  };

  private entered(session: Session): Session {
    this.csrf = session.csrf;
    return session;
  }

  private async call<T = unknown>(
    method: string, path: string, body?: Body, read?: string,
    signal = AbortSignal.timeout(ANSWER_MS),
  ): Promise<T> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (read !== undefined) headers['If-Match'] = read;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (method !== 'GET') {
      headers['X-CSRF-Token'] = this.csrf;
      headers['Idempotency-Key'] = this.key();
    }
    const init: RequestInit = { method, headers, signal, credentials: 'same-origin' };
    if (body !== undefined) init.body = JSON.stringify(body);
    const response = await this.fetch(this.root + path, init).catch(unreachable);
    if (!response.ok) throw await problemOf(response);
    if (response.status === 204) return undefined as T;
    return (await response.json().catch(unreachable)) as T;
  }
}
