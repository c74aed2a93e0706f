import { type EpochMs, epochMs, type SessionDate } from '../market/units.ts'
import { BAR_MS } from '../snapshot/underlying-bars.ts'
import { type BarHours, barDayAt } from './bar-day.ts'
import type { BarStreamStatus } from './bar-streams.ts'

/** A stream that should make bars now, and makes none. */
export interface BarProblem {
  /** One line that names the contract and the reason. */
  readonly message: string
  readonly since: EpochMs
}

/** A stream, and the hours in which it is expected to make bars. */
export interface ExpectedBars {
  readonly status: BarStreamStatus
  readonly hours: BarHours
}

/** How long a stream may be without a price in its session: two bars, and the time to notice. */
const QUIET_MS = 2 * BAR_MS + 30_000

/** Which streams have made no bar for two intervals of their session. Pure. */
export function barProblems(
  expected: readonly ExpectedBars[],
  { now, startedAt }: { readonly now: EpochMs; readonly startedAt: EpochMs },
): BarProblem[] {
  return expected.flatMap(({ status, hours }) => {
    const tradingSince = regularSince(now, hours)
    if (tradingSince === null) return []
    const since = epochMs(Math.max(tradingSince, startedAt, status.lastPriceAt ?? 0))
    if (now - since < QUIET_MS) return []
    return [{ message: `${nameOf(status)}: ${wordsOf(status, Math.round((now - since) / 60_000))}`, since }]
  })
}

/** Since when the instrument has been trading without a break; null while it is not. */
function regularSince(now: EpochMs, hours: BarHours): EpochMs | null {
  const day = barDayAt(now, hours)
  if (day?.session !== 'regular') return null
  const session = hours.sessionOn(day.date as SessionDate)
  if (session === null) return null
  const resumed = session.breaks.filter(({ to }) => to <= now).map(({ to }) => to)
  return epochMs(Math.max(session.openAt, ...resumed))
}

function nameOf({ instrument: { symbol, expiry } }: BarStreamStatus): string {
  return expiry === null ? symbol : `${symbol} ${expiry}`
}

function wordsOf({ state, detail }: BarStreamStatus, minutes: number): string {
  switch (state) {
    case 'open':
      return `no price for ${minutes} minutes`
    case 'refused':
      return `the gateway said ${detail}; it is asked again tomorrow`
    case 'cut':
    case 'asked':
      return `no market-data line for ${minutes} minutes`
    case 'waiting':
      return `not streamed for ${minutes} minutes`
  }
}
