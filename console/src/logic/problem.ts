import type { Problem } from './api';
import { knows, reasonInWords, type Translate } from './i18n';

/** A problem in the reader's language: by its code, or the core's own reason where the code says
 * only that it refused; else what the service says itself, with the
 * remedy; else by its HTTP status. Nothing that the service said is lost for want of a word. */
export function problemInWords(t: Translate, problem: Problem): string {
  const key = `problem.${problem.code}`;
  const status = `problem.http-${problem.status}`;
  const said = [problem.detail, problem.remedy].filter((part) => part !== '').join(' – ');
  const { reason } = problem;
  if (knows(key)) return reason === null ? t(key) : `${t(key)} ${reasonInWords(t, reason)}`;
  if (said !== '') return said;
  return knows(status) ? t(status) : problem.code;
}

/** What the service said itself, to stand small under the words; empty if that repeats them. */
export function problemDetail(t: Translate, problem: Problem): string {
  const words = problemInWords(t, problem);
  const said = [problem.detail, problem.remedy].filter((part) => part !== '').join(' – ');
  return said === words || problem.status === 0 ? '' : said;
}
