import { expect, test } from 'vitest'
import { newYorkDate } from '../../../../src/market/calendar.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../../../src/market/units.ts'
import type {
  RecordedChain,
  RecordedQuote,
  Recording,
} from '../../../../src/simulator/market/replay/recording.ts'
import { openReplay } from '../../../../src/simulator/market/replay/replay.ts'
import { manualClock } from '../../../support/manual-clock.ts'

const FRIDAY = epochMs(Date.parse('2026-11-20T20:55:00Z'))
const MONDAY = epochMs(Date.parse('2026-11-23T14:30:00Z'))
const MINUTE = 60_000
const [A, B] = [700_001, 700_002]

function quote(conId: number, change: Partial<RecordedQuote> = {}): RecordedQuote {
  return {
    conId,
    bid: 5.1,
    ask: 5.2,
    bidSize: 12,
    askSize: 40,
    last: null,
    volume: 0,
    openInterest: 900,
    underlyingPrice: 600.4,
    dataType: 'live',
    halted: false,
    partial: false,
    greeks: { impliedVolFraction: 0.18, delta: 0.5, gamma: 0.01, vega: 0.6, theta: -0.1 },
    ...change,
  }
}

function chain(slot: EpochMs, quotes: readonly RecordedQuote[]): RecordedChain {
  return { slot, date: newYorkDate(slot), quotes, vix: 17.25, impliedVol30Fraction: 0.16 }
}

/** Friday's contract is A, Monday's are A and B. `reads` counts the chains that were read. */
function recordingOf(chains: readonly RecordedChain[]) {
  const reads: EpochMs[] = []
  const recording: Recording = {
    underlyings: [{ symbol: 'SPY', conId: 756733 }],
    observations: new Map([
      [
        'SPY',
        [
          session('2026-11-19', 598, 0.17),
          session('2026-11-20', 601, 0.16),
          session('2026-11-23', 603, 0.15),
        ],
      ],
    ]),
    chainAt: async (_symbol, at) => {
      const found = chains.findLast(({ slot }) => slot <= at) ?? null
      if (found) reads.push(found.slot)
      return found
    },
    slotAfter: async (_symbol, at) => chains.find(({ slot }) => slot > at)?.slot ?? null,
    listedOn: async (symbol, date) =>
      (date === '2026-11-20' ? [A] : [A, B]).map((conId, at) => ({
        conId,
        symbol,
        expiry: '20261218',
        strike: 600 + at,
        right: 'C' as const,
        tradingClass: 'SPY',
      })),
  }
  return { recording, reads }
}

function session(date: string, close: number, impliedVol30Fraction: number) {
  return { date: sessionDate(date) as SessionDate, close, impliedVol30Fraction }
}

const THREE = [
  chain(FRIDAY, [quote(A)]),
  chain(epochMs(FRIDAY + 5 * MINUTE), [quote(A, { bid: 5.3, ask: 5.4 })]),
  chain(MONDAY, [quote(A, { bid: 6 }), quote(B)]),
]

async function openAt(at: EpochMs, chains: readonly RecordedChain[] = THREE) {
  const clock = manualClock(at)
  const { recording, reads } = recordingOf(chains)
  const replay = await openReplay(recording, clock)
  const { market } = replay
  const bidOf = (conId: number) => {
    const contract = market.byConId(conId)
    return contract && market.quote(contract, clock.now()).bid
  }
  return { clock, replay, market, reads, bidOf }
}

test('at each time the newest recorded slot is served, and after the last one its quotes stay', async () => {
  const { clock, replay, bidOf } = await openAt(FRIDAY)
  expect(bidOf(A)).toBe(5.1)
  await clock.advance(5 * MINUTE - 1)
  expect(bidOf(A)).toBe(5.1)
  await clock.advance(1)
  expect(bidOf(A)).toBe(5.3)
  await clock.advance(MONDAY - clock.now())
  expect(bidOf(A)).toBe(6)
  expect(await replay.ended).toBe(MONDAY)
  await clock.advance(60 * MINUTE)
  expect(bidOf(A)).toBe(6)
})

test('the contracts of a day are listed from the midnight before it', async () => {
  const { clock, market, bidOf } = await openAt(FRIDAY)
  const options = () => market.find({ symbol: 'SPY', secType: 'OPT' }).map(({ conId }) => conId)
  expect(options()).toEqual([A])
  await clock.advance(2 * 24 * 60 * MINUTE)
  expect(options()).toEqual([A])
  await clock.advance(Date.parse('2026-11-23T05:00:00Z') - clock.now())
  expect(options()).toEqual([A, B])
  // Listed, and silent until its slot begins.
  expect(bidOf(B)).toBeUndefined()
  expect(bidOf(A)).toBe(5.3)
  expect(market.chainRows(756733)[0]).toMatchObject({ tradingClass: 'SPY', strikes: [600, 601] })
})

