import { newYorkDate, newYorkTime } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'

/** 1234567 → "1,234,567"; null → "–". */
export function count(value: number | null): string {
  if (value === null) return '–'
  // Without the language data that toLocaleString would load first.
  return Number.isInteger(value)
    ? String(value).replace(/\B(?=(?:\d{3})+$)/g, ',')
    : value.toLocaleString('en-US')
}

/** "1 day", "2 days"; a plural of its own as in "2 entries". */
export function amount(number: number, noun: string, plural = `${noun}s`): string {
  return `${count(number)} ${number === 1 ? noun : plural}`
}

/** A code of the lake as words: "too_few_bars" → "too few bars"; null → "". */
export function words(code: string | null): string {
  return code === null ? '' : code.replaceAll('_', ' ')
}

/** A number with a fixed number of decimals; null → "–". */
export function fixed(value: number | null | undefined, decimals: number): string {
  return value == null ? '–' : value.toFixed(decimals)
}

/** A fraction in percent, without the sign: 0.1234 → "12.3"; null → "–". */
export function percent(fraction: number | null | undefined, decimals: number): string {
  return fixed(fraction == null ? null : 100 * fraction, decimals)
}

/** 1536 → "1.5 kB". */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = value === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3))
  return step === 0 ? `${value} B` : `${(value / 1_000 ** step).toFixed(1)} ${units[step]}`
}

/** When the disk will be full: "71.9 GB free, full in 2,172 sessions (8.6 years)". */
export function describeDisk({
  freeBytes,
  sessionsUntilFull,
}: {
  readonly freeBytes: number
  readonly sessionsUntilFull: number | null
}): string {
  const free = `${bytes(freeBytes)} free`
  if (sessionsUntilFull === null) return free
  return `${free}, full in ${amount(sessionsUntilFull, 'session')} (${fixed(sessionsUntilFull / 252, 1)} years)`
}

/** 75 → "1:15". */
export function minutesAndSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** New York date and time of day, "2026-11-20 10:00". */
export function dateAndTime(at: EpochMs): string {
  return `${newYorkDate(at)} ${newYorkTime(at)}`
}

/** How long ago, in the largest unit that gives at least 2: 40 s, 12 min, 5 h, 3 d. */
export function age(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
  ] as const
  const [unit, size] = units.find(([, size]) => seconds >= 2 * size) ?? (['s', 1] as const)
  return `${Math.floor(seconds / size)} ${unit}`
}
