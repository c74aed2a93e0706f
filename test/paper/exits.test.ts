import { expect, test } from 'vitest'
import { exitOf } from '../../src/paper/exits/exits.ts'
import { paperOptions } from '../../src/paper/options.ts'
import { entryFiguresOf, knownFigures } from '../../src/paper/signals/figures.ts'
import { longStraddleSignal, shortIronCondorSignal } from '../../src/paper/signals/signals.ts'
import { markPosition } from '../../src/paper/valuation.ts'
import { answerOf, chainOf, DATE, SLOT } from './paper-market.ts'

const settings = paperOptions.parse({})
const condor = { strategy: 'iron_condor', entryCash: 140, gain: 0, days: 43, minutesToClose: 200 }
const straddle = { strategy: 'long_straddle', entryCash: -2_000, gain: 0, days: 56, minutesToClose: 200 }

test.each([
  [{ ...condor, gain: 69.99 }, null],
  [{ ...condor, gain: 70 }, 'profit_target'],
  [{ ...condor, gain: -279.99 }, null],
  [{ ...condor, gain: -280 }, 'stop'],
  [{ ...condor, days: 22 }, null],
  [{ ...condor, days: 21, gain: 100 }, 'days_to_expiration'],
  [{ ...condor, days: -1, gain: null }, 'days_to_expiration'],
  [{ ...condor, gain: null }, null],
  [{ ...condor, entryCash: null, gain: null }, null],
  [{ ...straddle, gain: 499 }, null],
  [{ ...straddle, gain: 500 }, 'profit_target'],
  [{ ...straddle, gain: -500 }, 'stop'],
  [{ ...straddle, days: 21 }, 'days_to_expiration'],
] as const)('%j is closed by %s', (input, exit) => {
  expect(exitOf(input, settings).exit).toBe(exit)
})

test('the end of the day closes only where it is set', () => {
  const late = { ...condor, minutesToClose: 10 }
  expect(exitOf(late, settings).exit).toBeNull()
  expect(exitOf(late, { ...settings, exitMinutesBeforeClose: 15 })).toEqual({
    ...{ exit: 'end_of_day', reason: '10 minutes to the close, 15 is the limit' },
  })
})

test('without a price only the rules of time apply, and that is said', () => {
  expect(exitOf({ ...condor, gain: null }, settings).reason).toContain('only rules of time apply')
  expect(exitOf({ ...condor, entryCash: null }, settings).reason).toContain('only rules of time apply')
})

test('a leg without both quotes or with refused data gives no value', () => {
  const legs = chainOf(SLOT)
    .filter(({ expiry, strike }) => expiry === '20261231' && strike === 700)
    .map(({ con_id, expiry, strike, right, trading_class }) => ({
      ...{ con_id, expiry, strike, right: right as 'C' | 'P', trading_class, side: 'BUY' as const },
    }))
  const position = {
    ...{ id: 'p', symbol: 'SPY', strategy: 'long_straddle', legs, openedAt: SLOT, quantity: 1 },
    ...{ maxLoss: 2_100, maxProfit: null, phase: 'open' as const, cash: -2_000, entryCash: -2_000 },
    ...{ holdings: new Map(legs.map(({ con_id }) => [con_id, 1])), filledAt: SLOT, commissions: 1.3 },
    ...{
      withoutCommission: new Set<string>(),
      priceUnknown: false,
      differs: null,
      pnl: null,
      closedAt: null,
    },
  }
  const mark = (chain = chainOf(SLOT)) => markPosition(position, { slot: SLOT, date: DATE, chain, settings })
  const { net, pnl, days } = mark()
  expect(days).toBe(43)
  expect(pnl).toBeCloseTo(-2_000 + (net?.mid ?? 0) * 100 - 1.3, 6)
  const without = (change: object) =>
    mark(chainOf(SLOT).map((quote) => (legs[0]?.con_id === quote.con_id ? { ...quote, ...change } : quote)))
  for (const fault of [{ bid: null }, { ask: null }, { flags: 1 << 14 }]) {
    expect(without(fault)).toMatchObject({ net: null, pnl: null, exit: null })
  }
})

test('signals say which figure and which limit decides', () => {
  const calm = { ivRank: 60, vix: 18, trend: 'neutral' } as const
  expect(shortIronCondorSignal(calm, settings).enter).toBe(true)
  expect(shortIronCondorSignal({ ...calm, ivRank: 49.9 }, settings)).toEqual({
    ...{ enter: false, reason: 'iron condor: iv_rank 49.9 is below 50' },
  })
  expect(shortIronCondorSignal({ ...calm, trend: 'up', vix: 45 }, settings).reason).toBe(
    'iron condor: vix 45 is above 40, underlying_trend is up, not neutral',
  )
  expect(longStraddleSignal({ ...calm, ivRank: 20 }, settings).enter).toBe(true)
  expect(longStraddleSignal(calm, settings).reason).toBe('long straddle: iv_rank 60 is above 20')
})

test('a default or a value of another kind is no figure', () => {
  const figures = entryFiguresOf(answerOf(SLOT))
  expect(knownFigures(figures).known).toEqual({ ivRank: 60, vix: 18, trend: 'neutral' })
  const byDefault = { ...figures, vix: { ...figures.vix, is_default: true } }
  expect(knownFigures(byDefault)).toEqual({ known: null, missing: 'vix is a default' })
  for (const value of ['60', Number.NaN, true]) {
    expect(knownFigures({ ...figures, iv_rank: { ...figures.iv_rank, value } }).known).toBeNull()
  }
})
