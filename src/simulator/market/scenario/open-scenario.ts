import { createSteppedMarket, type SteppedMarket } from '../../../exchange/engine/market.ts'
import type { Scenario } from '../../../exchange/scenarios/schema.ts'
import { type EpochMs, epochMs } from '../../../market/units.ts'
import type { Instrument } from '../../orders/order.ts'
import { createQuoteVenue } from '../../orders/quote-venue.ts'
import type { Venue } from '../../orders/venue.ts'
import type { OpenVenue } from '../../state.ts'
import type { Market } from '../market.ts'
import { createBookVenue } from './book-venue.ts'
import { scenarioMarket } from './scenario-market.ts'
import { createTape } from './tape.ts'

export const STEP_MS = 100
/** Steps made at once when the process was held up; the rest follow, so that clients are answered in between. */
const STEPS_AT_ONCE = 500

/** A scenario for the simulated gateway: its market, and the venue that also drives its steps. */
export interface OpenScenario {
  readonly market: Market
  readonly openVenue: OpenVenue
  /** For tests and statistics. */
  readonly stepped: SteppedMarket
}

/**
 * A stepped market behind a simulated gateway: one step for each 100 ms of the gateway's clock since `startAt`. Orders
 * for the stock go to the book; those for options, and combinations, meet the quotes.
 */
export function openScenario(
  scenario: Scenario,
  { seed, startAt }: { seed: number; startAt: EpochMs },
): OpenScenario {
  const stepped = createSteppedMarket(scenario, seed)
  const tape = createTape(stepped, { startAt, exchange: 'NASDAQ' })
  return {
    stepped,
    market: scenarioMarket(stepped, tape, startAt),
    openVenue: ({ market, options, clock, timeline }) => {
      const book = createBookVenue(stepped, options.account)
      const quotes = createQuoteVenue({
        quote: (contract) => market.quote(contract, clock.now()),
        timeline,
        monotonicMs: () => clock.monotonicMs(),
        intervalMs: () => options.updateIntervalMs,
      })
      const stepDueAt = () => startAt + (stepped.step + 1) * STEP_MS
      function run(): void {
        for (let done = 0; done < STEPS_AT_ONCE && stepDueAt() <= clock.now(); done++) {
          const at = epochMs(stepDueAt())
          book.advance()
          tape.record(at)
        }
        timeline.after(Math.max(0, stepDueAt() - clock.now()), run)
      }
      timeline.after(0, run)
      return venueOf(book, quotes)
    },
  }
}

function venueOf(book: Omit<Venue, 'quote'>, quotes: Venue): Venue {
  const isInBook = (instrument: Instrument) =>
    instrument.kind === 'single' && instrument.contract.secType === 'STK'
  return {
    submit: (order, listener) => (isInBook(order.instrument) ? book : quotes).submit(order, listener),
    modify: (permId, change) => book.modify(permId, change) || quotes.modify(permId, change),
    cancel: (permId) => book.cancel(permId) || quotes.cancel(permId),
    quote: quotes.quote,
  }
}
