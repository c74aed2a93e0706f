import { describe, expect, test } from 'vitest'
import { chooseIronCondor } from '../../src/paper/choice/iron-condor.ts'
import { chooseLongStraddle } from '../../src/paper/choice/long-straddle.ts'
import { exitLimitAt, limitAt } from '../../src/paper/choice/price-steps.ts'
import { positionLimit, sizeOf } from '../../src/paper/choice/sizing.ts'
import { paperOptions } from '../../src/paper/options.ts'
import { type ChainQuote, leastPayoff } from '../../src/paper/structure.ts'
import { QUALITY_FLAGS } from '../../src/snapshot/quality-flags.ts'
import { chainOf, DATE, SLOT } from './paper-market.ts'

const settings = paperOptions.parse({})
const chain = chainOf(SLOT)
const change = (isOne: (quote: ChainQuote) => boolean, to: Partial<ChainQuote>): ChainQuote[] =>
  chain.map((quote) => (isOne(quote) ? { ...quote, ...to } : quote))

describe('a short iron condor', () => {
  test('takes the expiration nearest to the target, shorts near the delta, wings at their distance', () => {
    const { choice } = chooseIronCondor({ chain, date: DATE, settings })
    expect(choice).toMatchObject({ expiry: '20261231', days: 43, underlying_price: 700 })
    expect(choice?.legs.map(({ right, strike, side }) => `${side} ${strike} ${right}`)).toEqual([
      ...['BUY 670 P', 'SELL 675 P', 'SELL 725 C', 'BUY 730 C'],
    ])
    const { net, max_loss = 0, max_profit } = choice ?? {}
    expect(net?.mid).toBeLessThan(0)
    expect(max_profit).toBeCloseTo(-(net?.mid ?? 0) * 100, 6)
    // At worst the wing is lost less the credit of the last price step.
    expect(max_loss).toBeCloseTo((5 + limitAt(3, { net: net ?? never(), side: 'BUY', settings })) * 100, 6)
  })

  test('goes to the next expiration where the nearest lacks a leg, and says what was wrong', () => {
    const lacking = change(({ expiry, right }) => expiry === '20261231' && right === 'P', { bid: null })
    const { choice, rejected } = chooseIronCondor({ chain: lacking, date: DATE, settings })
    expect(choice?.expiry).toBe('20270115')
    expect(rejected).toContainEqual({
      ...{ reason: 'no_quote', contracts: 41 },
      example: expect.stringMatching(/^SPY 20261231 600 P: bid null, ask /),
    })
    expect(rejected.find(({ reason }) => reason === 'days_to_expiration')?.example).toBe(
      'SPY 20261127 600 C: 9 days',
    )
  })

  test.each([
    ['a flag', { flags: QUALITY_FLAGS.stale }, 'flag_stale'],
    ['delayed data', { flags: QUALITY_FLAGS.delayed }, 'flag_delayed'],
    ['an unknown open interest', { open_interest: null }, 'open_interest'],
    ['no delta', { delta: null }, 'no_delta'],
    ['crossed quotes', { bid: 3, ask: 2 }, 'crossed'],
    ['a wide spread', { bid: 1, ask: 2 }, 'wide_spread'],
    ['a zero bid', { bid: 0 }, 'no_quote'],
    ['an adjusted contract', { trading_class: '2SPY' }, 'adjusted_contract'],
    ['one adjusted after a split', { trading_class: 'AAPL1' }, 'adjusted_contract'],
    ['another multiplier', { multiplier: 10 }, 'multiplier'],
    ['an option on a future', { underlying_type: 'FUT' as const, multiplier: 50 }, 'option_on_future'],
  ])('rejects every contract for %s', (_, fault, reason) => {
    const answer = chooseIronCondor({ chain: change(() => true, fault), date: DATE, settings })
    expect(answer.choice).toBeNull()
    expect(answer.rejected.map((one) => one.reason)).toContain(reason)
    expect(answer.reason).toContain('no put can be traded')
  })

  test('never has legs of two classes, though both have the strikes', () => {
    const monthly = chain.map((quote) => ({ ...quote, con_id: quote.con_id + 1e6, trading_class: 'SPX' }))
    const weekly = chain.map((quote) => ({ ...quote, trading_class: 'SPXW' }))
    // The class that comes first lacks the put that is bought: the other one is taken as a whole.
    const lacking = monthly.filter(({ right, strike }) => right === 'C' || strike > 671)
    const { choice } = chooseIronCondor({ chain: [...lacking, ...weekly], date: DATE, settings })
    expect(choice?.legs.map(({ trading_class }) => trading_class)).toEqual(Array(4).fill('SPXW'))
    expect(choice?.expiry).toBe('20261231')
  })

  test.each([
    [{ condorShortDelta: 0.5, condorDeltaTolerance: 0.01 }, 'the short put lies above the short call'],
    [{ condorShortDelta: 0.0009, condorDeltaTolerance: 0.0001 }, 'the put nearest to delta 0.0009 has'],
    [{ condorMinCreditFraction: 0.9 }, 'is below 4.5, 0.9 of the wing of 5'],
    [{ condorWingDollars: 1 }, 'no put can be traded $0.5 to $2 beyond 675'],
    [{ condorMinDays: 100, condorMaxDays: 120 }, 'no expiration lies within the days wanted'],
  ])('says why there is none with %j', (own, reason) => {
    const answer = chooseIronCondor({ chain, date: DATE, settings: { ...settings, ...own } })
    expect(answer.choice).toBeNull()
    expect(answer.reason).toContain(reason)
  })
})

