import { newYorkDate, newYorkTime } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'

/** With the next slot further away than this the market is closed, or about to open; ms. */
const SOON_MS = 3_600_000
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** One line that says when the next slot is due, and on a closed market what there is to see meanwhile. Pure. */
export function nextSlotText(
  at: EpochMs,
  {
    now,
    embedded,
    isSimulatedTime,
  }: { readonly now: EpochMs; readonly embedded: boolean; readonly isSimulatedTime: boolean },
): string {
  const date = newYorkDate(at)
  const weekday = WEEKDAYS[new Date(date).getUTCDay()]
  const day = date === newYorkDate(now) ? '' : `${weekday} ${date} `
  const clock = isSimulatedTime
    ? ` by the simulated market's clock, which reads ${newYorkDate(now)} ${newYorkTime(now)}`
    : ''
  const due = `next slot: ${day}${newYorkTime(at)} New York, in ${durationText(at - now)}${clock}`
  return embedded && at - now > SOON_MS ? `${due}; for a whole trading day now: optionlake demo` : due
}

function durationText(ms: number): string {
  const minutes = Math.ceil(ms / 60_000)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days ${hours % 24} h`
}
