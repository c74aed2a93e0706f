import { newYorkDate, newYorkInstant, sessionContaining, sessionsBetween } from '../../../market/calendar.ts'
import { epochMs } from '../../../market/units.ts'
import { type Bar, type BarKind, type BarsRequest, DAY_SECONDS } from '../market.ts'
import { firstAfter, type Range, type Tape, type TapeSecond } from './tape.ts'

/** The bars of what a tape has; [] for kinds that a book does not have. */
export function tapeBars(tape: Tape, what: BarKind, request: BarsRequest): Bar[] {
  const { startAt, endAt, barSeconds } = request
  const from = firstAfter(tape.seconds, startAt - 1)
  const wanted = tape.seconds.slice(from, firstAfter(tape.seconds, endAt - 1))
  const groups =
    barSeconds === DAY_SECONDS ? wholeSessions(tape, wanted, request) : intervals(wanted, request)
  return groups.flatMap(({ at, seconds }) => barOf(what, at, seconds) ?? [])
}

interface Group {
  readonly at: number
  readonly seconds: TapeSecond[]
}

/** Bars begin on multiples of their length since midnight in New York, or at the open. */
function intervals(seconds: readonly TapeSecond[], { startAt, barSeconds }: BarsRequest): Group[] {
  const groups: Group[] = []
  for (const second of seconds) {
    const at = barStart(second.at, barSeconds)
    if (at < startAt) continue
    const last = groups.at(-1)
    if (last?.at === at) last.seconds.push(second)
    else groups.push({ at, seconds: [second] })
  }
  return groups
}

function barStart(at: number, barSeconds: number): number {
  const midnight = newYorkInstant(newYorkDate(epochMs(at)), '00:00')
  const start = midnight + Math.floor((at - midnight) / (barSeconds * 1_000)) * barSeconds * 1_000
  const session = barSeconds > 60 ? sessionContaining(epochMs(at)) : null
  return session !== null && start < session.openAt ? session.openAt : start
}

/** Only sessions that the tape has from their open on, and that are over. */
function wholeSessions(tape: Tape, seconds: readonly TapeSecond[], { startAt, endAt }: BarsRequest): Group[] {
  return sessionsBetween(newYorkDate(startAt), newYorkDate(endAt))
    .filter(({ openAt, closeAt }) => startAt <= openAt && closeAt <= endAt && tape.startAt <= openAt)
    .map(({ openAt, closeAt }) => ({
      at: openAt,
      seconds: seconds.filter(({ at }) => at >= openAt && at < closeAt),
    }))
}

function barOf(what: BarKind, at: number, seconds: readonly TapeSecond[]): Bar | null {
  const startAt = epochMs(at)
  const none = { volume: null, averagePrice: null, tradeCount: null }
  if (what === 'BID_ASK') {
    const [bid, ask] = [joined(seconds, 'bid'), joined(seconds, 'ask')]
    if (bid === null || ask === null) return null
    return { startAt, open: mean(bid), high: ask.high, low: bid.low, close: mean(ask), ...none }
  }
  const field = FIELDS[what]
  const range = field === undefined ? null : joined(seconds, field)
  if (range === null) return null
  const { open, high, low, close } = range
  if (what !== 'TRADES') return { startAt, open, high, low, close, ...none }
  const volume = seconds.reduce((sum, second) => sum + second.volume, 0)
  const turnover = seconds.reduce((sum, second) => sum + second.turnover, 0)
  return { startAt, open, high, low, close, volume, averagePrice: turnover / volume, tradeCount: range.count }
}

type RangeField = 'trades' | 'bid' | 'ask' | 'mid'
const FIELDS: Partial<Record<BarKind, RangeField>> = {
  TRADES: 'trades',
  MIDPOINT: 'mid',
  BID: 'bid',
  ASK: 'ask',
}

function joined(seconds: readonly TapeSecond[], field: RangeField): Range | null {
  let whole: Range | null = null
  for (const second of seconds) {
    const range = second[field]
    if (range === null) continue
    if (whole === null) whole = { ...range }
    else {
      whole.high = Math.max(whole.high, range.high)
      whole.low = Math.min(whole.low, range.low)
      whole.close = range.close
      whole.sum += range.sum
      whole.count += range.count
    }
  }
  return whole
}

const mean = ({ sum, count }: Range) => sum / count