describe('a long straddle', () => {
  test('takes the strike where the deltas cancel, and loses at most what it costs', () => {
    const { choice } = chooseLongStraddle({ chain, date: DATE, settings })
    expect(choice?.legs.map(({ right, strike, side }) => `${side} ${strike} ${right}`)).toEqual([
      ...['BUY 700 C', 'BUY 700 P'],
    ])
    expect(choice?.expiry).toBe('20270115')
    expect(choice?.max_profit).toBeNull()
    expect(choice?.max_loss).toBeGreaterThan((choice?.net.ask ?? 0) * 100)
  })

  test('is refused where no strike is near enough to the money', () => {
    const far = chain.filter(({ strike }) => strike >= 740)
    const { choice, reason } = chooseLongStraddle({ chain: far, date: DATE, settings })
    expect(choice).toBeNull()
    expect(reason).toContain('the net delta nearest to 0 is')
  })
})

describe('price steps', () => {
  const net = { bid: -1.32, mid: -1.26, ask: -1.2 }

  test('go from the middle beyond the quotes, rounded in favour of the order', () => {
    const buys = [0, 1, 2, 3].map((step) => limitAt(step, { net, side: 'BUY', settings }))
    expect(buys).toEqual([-1.26, -1.23, -1.2, -1.17])
    const sells = [0, 1, 2, 3].map((step) => limitAt(step, { net, side: 'SELL', settings }))
    expect(sells).toEqual([-1.26, -1.29, -1.32, -1.35])
    const odd = { bid: 5.01, mid: 5.035, ask: 5.06 }
    const coarse = { ...settings, priceTick: 0.05 }
    expect(limitAt(0, { net: odd, side: 'BUY', settings: coarse })).toBe(5)
    expect(limitAt(0, { net: odd, side: 'SELL', settings: coarse })).toBe(5.05)
  })

  test('without steps the first price is the last', () => {
    expect(limitAt(0, { net, side: 'BUY', settings: { ...settings, priceSteps: 0 } })).toBe(-1.17)
  })
})

describe('the size of a position', () => {
  const open = [
    { symbol: 'QQQ', maxLoss: 400 },
    { symbol: 'IWM', maxLoss: 300 },
  ]
  const roomy = { maxLossPerPosition: 5_000, maxLossTotal: 1_500, maxContracts: 10, maxOrderQuantity: 10 }

  test.each([
    [roomy, 2],
    [{ ...roomy, maxLossTotal: 100_000 }, 10],
    [{ ...roomy, maxLossTotal: 100_000, maxContracts: 3 }, 3],
    [{ ...roomy, maxLossTotal: 100_000, maxLossPerPosition: 1_700 }, 4],
    [{ ...roomy, maxLossTotal: 100_000, maxOrderQuantity: 1 }, 1],
  ])('is what every limit allows: %j', (own, quantity) => {
    expect(sizeOf(400, open, own)).toEqual({ quantity, reason: null })
  })

  test('is none, with the limit that forbids it', () => {
    expect(sizeOf(900, open, roomy).reason).toBe(
      'one unit may lose $900.00, and $800.00 are left of paper.maxLossTotal, $1500',
    )
    expect(sizeOf(6_000, [], { ...roomy, maxLossTotal: 60_000 }).reason).toBe(
      'one unit may lose $6000.00, and paper.maxLossPerPosition is $5000',
    )
  })

  test('positions are counted in the symbol and in all', () => {
    const limits = { maxPositions: 3, maxPositionsPerSymbol: 1 }
    expect(positionLimit('SPY', open, limits)).toBeNull()
    expect(positionLimit('QQQ', open, limits)).toBe('1 of at most 1 positions in QQQ is open')
    expect(positionLimit('SPY', open, { ...limits, maxPositions: 2 })).toBe(
      '2 of at most 2 positions are open',
    )
  })
})

function never(): never {
  throw new Error('there is a choice')
}

test('a position is never sold for less than it can be worth at expiration, however wide the quotes are', () => {
  const condor = chooseIronCondor({ chain, date: DATE, settings }).choice?.legs ?? never()
  const straddle = chooseLongStraddle({ chain, date: DATE, settings }).choice?.legs ?? never()
  expect([leastPayoff(condor), leastPayoff(straddle)]).toEqual([-5, 0])
  const bare = condor.filter(({ right }) => right === 'C').map((leg) => ({ ...leg, side: 'SELL' as const }))
  expect(leastPayoff(bare)).toBe(Number.NEGATIVE_INFINITY)
  const wide = { bid: -6, mid: -4.5, ask: -3 }
  expect(limitAt(3, { net: wide, side: 'SELL', settings })).toBe(-6.75)
  expect(exitLimitAt(3, { net: wide, legs: condor, settings })).toBe(-5)
  const net = { bid: 0, mid: 0.1, ask: 0.2 }
  expect(exitLimitAt(3, { net, legs: straddle, settings })).toBe(0)
  expect(exitLimitAt(0, { net, legs: straddle, settings })).toBe(0.1)
})
