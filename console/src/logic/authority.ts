import type {
  Approval, Blocker, FeederView, Incident, Permission, Permit, Session, WorkView,
} from './contract';
import { reasonInWords, type Translate } from './i18n';
import type { Names } from './incident';

/** How automation stands on a feeder, as a mark that needs no colour. */
export const MARKS: Record<string, string> = {
  off: '○', available: '●', limited: '◐', blocked: '✕',
};

/** What keeps automation from the feeder: the service puts the gravest first. A service that is
 * older than this console tells of none. */
export const blockersOf = (feeder: FeederView): Blocker[] => feeder.blockers ?? [];

export const isLatched = (feeder: FeederView): boolean =>
  blockersOf(feeder).some(({ kind }) => kind === 'latch');

/** One blocker as a line, with what its owner said. Of a latch the reason is what it came of. */
export function blockerInWords(blocker: Blocker, names: Names, t: Translate): string {
  const why = reasonInWords(t, blocker.why, names.of);
  const line = blocker.kind === 'latch' ? t('automation.latched', { why }) : why;
  return blocker.said === '' ? line : `${line} (${blocker.said})`;
}

/** How old something is, in the largest unit that says enough; empty if nobody knows. */
export function age(since: string | null, now: number, t: Translate): string {
  const ms = since === null ? NaN : now - Date.parse(since);
  if (Number.isNaN(ms)) return '';
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 1) return t('age.now');
  if (minutes < 60) return t('age.minutes', { n: minutes });
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? t('age.hours', { n: hours }) : t('age.days', { n: Math.floor(hours / 24) });
}

/** The permits under which people may work on the section. */
export const permitsOn = (section: string, work?: WorkView): Permit[] =>
  work?.permits.filter(({ sections }) => sections.includes(section)) ?? [];

/** Ids as somebody types them: parted by blanks or commas, each once. */
export const idsIn = (typed: string): string[] =>
  [...new Set(typed.split(/[\s,;]+/).filter((id) => id !== ''))];

/** Whether the session may do this; the service refuses all the same. */
export const may = (session: Session | null, what: Permission): boolean =>
  session?.may.includes(what) ?? false;

/** Who else has agreed to the plan on the screen, and still does. */
export function othersApprovals({ release }: Incident, user: string, now: number): Approval[] {
  return (release.approvals ?? []).filter((one) => one.by !== user && Date.parse(one.until) > now);
}

export const hasApproved = ({ release }: Incident, user: string, now: number): boolean =>
  (release.approvals ?? []).some((one) => one.by === user && Date.parse(one.until) > now);

/** Whether there is something to agree to: only that is missing, or it is there already. */
export function isToApprove({ phase, plan, release }: Incident): boolean {
  if (release.two_person !== true || phase !== 'proposed' || plan === null) return false;
  const wanting = ['needs-approval', 'approval-expired'];
  return plan.steps.length > 0 && release.why_not.every(({ code }) => wanting.includes(code));
}

/** That one's own approval does not do: the service says only what holds for everybody. */
export function ownApproval(incident: Incident, user: string, now: number, t: Translate): string[] {
  const alone = incident.release.allowed && othersApprovals(incident, user, now).length === 0;
  return incident.release.two_person === true && alone ? [t('approve.own')] : [];
}
