import { createSteppedMarket } from '../../../src/exchange/engine/market.ts'
import type { OfferedScenario } from '../../../src/exchange/server/offered-scenarios.ts'
import { RULES } from '../../../src/exchange/server/rules.ts'
import { createRun } from '../../../src/exchange/server/run.ts'
import { randomOf } from '../campaign.ts'
import { createFrameSource } from './frames.ts'
import { bookFaults, sums } from './market-check.ts'
import { createOrderModel } from './order-model.ts'

const BATCH = 100

/** What a stretch of fuzzed frames has shown. */
export interface FuzzTally {
  frames: number
  steps: number
  fills: number
  errors: number
  /** Wrong answers, books, accounts or sums, a few of each in words. */
  wrongAnswers: number
  wrongBooks: number
  wrongAccounts: number
  wrongSums: number
  readonly examples: string[]
}

/** Sends fuzzed frames to one run; checks each answer, and after every hundred frames the book and all accounts. */
export function fuzzRun(
  offered: OfferedScenario,
  { frames, seed }: { frames: number; seed: number },
): FuzzTally {
  const tally: FuzzTally = {
    ...{ frames: 0, steps: 0, fills: 0, errors: 0 },
    ...{ wrongAnswers: 0, wrongBooks: 0, wrongAccounts: 0, wrongSums: 0, examples: [] },
  }
  const market = createSteppedMarket(offered.scenario, seed)
  let answers: string[] = []
  const run = createRun(
    market,
    { steps: Number.MAX_SAFE_INTEGER, rules: RULES.research, bookLevels: 10, priceText: offered.priceText },
    { market: () => {}, orders: (text) => answers.push(text) },
  )
  const account = market.accounts.find(({ population }) => population === 'outside')
  if (account === undefined) throw new Error('the run has no account')
  const model = createOrderModel()
  const next = createFrameSource(randomOf(seed), { openIds: model.openIds, midTicks: () => market.view.mid })
  const start = sums(market)
  const note = (faults: readonly string[]): number => {
    for (const fault of faults)
      if (tally.examples.length < 10) tally.examples.push(`step ${run.step}: ${fault}`)
    return faults.length
  }
  run.start()
  while (tally.frames < frames) {
    const { text, expectation } = next()
    answers = []
    run.receive(text)
    tally.frames++
    tally.fills += answers.filter((answer) => answer.includes('"FILL"')).length
    tally.errors += answers.filter((answer) => answer.includes('"ERROR"')).length
    tally.wrongAnswers += note(model.take(expectation, answers))
    if (tally.frames % BATCH !== 0) continue
    tally.wrongBooks += note(bookFaults(market))
    tally.wrongAccounts += note(model.compare(account, market.book.ordersOf(account)))
    const now = sums(market)
    if (now.cash !== start.cash || now.shares !== start.shares) {
      tally.wrongSums += note([
        `the sums are ${now.cash} and ${now.shares}, and were ${start.cash} and ${start.shares}`,
      ])
    }
  }
  tally.steps = run.step
  return tally
}
