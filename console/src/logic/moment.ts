import { formatDate, formatTime, type Zone } from './format';

const DAY_MS = 86_400_000;
const DAYS: Record<string, number> = { yesterday: -1, 'hôm qua': -1, today: 0, 'hôm nay': 0 };
const DATE = /(\d{1,2})\/(\d{1,2})(?:\/(\d{4}))?/;
const TIME = /(\d{1,2}):(\d{2})(?::(\d{2}))?/;

/** What somebody typed, as an instant of that zone: "yesterday 02:10", "hôm qua 02:10",
 * "25/11/2026 02:10", "02:10", "25/11". A day without a time is its end. Null: nobody can tell. */
export function momentIn(typed: string, now: number, zone: Zone): number | null {
  const said = typed.trim().toLowerCase();
  const word = Object.keys(DAYS).find((one) => said.includes(one));
  const [date, time] = [DATE.exec(said), TIME.exec(said)];
  const left = said.replace(word ?? '', '').replace(date?.[0] ?? '', '').replace(time?.[0] ?? '', '');
  if (said === '' || left.trim() !== '' || (word !== undefined && date !== null)) return null;
  const [day, month, year] = date
    ? [date[1], date[2], date[3] ?? formatDate(now, zone).slice(6)].map(Number)
    : formatDate(now + (DAYS[word ?? 'today'] ?? 0) * DAY_MS, zone).split('/').map(Number);
  const [h, m, s] = time ? [time[1], time[2], time[3] ?? '0'].map(Number) : [23, 59, 59];
  return instantOf([year, month, day, h, m, s].map((part) => part ?? NaN), zone);
}

/** The instant at which the clocks of the zone show this; null for what no clock ever shows. */
function instantOf([year, month, day, h, m, s]: number[], zone: Zone): number | null {
  const wanted = Date.UTC(year ?? NaN, (month ?? NaN) - 1, day, h, m, s);
  if (Number.isNaN(wanted)) return null;
  let at = wanted;
  // Twice: the offset may change between the first guess and the instant.
  for (let pass = 0; pass < 2; pass += 1) at += wanted - shown(at, zone);
  const two = (n: number | undefined) => String(n).padStart(2, '0');
  const text = `${two(day)}/${two(month)}/${year} ${two(h)}:${two(m)}:${two(s)}`;
  return `${formatDate(at, zone)} ${formatTime(at, zone)}` === text ? at : null;
}

/** What the clocks of the zone show at `at`, taken for UTC. */
function shown(at: number, zone: Zone): number {
  const [day, month, year] = formatDate(at, zone).split('/').map(Number);
  const [h, m, s] = formatTime(at, zone).split(':').map(Number);
  return Date.UTC(year ?? NaN, (month ?? NaN) - 1, day, h, m, s);
}
