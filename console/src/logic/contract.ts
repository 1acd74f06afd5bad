/** The view contract with the service. Times are ISO 8601 UTC, quantities SI unless named. */

/** A list of strings are ids; a list of reasons are clauses, which may be none. */
export type Param = string | number | string[] | Reason[];
export type Reason = { code: string; params: Record<string, Param> };

export type Position = 'open' | 'closed' | 'intermediate' | 'bad';
export type Quality = 'good' | 'stale' | 'substituted' | 'bad';
export type Flag = 'yes' | 'no' | 'failed' | 'not fitted';
export type SectionState = 'supplied' | 'dark' | 'suspected' | 'isolated';
export type Mode = 'disabled' | 'restore_only' | 'advisory' | 'automatic';
export type Phase =
  | 'detecting' | 'settling' | 'proposed' | 'executing' | 'restored' | 'stopped' | 'closed';
export type Cause = 'fault' | 'lost_supply' | 'momentary' | 'planned' | 'telemetry';
export type Verdict = 'located' | 'ambiguous' | 'contradictory' | 'insufficient';
export type StepState =
  | 'new' | 'instructed' | 'pending' | 'completed' | 'previously_completed' | 'failed' | 'aborted'
  | 'deleted';

export type Session = {
  user: string; role: string; language: string; csrf: string;
  /** What the session may do. */
  may?: string[];
};

export type GridNode = {
  id: string; name: string; kind: string; x: number; y: number;
  station: string | null; section: string | null;
  longitude_deg: number | null; latitude_deg: number | null;
};
export type GridBranch = {
  id: string; name: string; kind: string; from: string; to: string;
  section: string | null; length_m: number;
};
export type GridSwitch = {
  id: string; name: string; kind: string; a: string; b: string; control: string;
  feeder: string | null; indicator: string; tie: boolean; normal: 'open' | 'closed';
  sections: string[]; current_a_rated: number;
};
export type GridSection = {
  id: string; customers: number; p_w: number; nodes: string[]; branches: string[];
  loads: { id: string; name: string }[];
};
export type GridFeeder = { id: string; name: string; head: string; customers: number };
export type Grid = {
  name: string; fingerprint: string; customers: number; frequency_hz: number;
  nodes: GridNode[]; branches: GridBranch[]; switches: GridSwitch[];
  sections: GridSection[]; feeders: GridFeeder[];
};

export type LinkView = {
  id: string; name: string; connected: boolean; since: string | null;
  last_heard: string | null; epoch: number; detail: string;
  counts: Record<string, number>; skew_s: number | null; device_skew_s: number | null;
  server: string;
};
export type PublisherView = { running: boolean; since: string; ended: number; detail: string };
export type SystemView = {
  /** Fingerprint or name of the grid that the view is about. */
  grid: string; mode: Mode;
  /** Nothing is real: the field is a virtual one. */
  training: boolean;
  /** Not null: everything is disabled meanwhile. */
  load_shed?: { since: string; devices: string[] } | null;
  execution: boolean; customers: number; customers_out: number;
  blind: Reason[]; links: LinkView[];
  /** Null or absent: there is none. */
  publisher?: PublisherView | null;
};
export type TagView = { id: string; kind: string; by: string; reason: string; placed_at: string };
export type SwitchView = {
  position: Position; quality: Quality; unknown: boolean; reachable: boolean; flag: Flag;
  current_a: number | null; source_time: string | null; tags: TagView[];
};
export type SectionView = { state: SectionState; feeder: string | null; voltage_pu: number | null };
/** A mode as somebody set it. */
export type ModeSet = {
  feeder: string | null; mode: Mode; by: string | null; since: string | null; reason: string;
};
/** What keeps automation from a feeder; `by` null: a device or a setting says so. */
export type Blocker = {
  kind: string; why: Reason; by: string | null; since: string | null; said: string;
};
export type FeederView = {
  /** The effective one; `mode_set` is the feeder's own, null if it has none. */
  mode: Mode; mode_set?: ModeSet | null;
  automation?: 'off' | 'available' | 'limited' | 'blocked'; blockers?: Blocker[];
  customers: number; customers_out: number; p_w: number | null; head_position: Position;
};
export type MinutesToday = {
  customer_minutes: number; saidi_min: number; saifi: number; caidi_min: number; maifi: number;
  avoided_customer_minutes: number;
};

