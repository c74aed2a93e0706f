import { listClasses } from '../../../chain/chain-requests.ts'
import { skipReasonOf } from '../../../chain/collected-classes.ts'
import { findUnderlying } from '../../../chain/find-underlying.ts'
import type { Config } from '../../../config/config.ts'
import type { SingleSession } from '../../../daemon/sessions/gateway-source.ts'
import { adviceOn } from '../../../gateway/session/notices.ts'
import { openUnderlyingStreams, type UnderlyingStreams } from '../../../harvest/underlying-streams.ts'
import { type Underlying, VIX } from '../../../market/contract.ts'
import { type Instrument, namesOf } from '../../../market/instrument.ts'
import { instrumentIn } from '../../../market/instruments.ts'
import type { EpochMs } from '../../../market/units.ts'
import { EXIT } from '../../../process/failure.ts'
import { count, fixed, percent } from '../../terminal/format.ts'
import { answered } from './answered.ts'
import { type Check, failed, isCheck, passed, warning } from './check.ts'
import { sampleContractCheck } from './sample-contract-check.ts'

const HISTORY_DAYS = 365
/** Bars that the 50-day average of the trend needs. */
export const TREND_BARS = 50
/** How long to wait for prices. */
const PRICES_MS = 5_000
/** Contract details took 15–45 s after a cold start of a gateway. */
const LOOKUP_MS = 30_000
const HISTORY_MS = 30_000
/** The list of expirations, the contracts of one, and a stream. */
const SAMPLE_MS = 60_000

const CLASSES_ADVICE = 'correct "classes" of the symbol in the configuration; the other classes are collected'
const SPELLING_ADVICE = 'correct it in symbols or --symbols'
export const PRICE_ADVICE = 'subscribe this account to its market data, and end competing sessions'
export const VIX_ADVICE =
  'subscribe this account to Cboe indices; chains are collected without it, and the VIX column stays empty'
export const HISTORY_ADVICE = `subscribe this account to the daily history of the symbol, then run optionlake backfill: rank and trend stay empty with fewer than ${TREND_BARS} daily bars`
const SAMPLE_ADVICE =
  'the gateway is slow in the minutes after its start: try again; see also optionlake plan'

/** What the checks need besides the gateway. */
interface CheckOptions {
  readonly config: Config
  readonly signal: AbortSignal
  /** No question is waited for longer than this, ms. */
  readonly atMostMs: number
}

interface Spot {
  readonly price: number
  readonly at: EpochMs
}

interface SymbolChecks {
  readonly price: Check
  readonly history: readonly Check[]
  /** The stock and its price; null if it has none. */
  readonly priced: { readonly stock: Underlying; readonly spot: Spot } | null
}

/**
 * Whether the gateway serves what a cycle needs: prices, the VIX, daily history, and options. Symbols are looked up one
 * after another, as the gateway answers them; everything else is asked for at once. No answer depends on another
 * symbol's.
 */
export async function marketDataChecks(gateway: SingleSession, options: CheckOptions): Promise<Check[]> {
  const symbols = namesOf(options.config.symbols)
  const examined: Promise<SymbolChecks>[] = []
  for (const symbol of symbols) {
    const stock = await lookUp(symbol, gateway, options)
    examined.push(
      isCheck(stock)
        ? Promise.resolve({ price: stock, history: [], priced: null })
        : examineStock(stock, gateway, options),
    )
  }
  const vix = await vixCheck(gateway, options)
  const all = await Promise.all(examined)
  const priced = all.map((one) => one.priced).find((one) => one !== null)
  return [
    ...all.map(({ price }) => price),
    vix,
    ...all.flatMap(({ history }) => history),
    priced
      ? await sampleCheck(priced, gateway, options)
      : warning('sample contract', 'not tried, because no underlying has a price', 'see the prices above'),
  ]
}

async function lookUp(
  symbol: string,
  { session, clock }: SingleSession,
  { config, signal, atMostMs }: CheckOptions,
): Promise<Underlying | Check> {
  const question = {
    ...{ clock, signal },
    name: `${symbol} price`,
    limitMs: Math.min(LOOKUP_MS, atMostMs),
    advice: 'a gateway is slow to answer in the minutes after its start: try again',
  }
  const instrument = instrumentIn(config.symbols, symbol)
  const stock = await answered(question, (asking) => findUnderlying(session, instrument, asking))
  return isCheck(stock) && stock.exitCode === EXIT.usage ? { ...stock, advice: SPELLING_ADVICE } : stock
}

async function examineStock(
  stock: Underlying,
  gateway: SingleSession,
  options: CheckOptions,
): Promise<SymbolChecks> {
  const { symbol } = stock
  const ofPrices = (streams: UnderlyingStreams) => {
    const spot = streams.price(symbol)
    return { price: priceCheck(streams, symbol), priced: spot && { stock, spot } }
  }
  const instrument = instrumentIn(options.config.symbols, symbol)
  const [priced, ...history] = await Promise.all([
    streamed(stock, gateway, { ...options, advice: PRICE_ADVICE, read: ofPrices }),
    historyCheck(stock, 'TRADES', gateway, options),
    historyCheck(stock, 'OPTION_IMPLIED_VOLATILITY', gateway, options),
    ...(instrument.tradingClasses === null ? [] : [classesCheck(stock, instrument, gateway, options)]),
  ])
  return isCheck(priced) ? { price: priced, history, priced: null } : { ...priced, history }
}

