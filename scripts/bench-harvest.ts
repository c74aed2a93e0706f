/**
 * The speed of harvesting whole chains: our harvest and two batch methods under Interactive Brokers' limits, then the
 * program on the embedded gateway, then the first command on a fresh clone.
 *
 *   npm run bench:harvest                  everything; about ten minutes
 *   npm run bench:harvest -- --quick       1,000 contracts instead of 6,000, 200 for each batch method, no fresh clone
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { barSources, findTargets } from '../src/bars/bar-targets.ts'
import { barsOptions } from '../src/bars/options.ts'
import { daysByExpiry, fitBudget } from '../src/chain/contract-budget.ts'
import { discover } from '../src/chain/discover.ts'
import { findUnderlying } from '../src/chain/find-underlying.ts'
import { withinWindow } from '../src/chain/strike-window.ts'
import { universeOptions } from '../src/chain/universe.ts'
import { bytes, count } from '../src/commands/terminal/format.ts'
import { formatTable } from '../src/commands/terminal/table.ts'
import { gatewayOptions } from '../src/gateway/session/options.ts'
import { openSession, type Session } from '../src/gateway/session/session.ts'
import { collect } from '../src/harvest/collect.ts'
import { harvestOptions } from '../src/harvest/options.ts'
import { estimateCycle, plan, wireOf } from '../src/harvest/plan.ts'
import { openUnderlyingStreams } from '../src/harvest/underlying-streams.ts'
import { newYorkDate } from '../src/market/calendar.ts'
import { systemClock } from '../src/market/clock.ts'
import type { OptionContract } from '../src/market/contract.ts'
import { instrumentNamed } from '../src/market/instruments.ts'
import { calendarSessionOn } from '../src/market/trade-dates.ts'
import type { SimulatorEnded } from '../src/schemas/gateway/simulate.ts'
import { type BatchResult, snapshotsInBatches, streamsInBatches } from './bench/batch-harvest.ts'
import { type Goal, median, printGoals } from './bench/report.ts'
import { startSimulatorProcess } from './bench/simulator-process.ts'

const SYMBOLS = ['SPY', 'QQQ', 'IWM']
const MESSAGES_PER_SECOND = 50
const LINES = 100
/** What the daemon uses by default. */
const DEFAULT_MESSAGES_PER_SECOND = gatewayOptions.parse({}).messagesPerSecond
const CEILING = MESSAGES_PER_SECOND / 2
const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const REPOSITORY = resolve(import.meta.dirname, '../..')
const FAST_RUNS = 5

const quick = process.argv.includes('--quick')
const contractsWanted = quick ? 1_000 : 6_000
const batchContracts = quick ? 200 : 1_000
const never = new AbortController().signal

interface Order {
  readonly symbol: string
  readonly order: readonly OptionContract[]
}

/** Plans `contracts` contracts of the three symbols, with the streams of the underlyings open. */
async function prepare(session: Session, contracts: number) {
  const underlyings = await Promise.all(
    SYMBOLS.map((symbol) => findUnderlying(session, instrumentNamed(symbol), never)),
  )
  const view = openUnderlyingStreams(underlyings, { clock: systemClock, signal: never })
  await view.attach(session)
  await view.waitFor('all', 10_000)
  const today = newYorkDate(await session.currentTime())
  const options = universeOptions.parse({ strikeWindowFraction: 0.5, sigmas: 12 })
  const candidates = await Promise.all(
    underlyings.map(async (underlying) => {
      const chain = await discover(session, underlying, {
        today,
        options,
        instrument: instrumentNamed(underlying.symbol),
        cached: null,
        signal: never,
      })
      const spots = [
        {
          price: view.price(underlying.symbol)?.price ?? 0,
          volFraction: view.impliedVol30Fraction(underlying.symbol),
        },
      ]
      const contracts = withinWindow(chain.contracts, chain.expirations, { centres: spots, options })
      return { contracts, spots, days: daysByExpiry(chain.expirations) }
    }),
  )
  const selections = fitBudget(candidates, contracts)
  const orders: Order[] = SYMBOLS.map((symbol, at) => ({
    symbol,
    order: plan(selections[at]?.wanted ?? [], candidates[at]?.spots[0]?.price ?? 1),
  }))
  return { view, orders }
}

interface HarvestRun {
  readonly requested: number
  readonly answered: number
  readonly complete: number
  readonly seconds: number
  readonly stats: SimulatorEnded
}

/** Our harvest, and how long the plan expected it to take. */
interface OurRun extends HarvestRun {
  readonly orders: readonly Order[]
  readonly estimatedSeconds: number
}

/** Opens the streams of bars that a daemon has beside its cycles. */
async function openStreamsOfBars(session: Session): Promise<void> {
  const instruments = [...SYMBOLS, 'ES'].map(instrumentNamed)
  const sources = barSources(instruments, barsOptions.parse({}), (date, symbol) =>
    calendarSessionOn(date, instrumentNamed(symbol).calendar),
  )
  const date = newYorkDate(await session.currentTime())
  const found = await Promise.all(
    sources.map((source) => findTargets(session, source, { date, rollDays: 0, signal: never })),
  )
  const request = { genericTicks: '', spare: true as const, onTick: () => {}, onNotice: () => {} }
  const targets = found.flat()
  await Promise.all(targets.map(({ contract }) => session.subscribe(contract, request)))
}

