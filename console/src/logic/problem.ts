import type { Problem } from './api';
import { knows, reasonInWords, type Translate } from './i18n';

/** Why the core refused, where the console has words for that: they say all. */
const refusal = (t: Translate, { reason }: Problem): string | null =>
  reason !== null && knows(`reason.${reason.code}`) ? reasonInWords(t, reason) : null;

/** A problem in the reader's language: by the core's own reason, else by its code; else what the
 * service says itself, with the remedy; else by its HTTP status. Nothing that the service said is
 * lost for want of a word. */
export function problemInWords(t: Translate, problem: Problem): string {
  const key = `problem.${problem.code}`;
  const status = `problem.http-${problem.status}`;
  const said = [problem.detail, problem.remedy].filter((part) => part !== '').join(' – ');
  const why = refusal(t, problem);
  if (why !== null) return why;
  if (knows(key)) return t(key);
  if (said !== '') return said;
  return knows(status) ? t(status) : problem.code;
}

/** What the service said itself, to stand small under the words; empty if that repeats them. */
export function problemDetail(t: Translate, problem: Problem): string {
  const words = problemInWords(t, problem);
  const said = [problem.detail, problem.remedy].filter((part) => part !== '').join(' – ');
  const saysAll = problem.status === 0 || refusal(t, problem) !== null;
  return said === words || saysAll ? '' : said;
}
