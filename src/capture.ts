import { join } from 'node:path'
import { type Daybook, readDaybook, writeDaybook } from './chain/daybook.ts'
import { type Chain, discover } from './chain/discover.ts'
import { daysByExpiry, fitBudget, type Selection, type Spot, withinWindow } from './chain/select.ts'
import type { Config } from './config.ts'
import type { Connection } from './connection.ts'
import { collect, type HarvestProgress } from './harvest/collect.ts'
import { type Harvest, openInterestOf } from './harvest/harvest.ts'
import { type CycleEstimate, estimateCycle, plan } from './harvest/plan.ts'
import { openSpool, type Spool } from './harvest/spool.ts'
import { type Watch, watch } from './harvest/watch.ts'
import { type AppendReport, append, type SymbolSlot } from './lake/append.ts'
import type { Lake } from './lake/open.ts'
import type { Log } from './log.ts'
import { sessionOn } from './market/calendar.ts'
import type { Underlying } from './market/contract.ts'
import type { EpochMs, SessionDate } from './market/units.ts'
import { assemble } from './snapshot/assemble.ts'
import type { SlotReason } from './snapshot/ledger.ts'
import { reportHarvest, reportMissing } from './snapshot/report.ts'

/** How long the underlyings may take to say their first price. */
const PRICE_WAIT_MS = 10_000
/** How long their volatility and the VIX are waited for beyond that. */
const VOLATILITY_WAIT_MS = 2_000

/** One slot of one session. */
export interface Slot {
  readonly at: EpochMs
  readonly date: SessionDate
}

export interface CaptureEnv {
  readonly config: Config
  readonly connection: Connection
  readonly lake: Lake
  readonly log: Log
  readonly signal: AbortSignal
  onStage?(stage: 'chain' | 'harvest' | 'write'): void
  onProgress?(progress: HarvestProgress): void
}

export interface Captured {
  readonly append: AppendReport
  readonly estimate: CycleEstimate
  /** Seconds that the harvest alone took. */
  readonly harvestSeconds: number
}

/**
 * One slot, the whole pipeline: what is listed → what is wanted → ask → rows → one commit. What the gateway does not
 * give ends as a report in the ledger; throws only where the lake cannot be written.
 */
export async function capture(
  slot: Slot,
  underlyings: readonly Underlying[],
  env: CaptureEnv,
): Promise<Captured> {
  const { clock, session } = env.connection
  const startedAt = clock.now()
  const deadlineAtMs = clock.monotonicMs() + cycleSeconds(env.config) * 1_000

  env.onStage?.('chain')
  const view = await watch(session, underlyings, { clock, signal: env.signal })
  const options = underlyings.filter(({ secType }) => secType === 'STK')
  const [chains] = await Promise.all([discoverAll(options, slot, env), settle(view)])
  const { ready, missing } = sortOut(chains, view)
  const { selections, estimate } = selectAll(ready, env, (deadlineAtMs - clock.monotonicMs()) / 1_000)

  env.onStage?.('harvest')
  const header = { slot: slot.at, date: slot.date, startedAt, symbols: options.map(({ symbol }) => symbol) }
  const spool = openSpool(spoolPath(env.lake, slot, startedAt), header, (error) =>
    env.log.error({ err: error }, 'quotes are no longer journalled: a crash now would lose this cycle'),
  )
  const harvestFromMs = clock.monotonicMs()
  const harvests = await Promise.all(
    ready.map((one, at) =>
      collectOne(one, selections[at] as Selection, { ...env, view, spool, deadlineAtMs }),
    ),
  )
  const harvestSeconds = (clock.monotonicMs() - harvestFromMs) / 1_000
  const vix = view.price('VIX')?.price ?? null
  view.close()

  env.onStage?.('write')
  const stored = ready.map((one, at) =>
    symbolSlot(harvests[at] as Harvest, {
      slot,
      one,
      vix,
      view,
      skipped: selections[at]?.skipped.length ?? 0,
    }),
  )
  const lost = missing.map(
    ({ symbol, reason, detail }): SymbolSlot => ({
      symbol,
      rows: [],
      report: reportMissing(symbol, reason, { slot: slot.at, date: slot.date, detail, startedAt }),
    }),
  )
  const report = await append(env.lake, { slot: slot.at, date: slot.date, symbols: [...stored, ...lost] })
  for (const [at, one] of ready.entries())
    keepOpenInterest(env.lake, one.chain.daybook, harvests[at] as Harvest)
  spool.remove()
  return { append: report, estimate, harvestSeconds }
}

/** Seconds that a cycle may take: the interval less a margin. */
export function cycleSeconds({ harvest }: Config): number {
  return harvest.intervalSeconds - harvest.deadlineMarginSeconds
}

export function daybookPath(lakeRoot: string, symbol: string): string {
  return join(lakeRoot, '.state', 'contracts', `${symbol}.json`)
}

export function spoolFolder(lake: Lake): string {
  return join(lake.layout.state, 'spool')
}

function spoolPath(lake: Lake, slot: Slot, startedAt: EpochMs): string {
  return join(spoolFolder(lake), `${slot.at}-${startedAt}.jsonl`)
}

async function settle(view: Watch): Promise<void> {
  await view.settled('prices', PRICE_WAIT_MS)
  await view.settled('all', VOLATILITY_WAIT_MS)
}

