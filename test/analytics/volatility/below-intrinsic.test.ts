import { describe, expect, test } from 'vitest'
import { flagBelowForward } from '../../../src/analytics/quality/below-forward.ts'
import { withOwnGreeks } from '../../../src/analytics/volatility/own-greeks.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import type { Right } from '../../../src/market/contract.ts'
import { yearsToExpiry } from '../../../src/market/option-hours.ts'
import { treePrice } from '../../../src/market/pricing/tree.ts'
import { expiryDate, sessionDate } from '../../../src/market/units.ts'
import { flagsOf, QUALITY_FLAGS } from '../../../src/snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { range, rowOf, spyChain } from '../chains.ts'
import { grouped, RATE, spxRows } from '../index-chains.ts'

const EX_DATE = sessionDate('2026-12-18')
const AMOUNT = 2
const VOL = 0.15
const SPOT = 680

/** A fairly priced chain of SPY at a time of day, with one dividend of 18 December; spreads of two cents. */
function chainOn(date: string, time = '11:00'): SnapshotRow[] {
  const at = newYorkInstant(sessionDate(date), time)
  const exYears = (newYorkInstant(EX_DATE, '09:30') - at) / (365 * 86_400_000)
  const listed = ['20261218', '20261224', '20270115'].filter((expiry) => expiry >= date.replaceAll('-', ''))
  return listed.flatMap((expiry) => {
    const years = yearsToExpiry(at, expiryDate(expiry), 'SPY')
    const dividends = exYears > 0 ? [{ years: exYears, amount: AMOUNT }] : []
    const isPaid = exYears > 0 && exYears <= years
    return range(560, 800, 10).flatMap((strike) =>
      (['C', 'P'] as Right[]).map((right) => {
        const option = { right, strike, years, spot: SPOT, rateFraction: RATE, dividends }
        const price = treePrice({ ...option, volFraction: VOL })!
        const facts = {
          ...{ expiry, strike, right, iv: null, underlying_price: SPOT, quoted_at: at },
          ...{ bid: Math.max(0, price - 0.01), ask: price + 0.01 },
        }
        const none = {
          underlyingAt: at,
          underlyingConfirmedAt: at,
          halted: false,
          complete: true,
          opening: false,
          afterClose: false,
        }
        const row = rowOf({ timestamp: at, date, ...facts, exercise_style: 'american' })
        const pv_dividend = isPaid ? AMOUNT * Math.exp(-RATE * exYears) : 0
        return { ...row, pv_dividend, flags: flagsOf({ ...row, ...none }) }
      }),
    )
  })
}

const hasFlag = ({ flags }: SnapshotRow) => (flags & QUALITY_FLAGS.below_intrinsic) !== 0

describe.each(['2026-12-07', '2026-12-17', '2026-12-18', '2026-12-21'])(
  'around an ex-date, on %s',
  (date) => {
    const rows = chainOn(date)
    const at = newYorkInstant(sessionDate(date), '11:00')
    const known = { rateFraction: RATE, dividends: [{ exDate: EX_DATE, amount: AMOUNT }] }
    const none = { rateFraction: RATE, dividends: [] }
    const unsaid = rows.map((row) => ({ ...row, pv_dividend: null }))

    test('no fair quote is below its exercise value', () => {
      expect(rows.filter(hasFlag)).toEqual([])
    })

    test.each([
      ["the gateway's present value", rows, none],
      ['the setting', unsaid, known],
      ['neither: the spot by parity', unsaid, none],
    ])(
      'every option with a price worth a volatility has one, with the dividends of %s',
      (_, quoted, carry) => {
        const solved = withOwnGreeks(spyChain(quoted, at), carry)
        // Both sides of a strike have quotes; the one outside is worth more than a cent.
        const outside = solved.filter((row) => row.bid! > 0.02 && row.strike < SPOT === (row.right === 'P'))
        expect(outside.length).toBeGreaterThan(15)
        expect(outside.filter(({ iv }) => iv === null)).toEqual([])
        const strikes = new Set(outside.map(({ strike, expiry }) => `${strike} ${expiry}`))
        const inside = solved.filter((row) => strikes.has(`${row.strike} ${row.expiry}`))
        expect(inside.filter(({ iv }) => iv === null)).toEqual([])
      },
    )

    test.each([
      ['of the setting', unsaid, known, 0.004],
      // Of a present value alone the ex-date is guessed: on the eve it moves an option of two days by a point.
      ["of the gateway's present value", rows, none, 0.01],
    ])(
      'with the dividend %s a volatility that is not flagged is that of the prices',
      (_, quoted, carry, most) => {
        const solved = withOwnGreeks(spyChain(quoted, at), carry)
        const certain = solved.filter(({ iv, flags }) => iv !== null && !(flags & QUALITY_FLAGS.iv_uncertain))
        expect(certain.length).toBeGreaterThan(40)
        // Of a wing whose spread is worth half a point or more the middle may be off by that.
        const wrong = certain.filter((row) => 0.01 / row.vega! < 0.5 && Math.abs(row.iv! - VOL) > most)
        expect(wrong.map(({ expiry, strike, right, iv }) => [expiry, strike, right, iv])).toEqual([])
      },
    )
  },
)

describe('a European option', () => {
  const rows = spxRows()
  const carry = { rateFraction: RATE, dividends: [] }

  test('is not flagged at its fair price, even a put that is worth less than its exercise value', () => {
    const low = rows.filter(
      ({ right, strike, ask, underlying_price: price }) => right === 'P' && ask! < strike - price!,
    )
    expect(low.length).toBeGreaterThan(3)
    expect(flagBelowForward(rows, grouped(rows), carry).filter(hasFlag)).toEqual([])
  })

  test('has a volatility all the same', () => {
    const solved = withOwnGreeks(grouped(rows), carry)
    expect(solved.filter(({ bid, iv }) => bid! > 0 && iv === null)).toEqual([])
  })
})
