import { discover, findUnderlying } from '../chain/discover.ts'
import type { Config } from '../config/config.ts'
import { type Connection, connect } from '../daemon/gateway/connection.ts'
import { collect, type HarvestProgress } from '../harvest/collect.ts'
import { plan } from '../harvest/plan.ts'
import { openUnderlyingStreams } from '../harvest/underlyings.ts'
import { sessionOn } from '../market/calendar.ts'
import type { EpochMs } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { openLifetime } from '../process/lifetime.ts'
import { type Log, openLog } from '../process/log.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import { reportHarvest, type SymbolReport } from '../snapshot/symbol-report.ts'
import { cycleSeconds, type Ready, selectAll } from './budget.ts'
import { buildRows } from './build-rows.ts'
import { slotNow } from './current-slot.ts'

/** One symbol's chain as the gateway has it now. Nothing is stored. */
export interface FetchedChain {
  /** Which gateway it came from, in words: what is simulated must never be taken for real. */
  readonly gateway: string
  readonly slot: EpochMs
  /** One row for each contract that answered, as a lake would have it. */
  readonly rows: readonly SnapshotRow[]
  /** What was asked and what came, as the ledger would have it. */
  readonly report: SymbolReport
}

export interface FetchChainEnv {
  readonly signal?: AbortSignal
  readonly log?: Log
  onProgress?(progress: HarvestProgress): void
}

/** How long the underlying may take to say its first price. */
const PRICE_WAIT_MS = 10_000

/**
 * Opens the configured gateway, or the embedded one where none is configured, asks for the whole chain of a symbol by the
 * configured universe and budget, and closes it again.
 * @throws Failure EXIT.tryLater outside the session or without a price of the underlying; EXIT.usage for an unknown
 * symbol; EXIT.unreachable or EXIT.refused where there is no session with the gateway.
 */
export async function fetchChain(
  symbol: string,
  config: Config,
  env: FetchChainEnv = {},
): Promise<FetchedChain> {
  const lifetime = openLifetime()
  const signal = AbortSignal.any([lifetime.signal, ...(env.signal ? [env.signal] : [])])
  const log = env.log ?? openLog('silent')
  try {
    const connection = await connect(config, { lifetime, log, signal, ibLimits: false })
    return await fetchOn(connection, symbol, { ...env, config, signal })
  } finally {
    await lifetime.close()
  }
}

async function fetchOn(
  connection: Connection,
  symbol: string,
  env: FetchChainEnv & { readonly config: Config; readonly signal: AbortSignal },
): Promise<FetchedChain> {
  const { session, clock } = connection
  const { config, signal } = env
  const { at: slot, date } = slotNow(config, clock)
  const { greeksWaitMs, timeoutMs } = config.harvest
  const deadlineAtMs = clock.monotonicMs() + cycleSeconds(config) * 1_000
  const underlying = await findUnderlying(session, symbol, signal)
  const view = openUnderlyingStreams([underlying], { clock, signal })
  await view.attach(session)
  const listed = { today: date, options: config.universe, kept: null, signal }
  const chain = await discover(session, underlying, listed)
  await view.settled('all', PRICE_WAIT_MS)
  const spot = view.price(symbol)
  if (spot === null) {
    const why = view.notice(symbol)?.message ?? 'the gateway sent none'
    throw new Failure(EXIT.tryLater, `no price of ${symbol}: ${why}; see optionlake doctor`)
  }
  const volFraction = view.impliedVol30Fraction(symbol)
  const ready: Ready = { symbol, chain, spot: { price: spot.price, volFraction } }
  const { selections } = selectAll([ready], { config, limits: connection.limits }, cycleSeconds(config))
  const { wanted = [], skipped = [] } = selections.get(symbol) ?? {}
  const { openInterest } = chain.cache
  const harvest = await collect(
    session,
    {
      symbol,
      order: plan(wanted, spot.price),
      openInterest,
      underlyingPrice: () => view.price(symbol),
    },
    { clock, waits: { greeksWaitMs, timeoutMs, deadlineAtMs }, signal },
    env.onProgress ? { onProgress: env.onProgress } : {},
  )
  const closeAt = sessionOn(date)?.closeAt ?? slot
  const { rows, quality } = buildRows(
    harvest,
    { slot, date, closeAt, openInterest },
    { options: config.analytics, memories: new Map() },
  )
  const underlyingPrice = view.price(symbol)?.price ?? null
  view.close()
  const report = reportHarvest(harvest, {
    ...{ slot, date, underlyingPrice, quality },
    skipped: skipped.length,
    vix: null,
  })
  return { gateway: connection.gateway, slot, rows, report }
}
