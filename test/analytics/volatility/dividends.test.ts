import { describe, expect, test } from 'vitest'
import type { Carry } from '../../../src/analytics/carry.ts'
import { slotMetrics } from '../../../src/analytics/slot-metrics.ts'
import { expirationPricing } from '../../../src/analytics/volatility/forward/expiration-pricing.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { yearsToExpiry } from '../../../src/market/option-hours.ts'
import { expiryDate, sessionDate } from '../../../src/market/units.ts'
import { americanPrice } from '../american.ts'
import { range, rowOf, spyChain } from '../chains.ts'

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
const points = (chain: ReturnType<typeof paidChain>, dividends: Carry['dividends'] = []) =>
  100 * (figuresOf(chain, dividends).figures.iv30.value as number)

describe('SPY around its ex-date of 2026-12-18', () => {
  const made = { strikes: range(679, 685, 1), dividends: EX_DATE }
  const aliveOn = (date: string) => FRIDAYS.filter((expiry) => expiry > date.replaceAll('-', '')).slice(0, 5)

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
  ])('on %s a true volatility of 13.00 is read to 0.02', (date) => {
    const chain = paidChain({ ...made, date, expiries: aliveOn(date) })
    expect(Math.abs(points(chain) - 13)).toBeLessThan(0.02)
    expect(figuresOf(chain).figures.dividend_source.value).toBe('pv_dividend')
  })

  const date = '2026-11-19'
  const untold = paidChain({ ...made, date, expiries: aliveOn(date), told: false })
  const told = paidChain({ ...made, date, expiries: aliveOn(date) })
  const setting = [{ exDate: sessionDate('2026-12-18'), amount: 1.9 }]

  test('a dividend of the settings does as well where the gateway tells none, and is named', () => {
    expect(Math.abs(points(untold, setting) - 13)).toBeLessThan(0.02)
    expect(figuresOf(untold, setting).figures.dividend_source).toMatchObject({
      value: 'setting',
      expirations: ['20261218', '20261224'],
    })
  })

  test('without either the volatility is read a third of a point high, and that is named too', () => {
    expect(points(untold) - 13).toBeGreaterThan(0.3)
    expect(figuresOf(untold).figures.dividend_source.value).toBe('none')
  })

  test('where some expirations are told and others not, the source is mixed', () => {
    const rows = told.rows.map((row) => (row.expiry > '20261218' ? { ...row, pv_dividend: null } : row))
    expect(figuresOf({ ...told, rows }, setting).figures.dividend_source.value).toBe('mixed')
  })

  test('the ex-date is that of the settings, else that of the quotes, also with a wrong rate', () => {
    const exDate = newYorkInstant(sessionDate('2026-12-18'), '09:30')
    for (const [rateFraction, dividends, datedBy] of [
      [RATE, setting, 'setting'],
      [RATE, [], 'quotes'],
      [RATE + 0.01, [], 'quotes'],
    ] as const) {
      const found = pricingsOf(told, { rateFraction, dividends })
      const [dividend] = found.find(({ expiry }) => expiry === '20261224')!.pricing.dividends
      expect(dividend?.datedBy).toBe(datedBy)
      expect(Math.abs((dividend?.years as number) * 365 - (exDate - told.at) / 86_400_000)).toBeLessThan(
        datedBy === 'setting' ? 1e-9 : 1.01,
      )
    }
  })

  test('without a price of the underlying it is the middle between the two expirations', () => {
    const rows = told.rows.map((row) => ({ ...row, underlying_price: null }))
    const [, , third] = pricingsOf({ ...told, rows }, { rateFraction: RATE, dividends: [] })
    expect(third?.pricing.dividends[0]).toMatchObject({ datedBy: 'middle' })
    expect((third?.pricing.dividends[0]?.years as number) * 365).toBeCloseTo((22.21875 + 29.21875) / 2, 6)
  })
})

