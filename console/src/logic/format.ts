import type { Language } from './i18n';

const LOCALES: Record<Language, string> = { vi: 'vi-VN', en: 'en-GB' };

/** At most `digits` decimals, separators as the language has them; "–" for an unknown number. */
export function formatNumber(language: Language, value: number | null, digits = 0): string {
  if (value === null || !Number.isFinite(value)) return '–';
  return value.toLocaleString(LOCALES[language], { maximumFractionDigits: digits });
}

/** How many of a list stand there at once: "and 1 more" would take the room of the one. */
export function atOnce(count: number, first: number): number {
  return count <= first + 1 ? count : first;
}

/** Exactly `digits` decimals, for columns that are compared. */
export function formatFixed(language: Language, value: number | null, digits: number): string {
  if (value === null || !Number.isFinite(value)) return '–';
  return value.toLocaleString(LOCALES[language], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** "browser" is the zone of the machine that shows the console. */
export type Zone = 'browser' | 'Asia/Ho_Chi_Minh' | 'UTC';
export const ZONES: readonly Zone[] = ['browser', 'Asia/Ho_Chi_Minh', 'UTC'];

function parts(at: string | number, zone: Zone, options: Intl.DateTimeFormatOptions) {
  const instant = new Date(at);
  if (Number.isNaN(instant.getTime())) return null;
  const timeZone = zone === 'browser' ? {} : { timeZone: zone };
  const format = new Intl.DateTimeFormat('en-GB', { ...options, ...timeZone, hourCycle: 'h23' });
  return Object.fromEntries(format.formatToParts(instant).map((p) => [p.type, p.value]));
}

/** HH:mm:ss, the same in every language. */
export function formatTime(at: string | number | null, zone: Zone): string {
  if (at === null) return '–';
  const p = parts(at, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return p ? `${p.hour}:${p.minute}:${p.second}` : '–';
}

/** dd/MM/yyyy, the same in every language. */
export function formatDate(at: string | number | null, zone: Zone): string {
  if (at === null) return '–';
  const p = parts(at, zone, { day: '2-digit', month: '2-digit', year: 'numeric' });
  return p ? `${p.day}/${p.month}/${p.year}` : '–';
}

/** The time alone for today, with the date before it on any other day. */
export function formatMoment(at: string | null, now: number, zone: Zone): string {
  const date = formatDate(at, zone);
  const time = formatTime(at, zone);
  return at === null || date === formatDate(now, zone) ? time : `${date} ${time}`;
}

/** A span as m:ss, from an hour on as h:mm:ss. Negative spans count as zero. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
