import { Api, Problem, unreachable } from '../logic/api';
import type { DraftSheet, Grid, Session, Sheet } from '../logic/contract';
import type { Zone } from '../logic/format';
import { THEMES, type Theme } from '../logic/themes';
import { ZONES } from '../logic/format';
import { languageOf, learn, translator, type Language } from '../logic/i18n';
import { isGrid, mostUrgent, Names } from '../logic/incident';
import { hashOf, routeFor, routeIn, type Route, type ScreenId } from '../logic/screens';
import { emptyDraft } from '../logic/sheet';
import { isBlind, steadyNow, Stream, UNHEARD, type StreamState } from '../logic/stream';
import type { Target } from '../logic/viewport';

const TICK_MS = 250;
/** While blind: how often the service is asked whether the session still stands. An event stream
 * cannot tell a lost session from a lost network. */
const ASK_EVERY_MS = 3_000;
const LANGUAGE = 'gridops.language';
const ZONE = 'gridops.zone';
const ROUTE = 'gridops.route';
const THEME = 'gridops.theme';

function rememberedZone(): Zone {
  return ZONES.find((zone) => zone === localStorage.getItem(ZONE)) ?? 'browser';
}

function rememberedTheme(): Theme {
  return THEMES.find((theme) => theme === localStorage.getItem(THEME)) ?? 'grey';
}