/** One full cycle, the harvest alone, on a new simulator; with the streams of bars open, or without. */
async function ourCycle(
  contracts: number,
  messagesPerSecond: number,
  { withBars = false }: { readonly withBars?: boolean } = {},
): Promise<OurRun> {
  const simulator = await startSimulatorProcess({ fast: false })
  const options = gatewayOptions.parse({
    port: simulator.port,
    messagesPerSecond,
    lines: LINES,
  })
  const session = await openSession(options, { clock: systemClock })
  const { view, orders } = await prepare(session, contracts)
  if (withBars) await openStreamsOfBars(session)
  // Listing the chains has used up the rate window of one second.
  await systemClock.sleep(1_100)
  const harvestSettings = harvestOptions.parse({})
  const { greeksWaitMs, timeoutMs } = harvestSettings
  const startedAtMs = performance.now()
  const harvests = await Promise.all(
    orders.map((one) =>
      collect(
        session,
        { ...one, openInterest: new Map(), underlyingPrice: () => view.price(one.symbol) },
        {
          clock: systemClock,
          waits: { greeksWaitMs, timeoutMs, deadlineAtMs: Number.POSITIVE_INFINITY },
          signal: never,
        },
      ),
    ),
  )
  const seconds = (performance.now() - startedAtMs) / 1_000
  await session.close()
  const answered = harvests.flatMap((harvest) => harvest.answered)
  const requested = orders.reduce((sum, { order }) => sum + order.length, 0)
  const wire = wireOf(options, harvestSettings)
  return {
    ...{ orders, requested },
    estimatedSeconds: estimateCycle(requested, wire, Number.POSITIVE_INFINITY).seconds,
    answered: answered.length,
    complete: answered.filter(({ complete }) => complete).length,
    seconds,
    stats: await simulator.stop(),
  }
}

async function batchCycle(
  method: (port: number, contracts: readonly OptionContract[]) => Promise<BatchResult>,
  orders: readonly Order[],
): Promise<HarvestRun> {
  const simulator = await startSimulatorProcess({ fast: false })
  const contracts = orders.flatMap(({ order }) => order).slice(0, batchContracts)
  const { seconds, complete } = await method(simulator.port, contracts)
  return { requested: contracts.length, answered: complete, complete, seconds, stats: await simulator.stop() }
}

/** `collect-once` on the embedded gateway: wall clock, processor time and peak memory of the process. */
function fastRuns() {
  const harvests: Harvested[] = []
  const seconds: number[] = []
  const residentBytes: number[] = []
  const cpuSeconds: number[] = []
  let rows = 0
  for (let run = 0; run < FAST_RUNS; run++) {
    const folder = mkdtempSync(join(tmpdir(), 'optionlake-bench-'))
    const startedAtMs = performance.now()
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
    const text = execFileSync(process.execPath, [MAIN, 'collect-once', '--json', '--lake', folder], {
      stdio,
      cwd: folder,
    })
    seconds.push((performance.now() - startedAtMs) / 1_000)
    const summary = JSON.parse(text.toString()) as {
      cpu_seconds: number
      peak_resident_bytes: number
      rows_written: number
      harvest_seconds: number
      planned: { contracts: number; seconds: number }
    }
    const { harvest_seconds, planned } = summary
    harvests.push({
      gateway: 'embedded',
      ...{ contracts: planned.contracts, estimatedSeconds: planned.seconds, seconds: harvest_seconds },
    })
    cpuSeconds.push(summary.cpu_seconds)
    residentBytes.push(summary.peak_resident_bytes)
    rows = summary.rows_written
    rmSync(folder, { recursive: true })
  }
  return { seconds, cpuSeconds, residentBytes, rows, harvests }
}