export type Suspect = { section: string; probability: number; branches: string[] };
export type Evidence = {
  device: string; reading: string; role: 'supports' | 'against' | 'ignored'; why: Reason;
  /** Null for what is no indicator, or one that never said anything. */
  quality: Quality | null; source_time: string | null;
};
/** What would tell more; `customer_minutes` is what it is expected to save. */
export type Advice = {
  kind: 'read' | 'patrol' | 'trial'; target: string; takes_s: number; customer_minutes: number;
};
export type Location = {
  verdict: Verdict; suspects: Suspect[]; suspected: string[]; evidence: Evidence[];
  advice: Advice[];
  /** Probabilities: of no fault at all, of two, and that the readings mean nothing. */
  p_no_fault: number; p_two_faults: number; p_trouble: number;
};
export type Step = {
  number: number; action: 'open' | 'close'; switch: string; by: 'remote' | 'crew';
  starts_s: number; done_s: number; customers_restored: number; p_restored_w: number;
  sections_restored: string[];
  /** Supplied ones that lose supply until a later step. */
  customers_dropped: number; sections_dropped: string[]; sections_handed_over?: string[];
  check: {
    voltage_pu_min: number | null; loading_pct_max: number | null; limiting: string | null;
    /** Loaded beyond what they may carry always. */
    emergency?: string[];
  };
  state: StepState; note: Reason | null;
};
export type Rejected = {
  option: string[]; because: string; element: string; value: number | null; limit: number | null;
};
export type Unserved = { section: string; because: string; element: string };
export type Violation = { invariant: string; step: number | null; element: string; why: Reason };
export type Tally = { interrupted: number; restored_by_switching: number; until_repair: number };
export type Plan = {
  id: string; fingerprint: string; steps: Step[];
  /** Supply, or the way back to the normal state after the repair. */
  aim: 'restore' | 'return';
  /** Which search it comes from. */
  found_by?: 'ties' | 'packing' | 'transfer' | 'shedding';
  proof: 'optimal' | 'gap' | 'heuristic'; gap_pct: number;
  /** How far its states were looked at phase by phase. */
  phases?: 'balanced-grid' | 'three-phase' | 'not-checked';
  rejected: Rejected[]; unserved: Unserved[]; shed: string[];
  customers: Tally; p_w: Tally; customer_minutes: { with_plan: number; without: number };
  guard: { passed: boolean; checks: number; violations: Violation[] };
};
export type Approval = { by: string; until: string };
export type Release = {
  /** Whether it takes somebody else's approval, and whose there are. */
  two_person?: boolean; approvals?: Approval[];
 
  allowed: boolean; why_not: Reason[]; customers: number; closes: string[]; opens: string[];
  customers_dropped: number; expires_at: string | null;
};
/** A better plan than the one on the screen, and in what it differs; nothing until it is taken. */
export type Offer = {
  id: string; fingerprint: string; offered_at: string; expires_at: string | null;
  customers: number; customers_more: number; minutes_fewer: number; steps_more: number;
  customers_interrupted: number; interrupted_s: number;
  closes: string[]; opens: string[]; last_done_s: number;
  proof: 'optimal' | 'gap' | 'heuristic'; gap_pct: number | null;
};
export type Movement = {
  switch: string; action: 'open' | 'close'; by: 'remote' | 'crew'; done_s: number;
};
/** What stands around the plan on the card. */
export type Outlook = {
  plan: string | null;
  /** False while it is worked out. */
  ready: boolean;
  branches: {
    step: number; what: Reason; at_s: number; steps: Movement[];
    customers_at_risk: number; minutes_at_risk: number;
  }[];
  alternatives: {
    without: string[]; instead: string[]; steps: Movement[];
    customers_less: number; minutes_more: number; movements_more: number;
  }[];
  helps: { what: Reason; customers_more: number; minutes_less: number; at_most: boolean }[];
};
export type TimelineEntry = { at: string; code: string; params: Record<string, Param> };
export type Incident = {
  id: string; phase: Phase; cause: Cause; feeder: string | null;
  /** How it came to be known; the incident that goes on with it, and those that it took over. */
  origin: 'tripped' | 'predicted' | 'earth_fault';
  merged_into: string | null; took_over: string[];
  /** Devices that nobody reports, taken for open because what they feed is without supply. */
  presumed_open: string[];
  /** The device that opened first, and all that did. */
  device: string; devices: string[];
  opened_at: string; concluded_at: string | null; reason: Reason | null;
  customers_out: number; customers_interrupted: number;
  /** Sections without supply that are this incident's own. */
  dark: string[];
  /** What is dark, where the fault is and why, what to do now. */
  explanation: Reason[];
  location: Location | null; fence: string[]; plan: Plan | null; release: Release;
  /** Null while nothing better is known. */
  offer?: Offer | null;
  /** The sheet that its plan is carried out on. */
  sheet?: string | null;
  /** What its plans have moved and is off normal; null while they have moved nothing. */
  normal: { away: string[]; due_at: string | null; may_accept: boolean } | null;
  minutes: { so_far: number; with_plan: number | null; without: number | null };
  expected_restoration: ExpectedRestoration;
  decide_by: string | null; timeline: TimelineEntry[];
};