/** Everything that the screen shows, in one place: the logic decides, this remembers. */
export class Desk {
  readonly api = new Api();
  session = $state.raw<Session | null>(null);
  /** Whether it is known yet if somebody is logged in. */
  sessionAsked = $state(false);
  grid = $state.raw<Grid | null>(null);
  stream = $state.raw<StreamState>(UNHEARD);
  /** Steady time; what people read is `serverNow`. */
  now = $state(steadyNow());
  language = $state<Language>(languageOf(localStorage.getItem(LANGUAGE) ?? navigator.language));
  zone = $state<Zone>(rememberedZone());
  theme = $state<Theme>(rememberedTheme());
  route = $state.raw<Route>({ screen: 'incidents', rest: [] });
  chosenIncident = $state<string | null>(null);
  target = $state.raw<Target | null>(null);
  table = $state(false);
  /** The sheet that is read in place of the incident. */
  chosenSheet = $state<string | null>(null);
  sheet = $state.raw<Sheet | null>(null);
  /** What is written: a change of `of`, or a new sheet. */
  writing = $state.raw<{ of: Sheet | null; begun: DraftSheet } | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);

  readonly t = $derived(translator(this.language));
  readonly view = $derived(this.stream.view);
  readonly blind = $derived(isBlind(this.stream, this.now));
  readonly serverNow = $derived(this.now + this.stream.offsetMs);
  readonly names = $derived(this.grid ? new Names(this.grid) : null);
  readonly incident = $derived.by(() => {
    if (!this.view) return null;
    const { incidents } = this.view;
    const chosen = this.chosenIncident === null ? undefined : incidents[this.chosenIncident];
    const urgent = mostUrgent(incidents);
    return chosen ?? (urgent === null ? null : (incidents[urgent] ?? null));
  });

  private source: Stream | null = null;
  private asking = false;
  private askedAt = 0;
  /** The grid that the view named last and that was fetched for it. */
  private gridOf = '';

  /** Runs until the returned function is called. */
  run(): () => void {
    document.documentElement.dataset.theme = this.theme;
    const timer = setInterval(() => {
      this.now = steadyNow();
      this.source?.tick();
      if (this.session && this.blind) void this.askWhetherLoggedIn();
    }, TICK_MS);
    void this.resume();
    return () => {
      clearInterval(timer);
      this.source?.stop();
    };
  }

  private async resume(): Promise<void> {
    try {
      await this.enter(await this.api.session());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status !== 401) this.problem = error;
    }
    this.sessionAsked = true;
  }

  private async askWhetherLoggedIn(): Promise<void> {
    if (this.asking || this.now - this.askedAt < ASK_EVERY_MS) return;
    this.asking = true;
    try {
      await this.api.session();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // Anything else is what the blind banner says already.
      if (error.status === 401) this.leave(error);
    } finally {
      this.asking = false;
      this.askedAt = steadyNow();
    }
  }

  /** Raises `Problem` when the login is refused; the login screen shows it. */
  async login(user: string, password: string): Promise<void> {
    const session = await this.api.login(user, password);
    if (localStorage.getItem(LANGUAGE) === null) await this.use(languageOf(session.language));
    await this.enter(session);
  }

  private async enter(session: Session): Promise<void> {
    this.grid = await this.api.grid();
    this.session = session;
    this.take(routeFor(session, location.hash, localStorage.getItem(ROUTE)));
    this.problem = null;
    this.askedAt = steadyNow();
    this.source?.stop();
    this.source = new Stream(
      () => new EventSource(`${this.api.root}/events`),
      (state) => this.heard(state),
    );
    this.source.start();
  }

  private heard(state: StreamState): void {
    this.stream = state;
    this.now = steadyNow();
    const shown = state.view?.system.grid ?? '';
    if (shown === '' || shown === this.gridOf) return;
    this.gridOf = shown;
    if (!isGrid(this.grid, shown)) void this.act(() => this.reloadGrid());
  }

  /** The row of the chosen sheet as the view has it: what is read is read again when it changes. */
  readonly sheetRow = $derived(
    this.chosenSheet === null ? undefined : this.view?.sheets?.[this.chosenSheet],
  );

  /** The address was changed, by a link or by hand; one that names no screen leads nowhere. */
  follow(hash: string): void {
    if (this.session && routeIn(hash)) this.take(routeFor(this.session, hash, null));
  }

  go(screen: ScreenId, ...rest: string[]): void {
    location.hash = hashOf({ screen, rest });
  }

  private take(route: Route): void {
    this.route = route;
    localStorage.setItem(ROUTE, hashOf(route));
    history.replaceState(null, '', hashOf(route));
  }

  look(kind: Target['kind'], id: string | null): void {
    if (id !== null) this.target = { kind, id };
  }

  toIncident(id: string | null): void {
    this.leaveSheet();
    if (id !== null) this.chosenIncident = id;
    this.go('incidents');
  }

  readSheet(id: string | null): void {
    this.writing = null;
    if (id === null || id === this.chosenSheet) return;
    this.sheet = null;
    this.chosenSheet = id;
  }

  /** Fetches the chosen sheet whole; the view carries only its row. */
  async fetchSheet(id: string): Promise<void> {
    const found = await this.asked(() => this.api.sheet(id));
    if (found && this.chosenSheet === id) this.sheet = found;
  }

  tookSheet(sheet: Sheet): void {
    this.writing = null;
    this.chosenSheet = sheet.id;
    this.sheet = sheet;
  }

  leaveSheet(): void {
    this.chosenSheet = this.sheet = this.writing = null;
  }

  drawSheet(): void {
    this.writing = { of: null, begun: emptyDraft(this.session?.user ?? '') };
  }

  editSheet(of: Sheet | null, begun: DraftSheet): void {
    this.writing = { of, begun };
  }

  leaveEditor(): void {
    this.writing = null;
  }

  /** Asks something that changes nothing; null, and the problem on the screen, if it cannot be
   * answered. What was given up because nobody waits for it any more (`gone`) is no problem. */
  async asked<T>(what: () => Promise<T>, gone?: AbortSignal): Promise<T | null> {
    try {
      return await what();
    } catch (error) {
      if (!gone?.aborted) this.refused(error);
      return null;
    }
  }

  /** Puts the problem on the screen; a session that has ended leads back to the login. */
  private refused(error: unknown): void {
    if (!(error instanceof Problem)) throw error;
    this.problem = error;
    if (error.status === 401) this.leave(error);
  }

  private async reloadGrid(): Promise<void> {
    this.grid = await this.api.grid();
  }

  async logout(): Promise<void> {
    if (await this.act(() => this.api.logout())) this.leave(null);
  }

  /** Back to the login screen; `why` stands there. */
  private leave(why: Problem | null): void {
    this.source?.stop();
    this.source = null;
    this.stream = UNHEARD;
    this.gridOf = '';
    this.session = null;
    this.target = null;
    this.chosenIncident = null;
    this.leaveSheet();
    this.problem = why;
  }

  /** Does one act; a problem is shown until it is dismissed or the next act succeeds. */
  async act(what: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    try {
      await what();
      this.problem = null;
      return true;
    } catch (error) {
      this.refused(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  async speak(language: Language): Promise<void> {
    if (await this.use(language)) localStorage.setItem(LANGUAGE, language);
  }

  private async use(language: Language): Promise<boolean> {
    const learnt = await this.asked(() => learn(language).then(() => true, unreachable));
    if (learnt) this.language = language;
    return learnt === true;
  }

  setTheme(theme: Theme): void {
    document.documentElement.dataset.theme = theme;
    this.theme = theme;
    localStorage.setItem(THEME, theme);
  }

  setZone(zone: Zone): void {
    this.zone = zone;
    localStorage.setItem(ZONE, zone);
  }
}

export const desk = new Desk();
