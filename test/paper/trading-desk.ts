import { epochMs } from '../../src/market/units.ts'
import { JOURNAL_VERSION, type JournalLine } from '../../src/paper/journal/events.ts'
import type { Journal } from '../../src/paper/journal/journal.ts'
import { type PaperSettings, paperOptions } from '../../src/paper/options.ts'
import { createJournalState } from '../../src/paper/state.ts'
import { createTrader, type Trader, type TraderOrders, type TraderReport } from '../../src/paper/trader.ts'
import { manualClock } from '../support/manual-clock.ts'
import { answerOf, chainOf, SLOT, type Wanted } from './paper-market.ts'
import { type PretendedGateway, pretendedGateway } from './pretended-gateway.ts'

/** A trader on a pretended gateway, its journal in memory, and the market of the moment. */
export interface Desk {
  readonly clock: ReturnType<typeof manualClock>
  readonly gateway: PretendedGateway
  /** The whole lines of the journal, as text. */
  readonly lines: string[]
  /** What the next cycles see. */
  market: { figures: Wanted; chain: Parameters<typeof chainOf>[1] }
  /** Another process: the journal is read again, and the gateway connected anew. */
  start(wrap?: Wrap): Promise<Trader>
  /** Moves the time, and lets the trader decide on the slot of that time. */
  cycleAfter(trader: Trader, minutes: number): Promise<TraderReport>
}

/** Changes what a trader works with, such as to let it fail. */
export type Wrap = (parts: { journal: Journal; orders: TraderOrders }) => {
  journal: Journal
  orders: TraderOrders
}

export function openDesk(change: Partial<PaperSettings> = {}): Desk {
  const settings = { ...paperOptions.parse({}), ...change }
  const clock = manualClock(epochMs(SLOT + 20_000))
  const gateway = pretendedGateway(clock.now)
  const lines: string[] = []
  const slotNow = () => epochMs(clock.now() - (clock.now() % 300_000))
  const desk: Desk = {
    ...{ clock, gateway, lines, market: { figures: {}, chain: {} } },
    start: async (wrap = (parts) => parts) => {
      const parts = wrap({ journal: journalInMemory(lines), orders: gateway.connect() })
      return createTrader({
        ...{ ...parts, clock, settings, symbols: ['SPY'] },
        figures: async () => answerOf(slotNow(), desk.market.figures),
        chain: async () => chainOf(slotNow(), desk.market.chain),
      })
    },
    cycleAfter: async (trader, minutes) => {
      await clock.advance(minutes * 60_000)
      return trader.cycle(slotNow())
    },
  }
  return desk
}

/** The lines of a journal: a condor is entered and filled, and five minutes later the chain has moved. */
export async function linesOfATrade(): Promise<readonly string[]> {
  const desk = openDesk()
  const trader = await desk.start()
  await desk.cycleAfter(trader, 0)
  desk.gateway.fill()
  desk.market.chain = { width: 14 }
  await desk.cycleAfter(trader, 5)
  return desk.lines
}

/** A journal without a disk: a line is whole or not there, as it is read from a file. */
export function journalInMemory(lines: string[]): Journal {
  const state = createJournalState()
  for (const line of lines) state.apply(JSON.parse(line) as JournalLine)
  return {
    ...{ path: 'memory', state, damaged: 0 },
    append: async (event, at) => {
      const header = { v: JOURNAL_VERSION, seq: state.seq + 1, at: new Date(at).toISOString() }
      const text = JSON.stringify({ ...header, ...event })
      lines.push(text)
      const line = JSON.parse(text) as JournalLine
      state.apply(line)
      return line
    },
    failure: () => null,
    close: async () => {},
  }
}