/** One symbol whose chain is known, with the price its window of strikes is laid around. */
export interface Ready {
  readonly symbol: string
  readonly chain: Chain
  readonly spot: Spot
}

interface Missing {
  readonly symbol: string
  readonly reason: SlotReason
  readonly detail: string | null
}

type Discovered = { symbol: string; chain: Chain } | Missing

function discoverAll(underlyings: readonly Underlying[], slot: Slot, env: CaptureEnv): Promise<Discovered[]> {
  const { session } = env.connection
  return Promise.all(
    underlyings.map(async (underlying): Promise<Discovered> => {
      const { symbol } = underlying
      const path = daybookPath(env.lake.layout.root, symbol)
      const kept = readDaybook(path)
      try {
        const chain = await discover(session, underlying, {
          today: slot.date,
          options: env.config.universe,
          kept,
          signal: env.signal,
        })
        writeDaybook(path, chain.daybook)
        return { symbol, chain }
      } catch (error) {
        const detail = (error as Error).message
        env.log.warn({ symbol, err: error }, 'the chain could not be listed')
        const reason = env.signal.aborted ? 'stopped' : session.isOpen ? 'no_chain' : 'connection_lost'
        return { symbol, reason, detail }
      }
    }),
  )
}

function sortOut(chains: readonly Discovered[], view: Watch): { ready: Ready[]; missing: Missing[] } {
  const ready: Ready[] = []
  const missing: Missing[] = []
  for (const one of chains) {
    const price = view.price(one.symbol)?.price
    if (!('chain' in one)) missing.push(one)
    else if (one.chain.contracts.length === 0) {
      missing.push({
        symbol: one.symbol,
        reason: 'no_chain',
        detail: 'no expiration of the policy is listed',
      })
    } else if (price === undefined) {
      const detail = view.notice(one.symbol)?.message ?? 'the underlying sent no price'
      missing.push({ symbol: one.symbol, reason: 'no_market_data', detail })
    } else {
      ready.push({ ...one, spot: { price, volFraction: view.impliedVol30Fraction(one.symbol) } })
    }
  }
  return { ready, missing }
}

/** The contracts of each symbol, fitted together into what the wire can carry in the time given. */
export function selectAll(
  ready: readonly Ready[],
  { config, connection }: Pick<CaptureEnv, 'config' | 'connection'>,
  availableSeconds: number,
): { selections: Selection[]; estimate: CycleEstimate; inWindow: number } {
  const { universe, harvest } = config
  const candidates = ready.map(({ chain, spot }) => ({
    contracts: withinWindow(chain.contracts, chain.expirations, { spot, options: universe }),
    spot,
    days: daysByExpiry(chain.expirations),
  }))
  const inWindow = candidates.reduce((sum, { contracts }) => sum + contracts.length, 0)
  const wire = {
    ...connection.limits,
    dwellSeconds: harvest.expectedDwellMs / 1_000,
    tailSeconds: harvest.timeoutMs / 1_000,
  }
  const { maxContracts } = estimateCycle(inWindow, wire, availableSeconds)
  const selections = fitBudget(candidates, maxContracts)
  const wanted = selections.reduce((sum, one) => sum + one.wanted.length, 0)
  return { selections, estimate: estimateCycle(wanted, wire, availableSeconds), inWindow }
}

function collectOne(
  { symbol, chain, spot }: Ready,
  { wanted }: Selection,
  env: CaptureEnv & { view: Watch; spool: Spool; deadlineAtMs: number },
): Promise<Harvest> {
  const { greeksWaitMs, timeoutMs } = env.config.harvest
  return collect(
    env.connection.session,
    { symbol, order: plan(wanted, spot.price) },
    {
      clock: env.connection.clock,
      greeksWaitMs,
      timeoutMs,
      deadlineAtMs: env.deadlineAtMs,
      signal: env.signal,
      underlying: () => env.view.price(symbol),
      openInterest: chain.daybook.openInterest,
      spool: env.spool,
      ...(env.onProgress && { onProgress: env.onProgress }),
    },
  )
}

function symbolSlot(
  harvest: Harvest,
  {
    slot,
    one,
    vix,
    view,
    skipped,
  }: { slot: Slot; one: Ready; vix: number | null; view: Watch; skipped: number },
): SymbolSlot {
  const context = {
    slot: slot.at,
    date: slot.date,
    vix,
    skipped,
    underlyingPrice: view.price(one.symbol)?.price ?? null,
  }
  return {
    symbol: one.symbol,
    rows: assemble(harvest, {
      slot: slot.at,
      date: slot.date,
      closeAt: sessionOn(slot.date)?.closeAt ?? slot.at,
      openInterest: one.chain.daybook.openInterest,
    }),
    report: reportHarvest(harvest, context),
  }
}

/** Open interest that this cycle learnt need not be asked for again today. */
function keepOpenInterest(lake: Lake, daybook: Daybook, harvest: Harvest): void {
  const openInterest = new Map(daybook.openInterest)
  for (const { contract, quote } of harvest.answered) {
    const value = openInterestOf(quote, contract)
    if (value !== null && value !== undefined) openInterest.set(contract.conId, value)
  }
  if (openInterest.size > daybook.openInterest.size) {
    writeDaybook(daybookPath(lake.layout.root, harvest.symbol), { ...daybook, openInterest })
  }
}
