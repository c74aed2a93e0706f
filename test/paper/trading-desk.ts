import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { epochMs } from '../../src/market/units.ts'
import { type Journal, openJournal } from '../../src/paper/journal/journal.ts'
import { type PaperSettings, paperOptions } from '../../src/paper/options.ts'
import { createTrader, type Trader, type TraderOrders, type TraderReport } from '../../src/paper/trader.ts'
import { manualClock } from '../support/manual-clock.ts'
import { answerOf, chainOf, SLOT, type Wanted } from './paper-market.ts'
import { type PretendedGateway, pretendedGateway } from './pretended-gateway.ts'

/** A trader on a pretended gateway, its journal in a temporary folder, and the market of the moment. */
export interface Desk {
  readonly clock: ReturnType<typeof manualClock>
  readonly gateway: PretendedGateway
  readonly journalPath: string
  /** What the next cycles see. */
  market: { figures: Wanted; chain: Parameters<typeof chainOf>[1] }
  /** Another process: the journal is read again, and the gateway connected anew. */
  start(wrap?: Wrap): Promise<Trader>
  /** Ends that process without a word. */
  kill(): Promise<void>
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
  const journalPath = join(mkdtempSync(join(tmpdir(), 'optionlake-paper-')), 'journal.jsonl')
  let journal: Journal | null = null
  const slotNow = () => epochMs(clock.now() - (clock.now() % 300_000))
  const desk: Desk = {
    ...{ clock, gateway, journalPath, market: { figures: {}, chain: {} } },
    start: async (wrap = (parts) => parts) => {
      journal = await openJournal(journalPath)
      const parts = wrap({ journal, orders: gateway.connect() })
      return createTrader({
        ...{ ...parts, clock, settings, symbols: ['SPY'] },
        figures: async () => answerOf(slotNow(), desk.market.figures),
        chain: async () => chainOf(slotNow(), desk.market.chain),
      })
    },
    kill: async () => {
      await journal?.close()
      journal = null
    },
    cycleAfter: async (trader, minutes) => {
      await clock.advance(minutes * 60_000)
      return trader.cycle(slotNow())
    },
  }
  return desk
}
