import type { Clock } from '../../market/clock.ts'
import type { RecordedFill, StepRecord } from '../files/step-record.ts'
import { markedAt } from '../position.ts'
import type { StepMarket, Strategy, StrategyAction } from '../strategies/strategy.ts'
import { describeThrown } from '../strategies/thrown.ts'
import { checkAnswer } from './answer.ts'
import { buildRecord } from './build-record.ts'
import type { RunEnd, RunOutcome } from './outcome.ts'
import { createOwnOrders } from './own-orders.ts'
import { type PlannedRequests, planRequests } from './plan-requests.ts'
import type { RunSettings } from './settings.ts'
import type { Venue, VenueEnd, VenueStep } from './venue.ts'

/** What a run needs besides its settings. */
export interface RunParts {
  readonly venue: Venue
  readonly strategy: Strategy
  /** Where the records go, one a step. */
  readonly log: { append(record: StepRecord): void }
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly signal: AbortSignal
  /** Called before and after the strategy's code runs, so that the caller can tell when it never returns. */
  onStrategy?(phase: 'begins' | 'ends', step: number): void
  /** Called when the record of a step is written; `steps` is null where nobody knows. */
  onProgress?(step: number, steps: number | null): void
}

const NOTHING: PlannedRequests = { cancels: [], orders: [], skipped: [] }
/** Open orders of one run; more are a strategy or a venue that has lost count. */
const MAX_OPEN_ORDERS = 10_000

/**
 * Plays one run: at each step the strategy decides on the snapshot, the record of the step is written, the requests are
 * sent and the market moves on. It has neither sockets nor files of its own, and leaves the venue open.
 * @throws what the log or the venue throws, except the signal's reason: that is an end of the run.
 */
export async function runExperiment(
  settings: RunSettings,
  { venue, strategy, log, clock, signal, onStrategy, onProgress }: RunParts,
): Promise<RunOutcome> {
  const { scenario, rules } = settings
  const { runId, seed } = venue.run
  const identity = { scenario, rules, runId, seed, experiment: strategy.name, mode: strategy.mode }
  const steps = settings.steps ?? venue.run.steps
  const own = createOwnOrders()
  const counts = { records: 0, ordersSkipped: 0, refusals: 0, fills: 0, filledQty: 0 }
  let firstStep: number | null = null
  let lastStep: number | null = null
  let lateFills: readonly RecordedFill[] = []

  function write(record: StepRecord): void {
    log.append(record)
    lastStep = record.step
    counts.records++
    counts.ordersSkipped += record.skipped.length
    count(record.fills, record.refused)
    onProgress?.(record.step, steps)
  }

  function count(fills: readonly RecordedFill[], refusals: readonly unknown[]): void {
    counts.refusals += refusals.length
    counts.fills += fills.length
    for (const { qty } of fills) counts.filledQty += qty
  }

  function decide(market: StepMarket): { decision: Decision; decisionMs: number } {
    const state = own.state()
    freeze(market)
    onStrategy?.('begins', market.step)
    const beganMs = clock.monotonicMs()
    const decision = decisionOf(() => strategy.decide(market.step, market, state))
    const decisionMs = Math.round((clock.monotonicMs() - beganMs) * 1_000) / 1_000
    onStrategy?.('ends', market.step)
    if (decisionMs <= settings.decisionLimitMs) return { decision, decisionMs }
    const reason = `${strategy.name} took ${Math.round(decisionMs)} ms at step ${market.step}: the limit is ${settings.decisionLimitMs} ms`
    return { decision: { kind: 'end', end: { kind: 'strategy_too_slow', reason } }, decisionMs }
  }

  function decisionOf(ask: () => unknown): Decision {
    try {
      const answer = checkAnswer(ask())
      if (answer.kind === 'actions') return answer
      return failed(answer.reason)
    } catch (error) {
      return failed(thrownText(error))
    }
  }

  function failed(what: string): Decision {
    const step = lastStep === null ? (firstStep ?? 0) : lastStep + 1
    const reason = `${strategy.name} at step ${step}: ${what}`
    return { kind: 'end', end: { kind: 'strategy_failed', reason } }
  }

  /** Records a step and answers it: what is sent, or the end of the run. */
  function play(step: VenueStep): PlannedRequests | RunEnd {
    const { market, refusals, stepMs } = step
    const fills = own.take(step, market.mid)
    const recorded = { fills, refusals, stepMs }
    firstStep ??= market.step
    if (steps !== null && market.step - firstStep >= steps) {
      write(buildRecord(identity, market, own, { ...recorded, answer: NOTHING, decisionMs: null }))
      return { kind: 'complete', reason: `all ${steps} steps` }
    }
    const { decision, decisionMs } = decide(market)
    const answer = decision.kind === 'actions' ? plan(market.step, decision.actions) : NOTHING
    write(buildRecord(identity, market, own, { ...recorded, answer, decisionMs }))
    if (decision.kind === 'end') return decision.end
    own.send(market.step, answer)
    if (own.open.length <= MAX_OPEN_ORDERS) return answer
    return { kind: 'limit', reason: `more than ${MAX_OPEN_ORDERS} orders are open` }
  }

  function plan(step: number, actions: readonly StrategyAction[]): PlannedRequests {
    if (actions.length === 0) return NOTHING
    return planRequests({
      ...{ step, actions, rules, maxInventory: settings.maxInventory },
      ...{ inventory: own.position.inventory, openOrders: own.open, cancelsAtOnce: venue.cancelsAtOnce },
    })
  }

  /** What came after the last record belongs to a step whose market nobody has seen. */
  function takeLate({ fills, refusals }: VenueEnd): void {
    lateFills = own.take({ fills, refusals, cancelled: [] }, null)
    count(lateFills, refusals)
  }

  async function playAll(): Promise<RunEnd> {
    let step = await venue.open()
    for (;;) {
      if (step.kind === 'end') {
        takeLate(step)
        return step.end
      }
      const answer = play(step)
      if ('kind' in answer) return answer
      const cancels = answer.cancels.map((orderId) => ({ kind: 'cancel', orderId }) as const)
      step = await venue.step([...cancels, ...answer.orders])
    }
  }

  let end: RunEnd
  try {
    end = await playAll()
  } catch (error) {
    if (!signal.aborted) throw error
    end = { kind: 'stopped', reason: (signal.reason as Error).message }
  }
  const { inventory, cashFlow } = own.position
  return {
    ...{ end, lastStep, lateFills, ...counts, inventory, cashFlow },
    pnl: markedAt(own.position, own.mark).pnl,
    ordersSent: own.ordersSent,
    fillAttribution: venue.fillAttribution,
  }
}

/** A strategy of a user must not change what is recorded. */
function freeze(market: StepMarket): void {
  for (const list of [market.bids, market.asks, market.trades]) {
    for (const one of list) Object.freeze(one)
    Object.freeze(list)
  }
  Object.freeze(market)
}

type Decision =
  | { readonly kind: 'actions'; readonly actions: readonly StrategyAction[] }
  | { readonly kind: 'end'; readonly end: RunEnd }

/** A thrown value may be anything, even what cannot be shown. */
function thrownText(error: unknown): string {
  try {
    return describeThrown(error)
  } catch {
    return 'threw something that cannot be shown'
  }
}
