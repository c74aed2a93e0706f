import { findUnderlying, findVix } from '../../../chain/find-underlying.ts'
import type { Config } from '../../../config/config.ts'
import type { SingleSession } from '../../../daemon/gateway-source.ts'
import { openUnderlyingStreams, type UnderlyingStreams } from '../../../harvest/underlying-streams.ts'
import type { Underlying } from '../../../market/contract.ts'
import { count, fixed, percent } from '../../terminal/format.ts'
import { type Check, failed, passed, warning } from './check.ts'
import { sampleContractCheck } from './sample-contract-check.ts'

const HISTORY_DAYS = 365
/** Bars that the 50-day average of the trend needs. */
const TREND_BARS = 50
/** How long to wait for prices. */
const WAIT_MS = 5_000

/** Whether the gateway serves what a cycle needs: prices, the VIX, daily history, and options. */
export async function marketDataChecks(
  gateway: SingleSession,
  config: Config,
  signal: AbortSignal,
): Promise<Check[]> {
  const { session, clock } = gateway
  const stocks = await Promise.all(config.symbols.map((symbol) => findUnderlying(session, symbol, signal)))
  const vix = await findVix(session, signal)
  const streams = openUnderlyingStreams(vix ? [...stocks, vix] : stocks, { clock, signal })
  try {
    await streams.attach(session)
    await streams.waitFor('all', WAIT_MS)
    const checks = stocks.map(({ symbol }) => priceCheck(streams, symbol))
    checks.push(vixCheck(streams))
    for (const stock of stocks) checks.push(...(await historyChecks(gateway, stock, signal)))
    const [first] = stocks
    const price = first && streams.price(first.symbol)
    if (first && price) {
      checks.push(await sampleContractCheck(gateway, first, { price, config, signal }))
    }
    return checks
  } finally {
    streams.close()
  }
}

function priceCheck(streams: UnderlyingStreams, symbol: string): Check {
  const name = `${symbol} price`
  const price = streams.price(symbol)?.price ?? null
  if (price === null) {
    return failed(
      name,
      streams.notice(symbol)?.message ?? 'no price came',
      'subscribe this account to its market data, and end competing sessions',
    )
  }
  const vol = streams.impliedVol30Fraction(symbol)
  return passed(name, `$${fixed(price, 2)}, 30-day implied volatility ${percent(vol, 1)} %`)
}

function vixCheck(streams: UnderlyingStreams): Check {
  const level = streams.price('VIX')?.price ?? null
  if (level !== null) return passed('VIX', `${fixed(level, 2)} points`)
  return warning(
    'VIX',
    streams.notice('VIX')?.message ?? 'no level came',
    'the VIX column stays empty without the Cboe index subscription',
  )
}

/** The daily bars that trend and IV rank are computed from. */
async function historyChecks(
  { session }: SingleSession,
  stock: Underlying,
  signal: AbortSignal,
): Promise<Check[]> {
  const inputs = [
    { name: `${stock.symbol} trend input`, what: 'TRADES' },
    { name: `${stock.symbol} IV history input`, what: 'OPTION_IMPLIED_VOLATILITY' },
  ] as const
  const checks: Check[] = []
  for (const { name, what } of inputs) {
    const bars = await session.dailyBars(stock, { days: HISTORY_DAYS, what }, signal)
    const last = bars.at(-1)
    const found = last
      ? `${count(bars.length)} daily bars to ${last.date}, last close ${fixed(last.close, 4)}`
      : 'no bars'
    const advice = 'rank and trend stay empty until enough history is stored'
    checks.push(bars.length >= TREND_BARS ? passed(name, found) : warning(name, found, advice))
  }
  return checks
}