export type ExpectedTime = {
  state: 'assessing' | 'expected' | 'restored';
  at: string | null; earliest: string | null; latest: string | null;
  basis: { cause: string; device_kind: string; cases: number } | null;
};
/** When everybody is expected to have supply; `revisions` as they were told, oldest first. */
export type ExpectedRestoration = ExpectedTime & {
  restored_at: string | null; revisions: (ExpectedTime & { told_at: string })[];
};

export type SheetState =
  | 'draft' | 'approved' | 'executing' | 'completed' | 'stopped' | 'withdrawn';
export type StepAct = 'open' | 'close' | 'check_dead' | 'earth' | 'unearth' | 'note';
/** One step as somebody wrote it. */
export type Draft = {
  act: StepAct; by: 'remote' | 'crew'; switch: string | null; text: string; deleted: boolean;
};
export type SheetLine = Omit<Draft, 'deleted'> & {
  number: number; state: StepState; note: Reason | null;
  begun_at: string | null; changed_at: string | null;
  receiver: string; instructed_by: string | null; reported_by: string | null;
  customers_restored: number; customers_dropped: number;
  sections_restored: string[]; sections_dropped: string[];
};
export type SheetStep = SheetLine & { check: Step['check'] | null };
/** The head of a sheet that people fill in. */
export type Paper = {
  title: string; planned: boolean;
  issuer: string; receiver: string; supervisor: string; operator: string;
};
export type SheetHead = Paper & {
  id: string; number: string; state: SheetState; revision: number; fingerprint: string;
  incident: string | null; plan: string | null; after: string | null;
  prepared_by: string; prepared_at: string;
  approved_by: string | null; approved_at: string | null; expires_at: string | null;
  started_by: string | null; started_at: string | null; ended_at: string | null;
  gives_up: string[];
  /** The guard's word on the whole of it, when it was last judged. */
  passed: boolean;
};
/** What the view carries of a sheet. */
export type SheetRow = SheetHead & { steps: SheetLine[] };
export type Sheet = SheetHead & {
  etag: string; authors: string[]; judged_at: string;
  guard: Plan['guard']; steps: SheetStep[];
  /** Of the person who asks. */
  may: { edit: boolean; approve: boolean; start: boolean; stop: boolean; withdraw: boolean };
  why_not: Reason[]; timeline: TimelineEntry[];
};
/** What guard and power flow say to a draft. */
export type Judged = {
  guard: Plan['guard']; steps: SheetStep[]; customers_restored: number; customers_dropped: number;
};
export type SheetTemplate = {
  id: string; title: string; title_vi: string;
  parameters: {
    name: string; kind: 'section' | 'switch' | 'feeder' | 'text'; title: string; title_vi: string;
    needed: boolean;
  }[];
};
/** A draft that a template gives: to be judged, changed and kept like any other. */
export type Written = Paper & { steps: Draft[]; gives_up: string[] };
/** What is sent of a sheet that is drawn or edited. */
export type DraftSheet = {
  paper: Paper; steps: Draft[]; gives_up: string[];
  incident?: string | null; after?: string | null;
};

export type View = {
  sequence: number; at: string; system: SystemView;
  switches: Record<string, SwitchView>;
  sections: Record<string, SectionView>;
  feeders: Record<string, FeederView>;
  minutes: { today: MinutesToday; customers: number };
  incidents: Record<string, Incident>;
  /** Absent from a service that knows no sheets. */
  sheets?: Record<string, SheetRow>;
  /** A service that is older than this console tells nothing of it. */
  work?: WorkView;
};

/** A person's word that stands until another takes it back. */
export type Said = { by: string; since: string; reason: string };
export type Permit = Said & {
  id: string; sections: string[]; isolated_by: string[]; holder: string;
};
/** Permits; switches that may close by themselves; sections whose phases are unchecked. */
export type WorkView = {
  permits: Permit[]; reclosing: Record<string, Said>; phasing: Record<string, Said>;
};

/** What changed: the shape of `View`, with only the changed keys. An entry that is null is gone. */
export type Change = {
  sequence: number; at: string;
  system?: Partial<SystemView>;
  switches?: Record<string, Partial<SwitchView> | null>;
  sections?: Record<string, Partial<SectionView> | null>;
  feeders?: Record<string, Partial<FeederView> | null>;
  minutes?: Partial<View['minutes']>;
  work?: WorkView;
  incidents?: Record<string, Partial<Incident> | null>;
  sheets?: Record<string, Partial<SheetRow> | null>;
};
export type Beat = { at: string; sequence: number };
