import { discover } from '../../../chain/discover.ts'
import type { Config } from '../../../config/config.ts'
import type { SingleSession } from '../../../daemon/sessions/gateway-source.ts'
import { collect } from '../../../harvest/collect.ts'
import { plan } from '../../../harvest/plan.ts'
import { newYorkDate } from '../../../market/calendar.ts'
import type { Underlying } from '../../../market/contract.ts'
import { instrumentIn } from '../../../market/instruments.ts'
import { addDays, type EpochMs } from '../../../market/units.ts'
import { fixed, percent } from '../../terminal/format.ts'
import { type Check, failed, passed, warning } from './check.ts'

const NAME = 'sample contract'
const GREEKS_ADVICE =
  'no model greeks came in time: try again in market hours; what the gateway does not send is computed from the quotes'

/** Lists the nearest expiration after today, and streams its option at the money until it is complete. */
export async function sampleContractCheck(
  { session, clock }: SingleSession,
  underlying: Underlying,
  {
    price,
    config,
    signal,
  }: {
    price: { readonly price: number; readonly at: EpochMs }
    config: Config
    signal: AbortSignal
  },
): Promise<Check> {
  const { contracts } = await discover(session, underlying, {
    today: addDays(newYorkDate(clock.now()), 1),
    options: { ...config.universe, policy: 'plain', plainExpirations: 1, maxDaysToExpiry: 60 },
    instrument: instrumentIn(config.symbols, underlying.symbol),
    cached: null,
    signal,
  })
  const [contract] = plan(contracts, price.price)
  if (!contract) return failed(NAME, `no option on ${underlying.symbol} is listed`, 'see optionlake plan')
  const { timeoutMs } = config.harvest
  const startedAtMs = clock.monotonicMs()
  const { answered, gaps } = await collect(
    session,
    {
      symbol: underlying.symbol,
      order: [contract],
      openInterest: new Map(),
      underlyingPrice: () => ({ ...price, confirmedAt: price.at }),
    },
    {
      clock,
      waits: { greeksWaitMs: timeoutMs, timeoutMs, deadlineAtMs: Number.POSITIVE_INFINITY },
      signal,
    },
  )
  const label = `${underlying.symbol} ${contract.expiry} ${contract.strike} ${contract.right}`
  const quote = answered[0]?.quote
  if (!quote) {
    const why = gaps[0]?.detail ?? gaps[0]?.reason
    return failed(
      NAME,
      `${label} sent nothing${why ? `: ${why}` : ''}`,
      'subscribe this account to OPRA options data',
    )
  }
  const iv = quote.greeks?.impliedVolFraction ?? null
  const seconds = (clock.monotonicMs() - startedAtMs) / 1_000
  const found =
    `${label}: bid ${fixed(quote.numbers.bid, 2)}, ask ${fixed(quote.numbers.ask, 2)}, IV ${percent(iv, 1)} %, ` +
    `${quote.dataType ?? 'data type unknown'}, ${fixed(seconds, 2)} s`
  const advice = dataAdvice(quote.dataType ?? null, config.gateway.marketDataType)
  if (advice !== null) return warning(NAME, found, advice)
  return iv === null ? warning(NAME, found, GREEKS_ADVICE) : passed(NAME, found)
}

/** The kinds of data that may come where one is asked for: the gateway sends live data where it may. */
const ACCEPTED: Readonly<Record<Config['gateway']['marketDataType'], readonly string[]>> = {
  live: ['live'],
  frozen: ['live', 'frozen'],
  delayed: ['live', 'delayed'],
  delayed_frozen: ['live', 'frozen', 'delayed', 'delayed_frozen'],
}

/** What to do about data that are worse than the configuration asks for; null if they are not. */
export function dataAdvice(
  dataType: string | null,
  asked: Config['gateway']['marketDataType'],
): string | null {
  if (dataType !== null && ACCEPTED[asked].includes(dataType)) return null
  return `data are not ${asked.replace('_', ' ')}: check the subscription, and end competing sessions`
}
