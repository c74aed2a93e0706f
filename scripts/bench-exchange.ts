/**
 * The speed of the stepped market in process, and in lockstep over the exchange's WebSockets from a client in a process
 * of its own.
 *
 *   npm run bench:exchange               about two minutes
 *   npm run bench:exchange -- --quick    a tenth of the steps
 */
import { count } from '../src/commands/terminal/format.ts'
import { openProgressBar } from '../src/commands/terminal/progress-bar.ts'
import { formatTable } from '../src/commands/terminal/table.ts'
import { loadOfferedScenarios } from '../src/exchange/server/offered-scenarios.ts'
import { heapOfRun, marketRate, snapshotRate } from './bench/exchange/in-process.ts'
import { measureLockstep } from './bench/exchange/lockstep.ts'
import { type Goal, printGoals } from './bench/report.ts'

const SCENARIO = 'normal_market'
const SESSION_STEPS = 234_000
const RESTING_ORDERS = 10_000
const ROUNDS = 3
/** The fastest of the published runs of the exchange that the protocol comes from, by their own times. */
const ORIGINAL_STEPS_PER_SECOND = 189

const quick = process.argv.includes('--quick')
const scale = quick ? 0.1 : 1

const offered = loadOfferedScenarios([SCENARIO], { seed: null, steps: null }).get(SCENARIO)
if (!offered) throw new Error(`${SCENARIO} is not built in`)

const bar = openProgressBar('rounds', process.stderr.isTTY === true)
let rounds = 0
const onRound = () => bar.update(++rounds, 5 * ROUNDS)
const effort = { steps: 40_000 * scale, rounds: ROUNDS, onRound }
const plain = marketRate(offered, 0, effort)
const filled = marketRate(offered, RESTING_ORDERS, effort)
const snapshots = snapshotRate(offered, effort)
const one = await measureLockstep({
  ...{ scenario: SCENARIO, runs: 1, steps: 20_000 * scale, rounds: ROUNDS, onRound },
})
const four = await measureLockstep({
  ...{ scenario: SCENARIO, runs: 4, steps: 15_000 * scale, rounds: ROUNDS, onRound },
})
const steps = SESSION_STEPS * scale
const heap = heapOfRun(offered, steps)
bar.close()

console.log(`${SCENARIO}, seed ${offered.seed}, medians of ${ROUNDS} rounds:\n`)
console.log(
  formatTable(
    [
      { what: 'in process', rate: plain.rate },
      { what: `in process, ${count(filled.resting)} orders resting`, rate: filled.rate },
      {
        what: `in process, with snapshots of ${count(Math.round(snapshots.bytes))} bytes`,
        rate: snapshots.rate,
      },
      { what: 'lockstep over WebSockets, one run', rate: one.stepsPerSecond },
      { what: 'lockstep over WebSockets, four runs at once', rate: four.stepsPerSecond },
      { what: 'the original exchange, one run', rate: ORIGINAL_STEPS_PER_SECOND },
    ],
    [
      { title: 'market', value: ({ what }) => what },
      { title: 'steps/s', align: 'right', value: ({ rate }) => count(Math.round(rate)) },
    ],
  ),
)
const resident = four.residentBytes === null ? 'unknown' : `${(four.residentBytes / 1e6).toFixed(0)} MB`
console.log(
  `\nheap of one run after ${count(steps / 10)} steps ${heap.early.toFixed(1)} MB, after ${count(steps)} steps ${heap.late.toFixed(1)} MB; ` +
    `resident memory of the exchange after ${4 * ROUNDS + 4} runs: ${resident}\n`,
)
const goals: Goal[] = [
  { name: 'in process', value: plain.rate, unit: 'steps/s', atLeast: 60_000 },
  { name: 'lockstep, one run', value: one.stepsPerSecond, unit: 'steps/s', atLeast: 2_500 },
  { name: 'lockstep, four runs together', value: four.stepsPerSecond, unit: 'steps/s', atLeast: 7_000 },
  { name: 'orders in the fullest book', value: filled.resting, unit: 'orders', atLeast: RESTING_ORDERS },
  { name: 'steps with that book', value: filled.rate, unit: 'steps/s', atLeast: 60_000 },
  {
    name: `growth of the heap up to step ${count(steps)}`,
    ...{ value: heap.late - heap.early, unit: 'MB', atMost: 2 },
  },
]
printGoals('exchange', goals)