test('a clock faster than the slots skips those that are over, and one slot is read ahead', async () => {
  const { clock, reads, bidOf } = await openAt(FRIDAY)
  await clock.advance(0)
  expect(reads).toEqual([FRIDAY, FRIDAY + 5 * MINUTE])
  clock.setBy(MONDAY - FRIDAY + MINUTE)
  await clock.advance(5 * MINUTE)
  expect(bidOf(A)).toBe(6)
})

test('a slot that cannot be read ends the replay with its error', async () => {
  const clock = manualClock(FRIDAY)
  const { recording } = recordingOf(THREE)
  const slotAfter = async () => {
    throw new Error('the file is gone')
  }
  const replay = await openReplay({ ...recording, slotAfter }, clock)
  await expect(replay.ended).rejects.toThrow('the file is gone')
})

test('a value that a row lacks is not sent, and a side without a quote is', async () => {
  const sides = [
    quote(A, {
      bid: null,
      bidSize: null,
      ask: null,
      askSize: 7,
      openInterest: null,
      volume: null,
      greeks: null,
    }),
    quote(B, { bid: null, bidSize: null, partial: true, halted: true, dataType: 'delayed' }),
  ]
  const { clock, market } = await openAt(MONDAY, [chain(MONDAY, sides)])
  const quoteOf = (conId: number) => {
    const contract = market.byConId(conId)
    if (!contract) throw new Error(`${conId} is not listed`)
    return { quote: market.quote(contract, clock.now()), kind: market.dataType?.(contract, clock.now()) }
  }
  expect(quoteOf(A)).toEqual({ quote: { bid: null, ask: null, askSize: 7 }, kind: 'live' })
  const { quote: incomplete, kind } = quoteOf(B)
  expect(kind).toBe('delayed')
  expect(incomplete).toMatchObject({
    ask: 5.2,
    halted: 1,
    greeks: { impliedVolFraction: 0.18, underlyingPrice: 600.4 },
  })
  expect(incomplete).not.toHaveProperty('bid')
})

test('options on an index come with both classes, their settlement days and a level', async () => {
  const option = (conId: number, tradingClass: string) => ({
    ...{ conId, symbol: 'SPX', expiry: '20261217', strike: 6_000, right: 'C' as const, tradingClass },
    multiplier: 100,
  })
  const { recording } = recordingOf([
    chain(FRIDAY, [quote(A, { underlyingPrice: 6_275.5 }), quote(B, { underlyingPrice: 6_275.5 })]),
  ])
  const indexed: Recording = {
    ...recording,
    underlyings: [{ symbol: 'SPX', conId: 416904, secType: 'IND' }],
    listedOn: async () => [option(A, 'SPX'), option(B, 'SPXW')],
  }
  const { market } = await openReplay(indexed, manualClock(FRIDAY))
  const [index] = market.find({ symbol: 'SPX', secType: 'IND', exchange: 'CBOE' })
  expect(market.quote(index!, FRIDAY)).toMatchObject({ last: 6_275.5 })
  expect(market.find({ symbol: 'SPX', expiry: '20261217', strike: 6_000 })).toMatchObject([
    {
      ...{ conId: A, localSymbol: 'SPX   261218C06000000', realExpiry: '20261218' },
      ...{ exerciseStyle: 'european', underlyingConId: 416904 },
    },
    { conId: B, localSymbol: 'SPXW  261217C06000000', realExpiry: '20261217' },
  ])
  expect(market.hours(market.byConId(B)!, FRIDAY).timeZoneId).toBe('US/Central')
  expect(market.find({ symbol: 'VIX', secType: 'IND' })).toHaveLength(1)
})

test('underlying, volatility index and the history of finished sessions come with the chains', async () => {
  const chains = [chain(FRIDAY, [quote(A), quote(B, { underlyingPrice: 600.6 })])]
  const { clock, market } = await openAt(FRIDAY, chains)
  const [stock] = market.find({ symbol: 'SPY', secType: 'STK' })
  const [index] = market.find({ symbol: 'VIX', secType: 'IND', exchange: 'CBOE' })
  if (!stock || !index) throw new Error('an underlying is missing')
  expect(market.quote(stock, clock.now())).toMatchObject({
    last: 600.5,
    close: 598,
    impliedVol30Fraction: 0.16,
  })
  expect(market.quote(index, clock.now())).toEqual({ last: 17.25 })
  const days = { startAt: epochMs(FRIDAY - 10 * 86_400_000), endAt: MONDAY, barSeconds: 86_400 }
  const closes = () => market.bars(stock, 'TRADES', days).map(({ close }) => close)
  expect(closes()).toEqual([598])
  await clock.advance(10 * MINUTE)
  // Friday is over, and the future stays unknown.
  expect(closes()).toEqual([598, 601])
  expect(market.bars(stock, 'OPTION_IMPLIED_VOLATILITY', days).map(({ close }) => close)).toEqual([
    0.17, 0.16,
  ])
  expect(market.bars(stock, 'BID', days)).toEqual([])
  expect(market.bars(stock, 'TRADES', { ...days, barSeconds: 60 })).toEqual([])
})
