import { describe, expect, test } from 'vitest'
import type { Carry } from '../../../src/analytics/carry.ts'
import { slotMetrics } from '../../../src/analytics/slot-metrics.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { yearsToExpiry } from '../../../src/market/option-hours.ts'
import { expiryDate, sessionDate } from '../../../src/market/units.ts'
import { americanPrice } from '../american.ts'
import { range, rowOf } from '../chains.ts'

const RATE = 0.04
const YEAR_MS = 365 * 86_400_000

interface PaidChain {
  readonly date: string
  readonly spot?: number
  readonly volFraction?: number
  readonly expiries: readonly string[]
  readonly strikes: readonly number[]
  /** Ex-dates and dollars. */
  readonly dividends: readonly (readonly [string, number])[]
  /** Whether the rows have the present values of the gateway's model. */
  readonly told?: boolean
}

/** Quotes of American options on a stock that pays dividends. */
function paidChain({ date, spot = 680, volFraction = 0.13, told = true, ...made }: PaidChain) {
  const at = newYorkInstant(sessionDate(date), '11:00')
  const dividends = made.dividends
    .map(([exDate, amount]) => ({
      years: (newYorkInstant(sessionDate(exDate), '09:30') - at) / YEAR_MS,
      amount,
    }))
    .filter(({ years }) => years > 0)
  const rows = made.expiries.flatMap((expiry) => {
    const years = yearsToExpiry(at, expiryDate(expiry), 'SPY')
    const presentValue = dividends.reduce(
      (sum, one) => (one.years <= years ? sum + one.amount * Math.exp(-RATE * one.years) : sum),
      0,
    )
    return made.strikes.flatMap((strike) =>
      (['C', 'P'] as const).map((right) => {
        const price = americanPrice({
          right,
          spot,
          strike,
          years,
          volFraction,
          rateFraction: RATE,
          dividends,
        })
        return rowOf({
          ...{ timestamp: at, date, expiry, strike, right, underlying_price: spot, quoted_at: at },
          ...{ bid: price - 0.01, ask: price + 0.01, pv_dividend: told ? presentValue : null },
        })
      }),
    )
  })
  return { at, date: sessionDate(date), rows }
}

function figuresOf({ at, date, rows }: ReturnType<typeof paidChain>, dividends: Carry['dividends'] = []) {
  const past = {
    history: [],
    sessions: [],
    dailyBars: [],
    intradayBars: [],
    vix: null,
    ivIndexFraction: null,
  }
  const carry = { rateFraction: RATE, dividends }
  return slotMetrics({ ...past, slot: at, symbol: 'SPY', date, rows, carry })
}

const FRIDAYS = [
  '20261204',
  '20261211',
  '20261218',
  '20261224',
  '20261231',
  '20270108',
  '20270115',
  '20270122',
]
const EX_DATE = [['2026-12-18', 1.9]] as const

describe('SPY around its ex-date of 2026-12-18', () => {
  test.each([
    '2026-11-12',
    '2026-11-16',
    '2026-11-19',
    '2026-11-24',
    '2026-11-30',
    '2026-12-07',
    '2026-12-11',
    '2026-12-16',
    '2026-12-21',
  ])('on %s a true volatility of 13.00 is read', (date) => {
    const near = FRIDAYS.filter((expiry) => expiry > date.replaceAll('-', '')).slice(0, 5)
    const chain = paidChain({ date, expiries: near, strikes: range(679, 685, 1), dividends: EX_DATE })
    const { iv30 } = figuresOf(chain).figures
    expect(Math.abs(100 * (iv30.value as number) - 13)).toBeLessThan(0.02)
  })
})