describe('other stocks', () => {
  test('a stock that pays one percent is read to 0.03, with its ex-date in the settings or without', () => {
    const stock = {
      ...{
        spot: 100,
        volFraction: 0.25,
        strikes: range(97, 103, 1),
        dividends: [['2026-12-10', 1]] as const,
      },
      ...{ date: '2026-11-17', expiries: ['20261204', '20261211', '20261218', '20261224'] },
    }
    const chain = paidChain(stock)
    expect(Math.abs(points(chain) - 25)).toBeLessThan(0.03)
    const setting = [{ exDate: sessionDate('2026-12-10'), amount: 1 }]
    expect(Math.abs(points(paidChain({ ...stock, told: false }), setting) - 25)).toBeLessThan(0.03)
    expect(points(paidChain({ ...stock, told: false })) - 25).toBeGreaterThan(0.5)
  })

  test('a special dividend of five percent beside the quarterly one', () => {
    const chain = paidChain({
      ...{ spot: 100, volFraction: 0.25, strikes: range(92, 100, 1), date: '2026-11-17' },
      ...{ expiries: ['20261204', '20261211', '20261218', '20261224'] },
      dividends: [
        ['2026-12-02', 5],
        ['2026-12-16', 0.5],
      ],
    })
    expect(Math.abs(points(chain) - 25)).toBeLessThan(0.05)
  })

  test('dividends of several quarters: each lies before the expirations after its ex-date', () => {
    const chain = paidChain({
      date: '2026-11-19',
      expiries: ['20261218', '20270115', '20270319', '20270618'],
      strikes: range(670, 690, 5),
      dividends: [
        ['2026-12-18', 1.9],
        ['2027-03-19', 1.95],
        ['2027-06-18', 2],
      ],
    })
    const setting = ['2026-12-18', '2027-03-19', '2027-06-18'].map((exDate, at) => ({
      exDate: sessionDate(exDate),
      amount: 1.9 + 0.05 * at,
    }))
    const found = pricingsOf(chain, { rateFraction: RATE, dividends: setting })
    expect(found.map(({ pricing }) => pricing.dividends.length)).toEqual([1, 1, 2, 3])
    for (const { pricing } of found) {
      pricing.dividends.forEach(({ amount }, at) => {
        expect(amount).toBeCloseTo(1.9 + 0.05 * at, 9)
      })
      expect(pricing.spot).toBeCloseTo(680, 0)
    }
  })

  test('the second ex-date is read from the quotes after the first', () => {
    const dividends = [
      ['2026-12-18', 1.9],
      ['2027-03-19', 1.95],
    ] as const
    const expiries = ['20261211', '20261218', '20270312', '20270319']
    const chain = paidChain({ ...{ date: '2026-11-19', expiries, dividends }, strikes: range(675, 690, 5) })
    const last = pricingsOf(chain, { rateFraction: RATE, dividends: [] }).at(-1)!
    expect(last.pricing.dividends.map(({ datedBy }) => datedBy)).toEqual(['quotes', 'quotes'])
    for (const [at, [exDate, amount]] of dividends.entries()) {
      const found = last.pricing.dividends[at]!
      const days = (newYorkInstant(sessionDate(exDate), '09:30') - chain.at) / 86_400_000
      expect(Math.abs(found.years * 365 - days)).toBeLessThan(1.01)
      expect(found.amount).toBeCloseTo(amount, 2)
    }
  })

  test('without dividends nothing depends on where they would come from', () => {
    const plain = {
      ...{ date: '2026-11-19', expiries: ['20261211', '20261218', '20261224'] },
      ...{ strikes: range(679, 685, 1), dividends: [] },
    }
    const [zero, unknown] = [paidChain(plain), paidChain({ ...plain, told: false })]
    expect(points(zero)).toBe(points(unknown))
    expect(Math.abs(points(zero) - 13)).toBeLessThan(0.02)
    expect(figuresOf(zero).figures.dividend_source.value).toBe('pv_dividend')
    expect(figuresOf(unknown).figures.dividend_source.value).toBe('none')
  })

  test('present values that no dividends can have are left out', () => {
    const chain = paidChain({
      ...{ date: '2026-11-19', expiries: ['20261211', '20261218', '20261224'] },
      ...{ strikes: range(679, 685, 1), dividends: [] },
    })
    for (const pv_dividend of [-1, 1e9, Number.NaN, Number.POSITIVE_INFINITY]) {
      const rows = chain.rows.map((row) => ({ ...row, pv_dividend }))
      expect(figuresOf({ ...chain, rows }).figures.dividend_source.value).toBe('none')
      expect(points({ ...chain, rows })).toBe(points(chain))
    }
  })
})

function pricingsOf(chain: ReturnType<typeof paidChain>, carry: Carry) {
  return spyChain(chain.rows, chain.at).expirations.map((one) => ({
    expiry: one.expiry as string,
    pricing: expirationPricing(one, carry, chain.at).value!,
  }))
}
