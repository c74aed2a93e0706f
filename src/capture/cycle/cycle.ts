import { join } from 'node:path'
import { type Journal, openJournal } from '../../harvest/journal/journal.ts'
import { openUnderlyingStreams, type UnderlyingStreams } from '../../harvest/underlying-streams.ts'
import { collectsOptions } from '../../market/instrument.ts'
import { instrumentIn } from '../../market/instruments.ts'
import { type DueSlot, slotOf } from '../../market/slot.ts'
import type { EpochMs } from '../../market/units.ts'
import type { FetchedFutures } from '../futures/fetched-futures.ts'
import type { CaptureOptions } from '../options.ts'
import { type Budget, createBudget } from './budget.ts'
import type { CycleError } from './cycle-errors.ts'
import { type Deadline, openDeadline } from './deadline.ts'
import { expectedContracts } from './expected-contracts.ts'

/** The state that the fetches of one cycle share. */
export interface Cycle {
  readonly slot: DueSlot
  readonly startedAt: EpochMs
  readonly deadline: Deadline
  /** Prices of the underlyings and the VIX. */
  readonly streams: UnderlyingStreams
  readonly journal: Journal
  readonly budget: Budget
  /** The futures of each symbol, as far as they are fetched: a retry of the symbol's chain need not fetch them again. */
  readonly futures: Map<string, FetchedFutures>
  /** Why a symbol with a chain has no futures. */
  readonly futureFaults: Map<string, CycleError>
  /** Ends the requests to the gateway: stops the deadline and closes the streams. */
  endRequests(): Promise<void>
  /** Seconds from the first request of the harvest to the end of the requests. */
  harvestSeconds(): number
}

export function openCycle(
  slot: DueSlot,
  { config, sessions: { limits }, chains, lake, log, signal, onStage }: CaptureOptions,
): Cycle {
  const { clock } = lake
  const { symbols } = slot
  const startedAt = clock.now()
  const deadline = openDeadline(slot, config.harvest, { clock, signal })
  const streams = openUnderlyingStreams([], { clock, signal: deadline.signal })
  const kinds = new Map(symbols.map((symbol) => [symbol, instrumentIn(config.symbols, symbol).kind]))
  const journal = openJournal(
    join(lake.layout.journals, `${slot.at}-${startedAt}.jsonl`),
    { slot: slot.at, dates: slot.dates, startedAt, symbols, kinds },
    (error) =>
      log.error(
        { err: error },
        'the journal cannot be written: if the program is killed, this cycle is lost',
      ),
  )
  let harvestFromMs = clock.monotonicMs()
  let harvestToMs = harvestFromMs
  const onDecided = () => {
    harvestFromMs = clock.monotonicMs()
    onStage?.('harvest')
  }
  const expected = (symbol: string) =>
    expectedContracts(chains.chain(symbol, slotOf(slot, symbol).date), config.universe)
  const withOptions = symbols.filter((symbol) => collectsOptions(instrumentIn(config.symbols, symbol)))
  const budget = createBudget(withOptions, { config, limits, deadline, clock, expected, onDecided })
  return {
    ...{ slot, startedAt, deadline, streams, journal, budget },
    futures: new Map(),
    futureFaults: new Map(),
    endRequests: async () => {
      harvestToMs = clock.monotonicMs()
      await deadline.close()
      streams.close()
    },
    harvestSeconds: () => (harvestToMs - harvestFromMs) / 1_000,
  }
}
