/**
 * The fit of the volatility surface to recorded chains: arbitrage, closeness to the quotes in and out of the sample, error
 * bars against a bootstrap, and processor time.
 *
 *   npm run bench:surface                                   the fixture of SPY
 *   npm run bench:surface -- --chain FILE --at TIME         and a chain file, or Cboe's quotes of SPX, recorded at TIME
 *   npm run bench:surface -- --quick                        fewer rounds
 */
import { parseArgs } from 'node:util'
import { openProgressBar } from '../src/commands/terminal/progress-bar.ts'
import { formatTable } from '../src/commands/terminal/table.ts'
import { epochMs } from '../src/market/units.ts'
import { violationsOf } from '../test/support/surface-violations.ts'
import { type Goal, printGoals } from './bench/report.ts'
import {
  type Closeness,
  closeness,
  type Days,
  errorRatios,
  fitOf,
  heldOutCloseness,
  processorTimes,
  stressedRows,
} from './bench/surface/fit-quality.ts'
import { chainFromFile, type RecordedChain, recordedSpy } from './bench/surface/recorded-chain.ts'

/** Log-moneyness between the points that are searched for arbitrage. */
const VIOLATION_STEP = 0.002

const HELP = `Usage: bench-surface [--chain FILE --at TIME] [--quick] [--help]

Fits the surface of the recorded SPY chain of the fixtures, and of FILE if one is given (docs/chain-file.md, or Cboe's
quotes of SPX; TIME such as 2024-05-24T20:00:00Z), and prints a table and, last, one JSON object.
`
/** The longest days of a surface in the table. */
const RANGES: readonly Days[] = [
  { from: 0, to: 5 },
  { from: 5, to: 60 },
  { from: 60, to: 1_000 },
]
const SHORT: Days = { from: 0, to: 5 }
const MIDDLE: Days = { from: 5, to: 60 }

const { values: options } = parseArgs({
  options: {
    chain: { type: 'string' },
    at: { type: 'string' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) process.stdout.write(HELP)
else measureAll()

function measureAll(): void {
  const chains = [recordedSpy()]
  if (options.chain !== undefined) {
    const at = Date.parse(options.at ?? '')
    if (Number.isNaN(at)) throw new Error(`--at ${options.at ?? ''}: the time of ${options.chain} is needed`)
    chains.push(chainFromFile(options.chain, epochMs(at)))
  }
  printGoals(
    'surface',
    chains.flatMap((chain) => measure(chain)),
  )
}

function measure(recorded: RecordedChain): Goal[] {
  const rounds = options.quick ? 3 : 30
  const draws = options.quick ? 20 : 100
  const bar = openProgressBar('rounds', process.stderr.isTTY === true)
  let done = 0
  const onRound = () => bar.update(++done, rounds + draws)
  const fit = fitOf(recorded)
  const rows = RANGES.map((days) => ({ days, in: closeness(fit, days), held: heldOut(recorded, days) }))
  let [stressed, absent, smiles] = [0, 0, 0]
  for (let round = 0; round < rounds; round++) {
    const other = fitOf(recorded, stressedRows(recorded, round))
    stressed += violationsOf(other, VIOLATION_STEP).length
    absent += other.slices.filter(({ smile }) => smile.reason === 'no_arbitrage_free_fit').length
    smiles += other.slices.length
    onRound()
  }
  const ratios = errorRatios(nearOf(recorded), draws, onRound)
  const times = processorTimes(nearOf(recorded), options.quick ? 5 : 25)
  bar.close()
  printTable(recorded.name, rows)
  console.log(
    `${rounds} stressed chains: ${smiles} expirations, ${absent} without a smile free of arbitrage; ` +
      `error bars over a bootstrap of ${draws} draws, medians: forward ${ratios.forward.toFixed(2)}, ` +
      `at the money ${ratios.atmVol.toFixed(2)}, skew ${ratios.skew.toFixed(2)}; ` +
      `preparation ${times.preparation.toFixed(1)} ms, fit ${times.fit.toFixed(1)} ms of processor time\n`,
  )
  const within = (days: Days) => rows.find((row) => row.days === days || row.days.from === days.from)
  const name = (text: string) => `${recorded.name}: ${text}`
  return [
    { name: name('violations'), value: violationsOf(fit, VIOLATION_STEP).length, unit: '', atMost: 0 },
    { name: name('violations, stressed'), value: stressed, unit: '', atMost: 0 },
    shareGoal(name('5–60 days within one'), within(MIDDLE)?.in, 0, 90),
    shareGoal(name('5–60 days within two'), within(MIDDLE)?.in, 1, 97),
    shareGoal(name('5–60 days held out'), within(MIDDLE)?.held, 1, 95),
    shareGoal(name('0–5 days within one'), within(SHORT)?.in, 0, 85),
    shareGoal(name('0–5 days within two'), within(SHORT)?.in, 1, 95),
    { name: name('error at the money / bootstrap'), value: ratios.atmVol, unit: 'ratio', atLeast: 0.8 },
    { name: name('fit, to 60 days'), value: times.fit, unit: 'ms', atMost: 50 },
    { name: name('with preparation'), value: times.fit + times.preparation, unit: 'ms', atMost: 150 },
  ]
}

/** The expirations to 60 days, as they are fitted in every slot. */
function nearOf(recorded: RecordedChain): RecordedChain {
  const last = recorded.at + 60 * 86_400_000
  const rows = recorded.rows.filter(({ expiry }) => expiryMs(expiry) < last)
  return { ...recorded, rows }
}

function expiryMs(expiry: string): number {
  return Date.parse(`${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6)}`)
}

function heldOut(recorded: RecordedChain, days: Days): Closeness {
  return heldOutCloseness(recorded, days, options.quick ? 2 : 10)
}

function shareGoal(name: string, measured: Closeness | undefined, which: 0 | 1, atLeast: number): Goal {
  const hasQuotes = measured !== undefined && measured.quotes > 0
  return {
    name: `${name}`,
    value: hasQuotes ? measured.within[which] : null,
    unit: '%',
    atLeast,
    why: 'no quotes',
  }
}

interface Row {
  readonly days: Days
  readonly in: Closeness
  readonly held: Closeness
}

function printTable(name: string, rows: readonly Row[]): void {
  const shares = ({ within: [one, two], quotes }: Closeness) =>
    quotes === 0 ? '–' : `${one.toFixed(1)}, ${two.toFixed(1)} %`
  console.log(`${name}: quotes out of the money within one and two half-widths\n`)
  console.log(
    formatTable(rows, [
      { title: 'days', value: ({ days }) => `${days.from}–${days.to}` },
      { title: 'expirations', align: 'right', value: (row) => String(row.in.expirations) },
      { title: 'absent', align: 'right', value: (row) => String(row.in.absent) },
      { title: 'quotes', align: 'right', value: (row) => String(row.in.quotes) },
      { title: 'fitted', align: 'right', value: (row) => shares(row.in) },
      { title: 'a tenth held out', align: 'right', value: ({ held }) => shares(held) },
    ]),
  )
}
