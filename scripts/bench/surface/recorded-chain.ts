import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Carry } from '../../../src/analytics/carry.ts'
import { type ChainRow, type GroupedChain, groupChain } from '../../../src/analytics/chain.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { expiryTimesOf } from '../../../src/market/option-hours.ts'
import { exerciseStyleOf } from '../../../src/market/option-terms.ts'
import { type EpochMs, epochMs, sessionDate } from '../../../src/market/units.ts'
import { convertCboeChain, isCboeChain } from '../../../src/simulator/market/recorded/cboe-chain.ts'
import { readChainFile } from '../../../src/simulator/market/recorded/chain-file.ts'
import { isKnownIndex } from '../../../src/simulator/market/recorded/contracts.ts'

/** A recorded chain and what is needed to fit its surface. */
export interface RecordedChain {
  readonly name: string
  readonly rows: readonly ChainRow[]
  readonly at: EpochMs
  readonly symbol: string
  readonly carry: Carry
}

/** Of the recorded days: the yield of a month's Treasury bill. */
const RATE = 0.0525

export function grouped(recorded: RecordedChain, rows = recorded.rows): GroupedChain {
  return groupChain(rows, { slot: recorded.at, expiresAt: expiryTimesOf(recorded.symbol) })
}

/** The fixture of SPY, of a feed whose quotes are not all of one moment. */
export function recordedSpy(): RecordedChain {
  const path = 'test/fixtures/spy-quotes-2024-06-14.csv'
  const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1)
  const rows = lines.flatMap((line) => {
    const [expiry = '', strike, ...sides] = line.split(',')
    return (['C', 'P'] as const).flatMap((right, index) => {
      const [bid, ask] = sides.slice(2 * index, 2 * index + 2)
      const quote = { bid: Number(bid), ask: Number(ask) }
      return bid && ask ? [rowOf({ expiry, right, strike: Number(strike), ...quote }, 541.65)] : []
    })
  })
  return {
    name: 'SPY 2024-06-14, a dirty feed',
    rows,
    at: newYorkInstant(sessionDate('2024-06-14'), '11:28:47'),
    symbol: 'SPY',
    carry: { rateFraction: RATE, dividends: [{ exDate: sessionDate('2024-06-21'), amount: 1.759 }] },
  }
}

/** A chain file, or a file of Cboe's quotes of SPX, that was recorded at a time. */
export function chainFromFile(path: string, at: EpochMs): RecordedChain {
  const text = readFileSync(path, 'utf8')
  const name = basename(path)
  const lines = readChainFile(isCboeChain(text) ? convertCboeChain(text, name, 'SPX') : text, name)
  const symbol = lines[0]?.symbol ?? ''
  const price = lines.find(({ values }) => values.underlying_price !== null)?.values.underlying_price ?? null
  const type: 'IND' | 'STK' = isKnownIndex(symbol) ? 'IND' : 'STK'
  const rows = lines.map(({ expiry, strike, right, values: { bid, ask }, tradingClass }) => ({
    ...rowOf({ expiry, strike, right, bid, ask }, price),
    trading_class: tradingClass,
    underlying_type: type,
    exercise_style: exerciseStyleOf(tradingClass, type),
  }))
  return { name, rows, at: epochMs(at), symbol, carry: { rateFraction: RATE, dividends: [] } }
}

type Quoted = Pick<ChainRow, 'expiry' | 'strike' | 'right' | 'bid' | 'ask'>

function rowOf({ expiry, strike, right, bid, ask }: Quoted, underlyingPrice: number | null): ChainRow {
  const unknown = { iv: null, delta: null, volume: null, open_interest: null }
  return { expiry, strike, right, bid, ask, underlying_price: underlyingPrice, ...unknown }
}
