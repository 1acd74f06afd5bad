/** The view contract with the service, by the names that the console uses. The types come from the
 * service's own OpenAPI document: see `generated/openapi.ts`. Times are ISO 8601 UTC, quantities SI unless
 * named. */
import type { components } from '../../generated/openapi';

type Shapes = components['schemas'];

export type Reason = Shapes['ReasonShape'];

export type Flag = Shapes['Reading'];
export type SectionState = Shapes['SectionShape']['state'];
export type Mode = Shapes['Mode'];
export type Phase = Shapes['Phase'];
export type Permission = Shapes['Permission'];
export type Role = Shapes['Role'];

export type Session = Shapes['SessionShape'];
export type User = Shapes['UserShape'];
export type Token = Shapes['TokenShape'];
export type NewToken = Shapes['NewTokenShape'];
export type AuditLine = Shapes['AuditShape'];

export type Grid = Shapes['GridShape'];
export type GridNode = Grid['nodes'][number];
export type GridSwitch = Grid['switches'][number];
export type GridSection = Grid['sections'][number];
export type GridFeeder = Grid['feeders'][number];

export type LinkView = Shapes['LinkShape'];
export type PublisherView = Shapes['PublisherShape'];
export type SystemView = Shapes['SystemShape'];
export type SwitchView = Shapes['SwitchShape'];
export type SectionView = Shapes['SectionShape'];
export type Blocker = Shapes['BlockerShape'];
export type FeederView = Shapes['FeederShape'];
export type Said = Shapes['SaidShape'];
export type Permit = Shapes['PermitShape'];
export type WorkView = Shapes['WorkShape'];

export type Alarm = Shapes['AlarmShape'];
export type AlarmState = Shapes['AlarmState'];
export type Priority = Shapes['Priority'];

export type Suspect = Shapes['SuspectShape'];
export type Evidence = Shapes['EvidenceShape'];
export type Advice = Shapes['AdviceShape'];
export type Location = Shapes['LocationShape'];
export type Step = Shapes['StepShape'];
export type Plan = Shapes['PlanShape'];
export type Approval = Shapes['ApprovalShape'];
export type Release = Shapes['ReleaseShape'];
export type Offer = Shapes['OfferShape'];
export type Movement = Shapes['MovementShape'];
export type Outlook = Shapes['OutlookShape'];
export type Incident = Shapes['IncidentShape'];
export type PastIncident = Shapes['PastIncident'];
export type Moment = Shapes['MomentShape'];
export type Course = Shapes['CourseShape'];
export type PastView = Shapes['PastView'];
export type PlayAsked = Shapes['PlayAsked'];
export type Played = Shapes['PlayedShape'];
export type StageView = Shapes['StageShape'];

export type RuleSet = Shapes['RuleSetShape'];
export type MinutesReport = Shapes['ReportShape'];
export type Counted = Shapes['PieceShape'];
export type CountedPage = Shapes['BehindShape'];

export type SheetState = Shapes['SheetState'];
export type StepAct = Shapes['StepAct'];
export type SheetLine = Shapes['SheetLineShape'];
export type SheetStep = Shapes['SheetStepShape'];
export type SheetRow = Shapes['SheetRow'];
export type Sheet = Shapes['SheetShape'];
export type Judged = Shapes['JudgedShape'];
export type SheetTemplate = Shapes['TemplateShape'];
export type Written = Shapes['WrittenShape'];
/** One step as somebody wrote it. */
export type Draft = Shapes['WrittenLine'];
/** The head of a sheet that people fill in. */
export type Paper = Pick<
  Sheet, 'title' | 'planned' | 'issuer' | 'receiver' | 'supervisor' | 'operator'
>;
/** A sheet that is drawn or edited, as the editor holds it. */
export type DraftSheet = {
  paper: Paper; steps: Draft[]; gives_up: string[];
  incident?: string | null; after?: string | null;
};

export type View = Shapes['ViewShape'];
type Changed<Entries> = { [id: string]: Partial<Entries[keyof Entries]> | null };
/** What changed, over the stream: the shape of `View`, with only the changed keys. An entry that
 * is null is gone. */
export type Change = Pick<View, 'sequence' | 'at'> & {
  system?: Partial<SystemView>;
  minutes?: Partial<View['minutes']>;
  work?: WorkView;
  switches?: Changed<View['switches']>;
  sections?: Changed<View['sections']>;
  feeders?: Changed<View['feeders']>;
  incidents?: Changed<View['incidents']>;
  alarms?: Changed<View['alarms']>;
  sheets?: Changed<View['sheets']>;
};
export type Beat = Pick<View, 'sequence' | 'at'>;
