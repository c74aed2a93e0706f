import { createSteppedMarket } from '../../../src/exchange/engine/market.ts'
import type { Scenario } from '../../../src/exchange/scenarios/schema.ts'
import { createPriceText } from '../../../src/exchange/server/price-text.ts'
import { RULES, type RuleSet } from '../../../src/exchange/server/rules.ts'
import { createRun, type RunState } from '../../../src/exchange/server/run.ts'
import { parseServerMessage } from '../../../src/experiments/client/server-message.ts'
import type {
  Venue,
  VenueEnd,
  VenueEndReason,
  VenueFill,
  VenueRefusal,
  VenueRequest,
  VenueStep,
} from '../../../src/experiments/run/venue.ts'
import type { StepMarket } from '../../../src/experiments/strategies/strategy.ts'

/** The strategies of the experiments look at the best prices only. */
const BOOK_LEVELS = 1

/**
 * A run of the exchange without its sockets: the frames of the protocol are handed over as texts, so that matching, rules and
 * messages are the real ones, and many runs can be made in a short time.
 */
export function openInProcessVenue(
  scenario: Scenario,
  { seed, steps, rules }: { readonly seed: number; readonly steps: number; readonly rules: RuleSet },
): Venue {
  const market = createSteppedMarket({ ...scenario, steps }, seed)
  let snapshot: StepMarket | null = null
  let fills: VenueFill[] = []
  let refusals: VenueRefusal[] = []
  const run = createRun(
    market,
    { steps, rules: RULES[rules], bookLevels: BOOK_LEVELS, priceText: createPriceText(scenario.tickSize) },
    { market: receive, orders: receive },
  )

  function receive(text: string): void {
    const message = parseServerMessage(text)
    if (message.kind === 'snapshot') snapshot = message.market
    else if (message.kind === 'fill') fills.push({ ...message, latencyMs: 0 })
    else if (message.kind === 'error')
      refusals.push({ orderId: message.orderId, code: message.code, message: message.message })
  }

  /** What has come since the last call. A cancel that takes effect has no answer. */
  function taken(cancels: readonly string[]): VenueStep | VenueEnd {
    const own = { fills, refusals }
    const cancelled = cancels.filter((id) => !own.refusals.some(({ orderId }) => orderId === id))
    const current = snapshot
    fills = []
    refusals = []
    snapshot = null
    if (current !== null) return { kind: 'step', market: current, ...own, cancelled, stepMs: 0 }
    return { kind: 'end', end: endOf(run.state), ...own }
  }

  return {
    run: { runId: `${scenario.id}-${seed}`, seed, steps },
    cancelsAtOnce: true,
    fillAttribution: 'exact',
    open: async () => {
      run.start()
      return taken([])
    },
    step: async (requests) => {
      for (const request of requests) run.receive(frameOf(request))
      run.receive('{"action":"DONE"}')
      return taken(requests.flatMap((request) => (request.kind === 'cancel' ? request.orderId : [])))
    },
    close: async () => run.end('cut', null),
  }
}

function frameOf(request: VenueRequest): string {
  return request.kind === 'cancel'
    ? JSON.stringify({ action: 'CANCEL', order_id: request.orderId })
    : JSON.stringify({
        order_id: request.orderId,
        side: request.side,
        price: request.price,
        qty: request.qty,
      })
}

function endOf(state: RunState): VenueEndReason {
  if (state.kind === 'running') throw new Error('the exchange sent no snapshot')
  const reason = state.reason ?? state.end
  if (state.end === 'complete') return { kind: 'complete', reason }
  if (state.end === 'cut') return { kind: 'cut', reason }
  return { kind: reason === 'open_order_limit' ? 'blow_up' : 'limit', reason }
}