/** A fresh clone: `npm ci`, build, first cycle; null when the clone or the install failed. */
function freshMachineSeconds(): number | null {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-fresh-'))
  try {
    execFileSync('git', ['clone', '--quiet', REPOSITORY, folder], { stdio: 'ignore' })
    const startedAtMs = performance.now()
    execFileSync('sh', ['-c', 'npm ci && npm run collect-once'], { cwd: folder, stdio: 'ignore' })
    return (performance.now() - startedAtMs) / 1_000
  } catch {
    return null
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A harvest, and the estimate of its plan. */
interface Harvested {
  readonly gateway: string
  readonly contracts: number
  readonly estimatedSeconds: number
  readonly seconds: number
}

/** By how much the estimate is wrong, in % of what the harvest took. */
const planErrorPercent = ({ estimatedSeconds, seconds }: Harvested) =>
  (Math.abs(estimatedSeconds - seconds) / seconds) * 100

/** The run in the middle, by its duration. */
function medianRun(runs: readonly Harvested[]): Harvested {
  const ordered = [...runs].sort((a, b) => a.seconds - b.seconds)
  const middle = ordered[Math.floor(ordered.length / 2)]
  if (!middle) throw new RangeError('no runs')
  return middle
}

const ours = await ourCycle(contractsWanted, MESSAGES_PER_SECOND)
const smaller = await ourCycle(contractsWanted / 2, DEFAULT_MESSAGES_PER_SECOND)
const withBars = await ourCycle(contractsWanted, MESSAGES_PER_SECOND, { withBars: true })
const batches = [
  { method: 'snapshot=true in batches of 100', ...(await batchCycle(snapshotsInBatches, ours.orders)) },
  { method: 'streams in batches of 100', ...(await batchCycle(streamsInBatches, ours.orders)) },
]
const ourRate = ours.requested / ours.seconds
const runs = [
  { method: 'optionlake', ...ours },
  { method: 'optionlake with streams of bars', ...withBars },
  ...batches,
]
console.log(
  `Under ${MESSAGES_PER_SECOND} messages/s and ${LINES} lines, harvest alone (ceiling ${CEILING} contracts/s):\n`,
)
console.log(
  formatTable(runs, [
    { title: 'method', value: ({ method }) => method },
    { title: 'contracts', align: 'right', value: ({ requested }) => count(requested) },
    { title: 'complete', align: 'right', value: ({ complete }) => count(complete) },
    { title: 'seconds', align: 'right', value: ({ seconds }) => seconds.toFixed(1) },
    {
      title: 'contracts/s',
      align: 'right',
      value: ({ requested, seconds }) => (requested / seconds).toFixed(2),
    },
    {
      title: 'of ceiling',
      align: 'right',
      value: ({ requested, seconds }) => `${((requested / seconds / CEILING) * 100).toFixed(1)} %`,
    },
    {
      title: 'ratio',
      align: 'right',
      value: ({ requested, seconds }) => (requested / seconds / ourRate).toFixed(2),
    },
    { title: 'peak messages/s', align: 'right', value: ({ stats }) => count(stats.peak_messages_per_second) },
    { title: 'peak lines', align: 'right', value: ({ stats }) => count(stats.peak_lines) },
    { title: 'errors 100', align: 'right', value: ({ stats }) => count(stats.errors[100] ?? 0) },
    { title: 'errors 101', align: 'right', value: ({ stats }) => count(stats.errors[101] ?? 0) },
  ]),
)

const fast = fastRuns()
console.log(
  `\nEmbedded gateway without limits, process start to committed, ${FAST_RUNS} runs of ${count(fast.rows)} rows: ` +
    `${fast.seconds.map((one) => one.toFixed(1)).join(', ')} s; ${fast.residentBytes.map(bytes).join(', ')} resident\n`,
)
const harvested: Harvested[] = [
  ...[ours, smaller].map(({ requested, estimatedSeconds, seconds }) => ({
    ...{ gateway: 'IB limits', contracts: requested, estimatedSeconds, seconds },
  })),
  medianRun(fast.harvests),
]
console.log('The estimate of the plan, and what the harvest took:\n')
console.log(
  formatTable(harvested, [
    { title: 'gateway', value: ({ gateway }) => gateway },
    { title: 'contracts', align: 'right', value: ({ contracts }) => count(contracts) },
    { title: 'estimated s', align: 'right', value: (one) => one.estimatedSeconds.toFixed(2) },
    { title: 'taken s', align: 'right', value: (one) => one.seconds.toFixed(2) },
    { title: 'error', align: 'right', value: (one) => `${planErrorPercent(one).toFixed(2)} %` },
  ]),
)
const fresh = quick ? null : freshMachineSeconds()
const goals: Goal[] = [
  { name: 'share of the ceiling', value: (ourRate / CEILING) * 100, unit: '%', atLeast: 97 },
  {
    name: 'rate with streams of bars open',
    value: (withBars.requested / withBars.seconds / ourRate) * 100,
    unit: '% of that without',
    atLeast: 99,
  },
  { name: 'errors 100', value: ours.stats.errors[100] ?? 0, unit: 'errors', atMost: 0 },
  { name: 'errors 101', value: ours.stats.errors[101] ?? 0, unit: 'errors', atMost: 0 },
  { name: `cycle of ${count(ours.requested)} contracts`, value: ours.seconds, unit: 's', atMost: 250 },
  ...harvested.map(
    (one): Goal => ({
      name: `plan error, ${count(one.contracts)} contracts, ${one.gateway}`,
      ...{ value: planErrorPercent(one), unit: '%', atMost: 3 },
    }),
  ),
  { name: 'three chains, process start to committed', value: median(fast.seconds), unit: 's', atMost: 15 },
  {
    name: 'processor time of that, start and simulator included',
    value: median(fast.cpuSeconds),
    unit: 's',
    atMost: 5,
  },
  { name: 'resident memory', value: median(fast.residentBytes) / 1e6, unit: 'MB', atMost: 250 },
  {
    name: 'first command on a fresh clone',
    value: fresh,
    unit: 's',
    atMost: 90,
    why: quick ? 'left out by --quick' : 'clone or npm ci failed',
  },
]
printGoals('harvest', goals)
process.exit(0)
