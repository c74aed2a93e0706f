import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { loadOfferedScenarios } from '../../../src/exchange/server/offered-scenarios.ts'
import { type Campaign, eachRound, roundsOf } from '../campaign.ts'
import { type FuzzTally, fuzzRun } from './fuzzed-orders.ts'
import { attackExchange } from './hostile-clients.ts'

const FRAMES = 100_000
const QUICK_FRAMES = 10_000
/** Frames of one flood. */
const FLOOD = 20_000
const QUICK_FLOOD = 2_000
/** Frames to each run; each has another seed. */
const FRAMES_A_RUN = 5_000

/** Fuzzed orders and frames, and clients that die or attack, on the exchange's own protocol. */
export const exchange: Campaign = {
  name: 'exchange',
  summary: 'fuzzed orders and frames, dying and hostile clients of the exchange',
  takes: '2 min',
  run: async (options) => {
    const tallies = new Map<string, FuzzTally>()
    const scenarios = [...loadOfferedScenarios([], { seed: null, steps: null }).values()]
    const frames = options.operations ?? (options.quick ? QUICK_FRAMES : FRAMES)
    const runs = Math.max(1, Math.round(frames / FRAMES_A_RUN))
    await eachRound('fuzzed runs', runs, async (round) => {
      const offered = scenarios[round % scenarios.length]
      if (!offered) return
      const seed = options.seed * 1_000 + round
      const tally = fuzzRun(offered, { frames: Math.min(frames, FRAMES_A_RUN), seed })
      tallies.set(`${offered.id}, seed ${seed}`, tally)
    })
    const flood = options.quick ? QUICK_FLOOD : FLOOD
    const hostile = await attackExchange({ rounds: roundsOf(options, 20, 2), seed: options.seed, flood })
    const sum = (of: (tally: FuzzTally) => number) =>
      [...tallies.values()].reduce((all, one) => all + of(one), 0)
    for (const [name, { examples }] of tallies)
      for (const example of examples) console.log(`${name}: ${example}`)
    for (const example of [...hostile.unmarked, ...hostile.errors].slice(0, 10)) console.log(example)
    console.log(
      formatTable(
        [
          { what: 'fuzzed frames', value: sum(({ frames }) => frames) },
          { what: 'steps between them', value: sum(({ steps }) => steps) },
          { what: 'fills', value: sum(({ fills }) => fills) },
          { what: 'errors', value: sum(({ errors }) => errors) },
          { what: 'hostile clients', value: hostile.attacks },
          { what: 'frames of theirs', value: hostile.frames },
          { what: 'steps of the honest client beside them', value: hostile.honestSteps },
        ],
        [
          { title: 'what', value: ({ what }) => what },
          { title: 'count', align: 'right', value: ({ value }) => value.toLocaleString('en-US') },
        ],
      ),
    )
    const none = (name: string, value: number, unit: string): Goal => ({ name, value, unit, atMost: 0 })
    return [
      { name: 'fuzzed frames', value: sum(({ frames }) => frames), unit: 'frames', atLeast: frames },
      { name: 'fills among them', value: sum(({ fills }) => fills), unit: 'fills', atLeast: 1 },
      none(
        'wrong answers',
        sum(({ wrongAnswers }) => wrongAnswers),
        'answers',
      ),
      none(
        'wrong books',
        sum(({ wrongBooks }) => wrongBooks),
        'faults',
      ),
      none(
        'orders or accounts unlike what the answers say',
        sum(({ wrongAccounts }) => wrongAccounts),
        'faults',
      ),
      none(
        'cash or shares made or lost',
        sum(({ wrongSums }) => wrongSums),
        'checks',
      ),
      none('hostile runs that are not marked as cut', hostile.unmarked.length, 'runs'),
      none('messages of the honest run that differ', hostile.disturbed, 'messages'),
      { name: 'steps of the honest run', value: hostile.honestSteps, unit: 'steps', atLeast: 1 },
      none('errors of the program', hostile.errors.length, 'errors'),
      none('runs left over', hostile.runsLeft, 'runs'),
    ]
  },
}
