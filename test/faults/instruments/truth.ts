import { newYorkInstant } from '../../../src/market/calendar.ts'
import { type EpochMs, epochMs, sessionDate } from '../../../src/market/units.ts'

/**
 * The two weeks of the campaign as the exchanges publish them, written down day by day: nothing here is computed by the
 * calendars that are tested.
 */

/** One trading session, in New York time. */
interface PublishedSession {
  /** Trade date. */
  readonly date: string
  /** Date and time of its opening. */
  readonly from: readonly [date: string, clock: string]
  /** Date and time at which the last slot must have begun before. */
  readonly to: readonly [date: string, clock: string]
}

/** Days of the stock exchange from 14 to 24 December 2026; the last closes at 13:00. */
const STOCK_DAYS = [
  ...['2026-12-14', '2026-12-15', '2026-12-16', '2026-12-17', '2026-12-18'],
  ...['2026-12-21', '2026-12-22', '2026-12-23', '2026-12-24'],
] as const
const EARLY_CLOSE = '2026-12-24'

/** SPY, and the options on SPX and VIX in their regular hours; without the slots after the close. */
const STOCKS: readonly PublishedSession[] = STOCK_DAYS.map((date) => ({
  date,
  from: [date, '09:30'],
  to: [date, date === EARLY_CLOSE ? '13:00' : '16:00'],
}))

/** CME's index futures: the evening before to 17:00; on Christmas Eve to 13:15. */
const FUTURES: readonly PublishedSession[] = [
  { date: '2026-12-14', from: ['2026-12-13', '18:00'], to: ['2026-12-14', '17:00'] },
  { date: '2026-12-15', from: ['2026-12-14', '18:00'], to: ['2026-12-15', '17:00'] },
  { date: '2026-12-16', from: ['2026-12-15', '18:00'], to: ['2026-12-16', '17:00'] },
  { date: '2026-12-17', from: ['2026-12-16', '18:00'], to: ['2026-12-17', '17:00'] },
  { date: '2026-12-18', from: ['2026-12-17', '18:00'], to: ['2026-12-18', '17:00'] },
  { date: '2026-12-21', from: ['2026-12-20', '18:00'], to: ['2026-12-21', '17:00'] },
  { date: '2026-12-22', from: ['2026-12-21', '18:00'], to: ['2026-12-22', '17:00'] },
  { date: '2026-12-23', from: ['2026-12-22', '18:00'], to: ['2026-12-23', '17:00'] },
  { date: '2026-12-24', from: ['2026-12-23', '18:00'], to: ['2026-12-24', '13:15'] },
]

export const SYMBOLS = ['SPY', 'SPX', 'VIX', 'ES'] as const
export type CampaignSymbol = (typeof SYMBOLS)[number]

/** When the campaign begins: an hour before the futures open on Sunday. */
export const START_AT = at('2026-12-13', '17:00')
/** And ends: in the evening of Christmas Eve. */
export const END_AT = at('2026-12-24', '19:00')
/** The last day of a quick run, which begins shortly before the third Friday's opening. */
export const QUICK = { startAt: at('2026-12-18', '08:50'), endAt: at('2026-12-18', '10:34') }

/** Between two slots: five minutes in the small version; the two weeks are ten minutes of work with fifteen. */
export const INTERVAL_SECONDS = { quick: 300, full: 900 }

/** What expires in these weeks: the last slot in which the contracts may have a row begins before this time. */
export const EXPIRES = {
  /** VIX options of December: settled at the opening of Wednesday, traded until Tuesday. */
  vix: { expiry: '20261215', lastDate: '2026-12-15' },
  /** SPX options of class SPX: settled at the opening of the third Friday, traded until Thursday. */
  spx: { expiry: '20261217', lastDate: '2026-12-17' },
  /** SPXW of the third Friday trade on that day. */
  spxw: { expiry: '20261218', lastDate: '2026-12-18' },
  /** The December future on the S&P 500 trades until 09:30 of the third Friday. */
  es: { contractMonth: '202612', until: at('2026-12-18', '09:30') },
} as const

export interface ExpectedSlot {
  readonly symbol: CampaignSymbol
  readonly slot: EpochMs
  /** Trade date. */
  readonly date: string
}

/** Every slot that must be in the ledger, and no other. */
export function expectedSlots(intervalMs: number): ExpectedSlot[] {
  return SYMBOLS.flatMap((symbol) =>
    (symbol === 'ES' ? FUTURES : STOCKS).flatMap(({ date, from, to }) => {
      const found: ExpectedSlot[] = []
      for (let slot = at(...from); slot < at(...to); slot = epochMs(slot + intervalMs))
        found.push({ symbol, slot, date })
      return found
    }),
  )
}

/** Whether the stock exchange is open, or opens within a quarter of an hour. */
export function isDay(time: EpochMs): boolean {
  return STOCKS.some(({ from, to }) => at(...from) - 900_000 <= time && time < at(...to) + 1_200_000)
}

/** Whether futures trade, or open within a quarter of an hour. */
export function isNight(time: EpochMs): boolean {
  return FUTURES.some(({ from, to }) => at(...from) - 900_000 <= time && time < at(...to) + 600_000)
}

function at(date: string, clock: string): EpochMs {
  return newYorkInstant(sessionDate(date), clock)
}