/** Streams one underlying until its values have come, for a few seconds at most. */
function streamed<T extends object>(
  underlying: Underlying,
  { session, clock }: SingleSession,
  {
    signal,
    atMostMs,
    advice,
    read,
  }: CheckOptions & { readonly advice: string; read(streams: UnderlyingStreams): T },
): Promise<T | Check> {
  const { symbol } = underlying
  const name = symbol === VIX.symbol ? symbol : `${symbol} price`
  const question = { ...{ name, clock, signal, advice }, limitMs: 2 * Math.min(PRICES_MS, atMostMs) }
  return answered(question, async (asking) => {
    const streams = openUnderlyingStreams([underlying], { clock, signal: asking })
    try {
      await streams.attach(session)
      await streams.waitFor('all', Math.min(PRICES_MS, atMostMs))
      return read(streams)
    } finally {
      streams.close()
    }
  })
}

function priceCheck(streams: UnderlyingStreams, symbol: string): Check {
  const name = `${symbol} price`
  const price = streams.price(symbol)?.price ?? null
  if (price === null) {
    const notice = streams.notice(symbol)
    const advice = notice && adviceOn(notice)
    return failed(name, notice?.message ?? 'no price came', advice ?? PRICE_ADVICE)
  }
  const vol = streams.impliedVol30Fraction(symbol)
  return passed(name, `$${fixed(price, 2)}, 30-day implied volatility ${percent(vol, 1)} %`)
}

/** Chains are collected without the VIX: whatever is wrong with it is a warning. */
async function vixCheck(gateway: SingleSession, options: CheckOptions): Promise<Check> {
  const { session, clock } = gateway
  const { signal, atMostMs } = options
  const name = VIX.symbol
  const limitMs = Math.min(LOOKUP_MS, atMostMs)
  const details = await answered({ name, clock, signal, limitMs, advice: VIX_ADVICE }, (asking) =>
    session.contractDetails(VIX, asking),
  )
  if (isCheck(details)) return warning(name, details.found, VIX_ADVICE)
  const [first] = details
  if (!first) return warning(name, 'the gateway does not know it', VIX_ADVICE)
  const level = await streamed({ ...VIX, conId: first.conId }, gateway, {
    ...options,
    advice: VIX_ADVICE,
    read: levelCheck,
  })
  return level.status === 'fail' ? warning(name, level.found, VIX_ADVICE) : level
}

function levelCheck(streams: UnderlyingStreams): Check {
  const level = streams.price(VIX.symbol)?.price ?? null
  if (level !== null) return passed(VIX.symbol, `${fixed(level, 2)} points`)
  return warning(VIX.symbol, streams.notice(VIX.symbol)?.message ?? 'no level came', VIX_ADVICE)
}

/** Whether the gateway lists the classes that are configured. */
function classesCheck(
  underlying: Underlying,
  instrument: Instrument,
  { session, clock }: SingleSession,
  { signal, atMostMs }: CheckOptions,
): Promise<Check> {
  const name = `${underlying.symbol} classes`
  const question = {
    ...{ name, clock, signal, advice: CLASSES_ADVICE },
    limitMs: Math.min(LOOKUP_MS, atMostMs),
  }
  return answered(question, async (asking) => {
    const classes = await listClasses(session, [underlying], asking)
    const configured = instrument.tradingClasses ?? []
    const missing = configured.filter(
      (wanted) =>
        !classes.some((one) => one.tradingClass === wanted && skipReasonOf(one, instrument) === null),
    )
    const listed = [...new Set(classes.map(({ tradingClass }) => tradingClass))].sort().join(', ')
    return missing.length === 0
      ? passed(name, configured.join(', '))
      : warning(
          name,
          `not listed for collection: ${missing.join(', ')}; the gateway lists ${listed}`,
          CLASSES_ADVICE,
        )
  })
}

export const HISTORY_NAMES = {
  TRADES: 'trend input',
  OPTION_IMPLIED_VOLATILITY: 'IV history input',
} as const

/** A close of a history in the unit that it has. */
export function historyValue(what: keyof typeof HISTORY_NAMES, value: number | null): string {
  return what === 'TRADES' ? `close ${fixed(value, 2)}` : `volatility ${percent(value, 2)} %`
}

/** The daily bars that trend or IV rank are computed from. */
function historyCheck(
  stock: Underlying,
  what: keyof typeof HISTORY_NAMES,
  { session, clock }: SingleSession,
  { signal, atMostMs }: CheckOptions,
): Promise<Check> {
  const name = `${stock.symbol} ${HISTORY_NAMES[what]}`
  const question = {
    ...{ name, clock, signal, advice: HISTORY_ADVICE },
    limitMs: Math.min(HISTORY_MS, atMostMs),
  }
  return answered(question, async (asking) => {
    const bars = await session.dailyBars(stock, { days: HISTORY_DAYS, what }, asking)
    const last = bars.at(-1)
    const found = last
      ? `${count(bars.length)} daily bars to ${last.date}, last ${historyValue(what, last.close)}`
      : 'no bars'
    return bars.length >= TREND_BARS ? passed(name, found) : warning(name, found, HISTORY_ADVICE)
  })
}

function sampleCheck(
  { stock, spot }: NonNullable<SymbolChecks['priced']>,
  gateway: SingleSession,
  { config, signal, atMostMs }: CheckOptions,
): Promise<Check> {
  const question = {
    ...{ name: 'sample contract', clock: gateway.clock, signal, advice: SAMPLE_ADVICE },
    limitMs: Math.min(SAMPLE_MS, 4 * atMostMs),
  }
  return answered(question, (asking) =>
    sampleContractCheck(gateway, stock, { price: spot, config, signal: asking }),
  )
}
