import type { Incident, Movement, Offer, Outlook } from './contract';
import { formatNumber } from './format';
import { reasonInWords, type Language, type Translate } from './i18n';
import type { Names } from './incident';

/** What the better plan gains, and what it costs, in one line. */
export function offerGain(offer: Offer, language: Language, t: Translate): string {
  const minutes = formatNumber(language, Math.round(offer.minutes_fewer));
  const more = offer.customers_more;
  const gain = more > 0 ? t('offer.more', { n: more, minutes }) : t('offer.sooner', { minutes });
  const cost = t('offer.steps', { n: offer.steps_more });
  const dropped = offer.customers_interrupted > 0
    ? t('offer.interrupts', {
        n: offer.customers_interrupted,
        seconds: formatNumber(language, Math.round(offer.interrupted_s)),
      })
    : t('offer.nobody');
  return `${gain}; ${cost}, ${dropped}`;
}

/** What the button says: whom the plan would bring back, by which closings. */
export function offerLabel(offer: Offer, names: Names, t: Translate): string {
  return t('offer.take', { switches: names.all(offer.closes), n: offer.customers });
}

/** The second line: that nothing moves by it, and what the plan opens. */
export function offerDetail(offer: Offer, names: Names, t: Translate): string {
  return t('offer.detail', { switches: names.all(offer.opens) });
}

/** Why the offer cannot be taken now. The guard is asked when the plan is released. */
export function offerBlockers(
  { offer }: Incident, mayTake: boolean, blind: boolean, t: Translate,
): string[] {
  if (!offer) return [];
  if (!mayTake) return [t('release.role')];
  return blind ? [t('release.blind')] : [];
}

/** "open S1, close T2" */
function course(steps: readonly Movement[], names: Names, t: Translate): string {
  if (steps.length === 0) return t('outlook.nothing');
  return steps.map((s) => `${t(`action.${s.action}`)} ${names.of(s.switch)}`).join(', ');
}

export type Line = { what: string; then: string; cost: string };

/** If a step fails: what goes wrong, what is done then, and whom it costs how much. */
export function branchLines(
  outlook: Outlook, names: Names, language: Language, t: Translate,
): Line[] {
  return outlook.branches.map((one) => ({
    what: t('outlook.if', { step: one.step, what: reasonInWords(t, one.what, names.of) }),
    then: course(one.steps, names, t),
    cost: t('outlook.risk', {
      n: one.customers_at_risk, minutes: formatNumber(language, Math.round(one.minutes_at_risk)),
    }),
  }));
}

/** What else could be done, and in what it is worse. */
export function alternativeLines(
  outlook: Outlook, names: Names, language: Language, t: Translate,
): Line[] {
  return outlook.alternatives.map((one) => ({
    what: one.instead.length > 0
      ? t('outlook.instead', { switches: names.all(one.instead) })
      : t('outlook.without', { switches: names.all(one.without) }),
    then: course(one.steps, names, t),
    cost: t('outlook.worse', {
      n: one.customers_less, minutes: formatNumber(language, Math.round(one.minutes_more)),
    }),
  }));
}

/** What is not there and would bring more back. */
export function helpLines(
  outlook: Outlook, names: Names, language: Language, t: Translate,
): Line[] {
  return outlook.helps.map((one) => ({
    what: reasonInWords(t, one.what, names.of),
    then: '',
    cost: t(one.at_most ? 'outlook.helps_most' : 'outlook.helps', {
      n: one.customers_more, minutes: formatNumber(language, Math.round(one.minutes_less)),
    }),
  }));
}
