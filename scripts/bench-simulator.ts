/**
 * The speed of the simulated gateway, in a process of its own: ticks a second to one client (a raw socket, and
 * @stoqey/ib beside it), fifty clients with a hundred lines each on the synthetic market, and orders a second.
 *
 *   npm run bench:simulator
 *   npm run bench:simulator -- --quick     shorter rounds, 10 clients instead of 50
 */
import { openProgressBar } from '../src/commands/terminal/progress-bar.ts'
import { measureClients } from './bench/many-clients.ts'
import { measureOrders } from './bench/order-rate.ts'
import { median, printGoals } from './bench/report.ts'
import { measureTicks, type TickRate } from './bench/tick-rate.ts'

const HELP = `Usage: bench-simulator [--quick] [--help]

Measures ticks a second to one client, by a raw socket that counts frames and by @stoqey/ib; the ticks, late updates and memory
with 50 clients of 100 lines each; and orders a second. Prints a table and, last, one JSON object.
`

const quick = process.argv.includes('--quick')
const rounds = quick ? 1 : 3
const seconds = quick ? 2 : 5
const clients = quick ? 10 : 50
const LINES = 100
const orders = quick ? 1_000 : 5_000

if (process.argv.includes('--help')) process.stdout.write(HELP)
else await measureAll()

async function measureAll(): Promise<void> {
  const bar = openProgressBar('rounds', process.stderr.isTTY === true)
  let done = 0
  const counted = async <Result>(work: Promise<Result>): Promise<Result> => {
    const result = await work
    bar.update(++done, 2 * rounds + 2)
    return result
  }
  const raw: TickRate[] = []
  const stoqey: TickRate[] = []
  for (let round = 0; round < rounds; round++) {
    raw.push(await counted(measureTicks('raw', seconds)))
    stoqey.push(await counted(measureTicks('stoqey', seconds)))
  }
  const many = await counted(measureClients({ clients, lines: LINES, seconds: 4 * seconds }))
  const filled = await counted(measureOrders(orders))
  bar.close()

  const rateOf = (rates: readonly TickRate[]) => median(rates.map(({ ticksPerSecond }) => ticksPerSecond))
  const coresOf = (rates: readonly TickRate[]) => median(rates.map(({ gatewayCores }) => gatewayCores))
  console.log(
    `one client: medians of ${rounds} rounds of ${seconds} s; the gateway used ${coresOf(raw).toFixed(2)} of a core ` +
      `for the raw socket, ${coresOf(stoqey).toFixed(2)} for @stoqey/ib\n` +
      `${clients} clients of ${LINES} lines: ${many.alive} of ${many.streams} option streams alive, ` +
      `${many.gatewayCores.toFixed(2)} of a core\n` +
      `${orders} market orders of one share: half are filled within ${filled.medianMs.toFixed(1)} ms\n`,
  )
  printGoals('simulator', [
    { name: 'one client, raw socket', value: rateOf(raw), unit: 'ticks/s', atLeast: 300_000 },
    {
      name: "the same, a second of the gateway's processor",
      value: median(raw.map(({ ticksPerSecond, gatewayCores }) => ticksPerSecond / gatewayCores)),
      unit: 'ticks/s',
      atLeast: 300_000,
    },
    { name: 'one client, @stoqey/ib', value: rateOf(stoqey), unit: 'ticks/s', atLeast: 300_000 },
    { name: `${clients} clients, streams alive`, value: many.alive, unit: 'streams', atLeast: many.streams },
    {
      name: `${clients} clients, ticks in all`,
      value: many.ticksPerSecond,
      unit: 'ticks/s',
      atLeast: many.streams,
    },
    { name: `${clients} clients, late updates p99`, value: many.lateP99Ms, unit: 'ms', atMost: 100 },
    { name: `${clients} clients, memory`, value: many.residentBytes / 1e6, unit: 'MB', atMost: 500 },
    { name: 'orders filled', value: filled.ordersPerSecond, unit: 'orders/s', atLeast: 1_000 },
  ])
}
