/**
 * Fault-injection campaigns against the lake, the gateway session and the daemon. docs/reliability.md has the results.
 *
 *   npm run faults -- NAME [--quick] [--only NAME] [--rounds N] [--operations N] [--minutes N] [--seed N] [--replay FILE]
 *   npm run faults -- --help
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { printGoals } from '../../scripts/bench/report.ts'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { EXIT, Failure } from '../../src/process/failure.ts'
import { alertsCampaign } from './alerts/alerts.ts'
import { backupCampaign } from './backup.ts'
import { barsCampaign } from './bars.ts'
import { calendar } from './calendar.ts'
import type { Campaign } from './campaign.ts'
import { clockSteps } from './clock-steps.ts'
import { commandsCampaign } from './commands/commands.ts'
import { corruption } from './corruption.ts'
import { deadline } from './deadline.ts'
import { diskFull } from './disk-full.ts'
import { exchange } from './exchange/exchange.ts'
import { experiments } from './experiments/experiments.ts'
import { featuresCampaign } from './features/features.ts'
import { footprint } from './footprint.ts'
import { foreign } from './foreign/foreign.ts'
import { fuzz } from './fuzz.ts'
import { gatewayFuzz } from './gateway-fuzz/gateway-fuzz.ts'
import { healthFaults } from './health-faults.ts'
import { hostile } from './hostile.ts'
import { http } from './http.ts'
import { instrumentsCampaign } from './instruments/instruments.ts'
import { ioErrors } from './io-errors.ts'
import { killEverywhere } from './kill-everywhere.ts'
import { killHarvest } from './kill-harvest.ts'
import { killRandom } from './kill-random.ts'
import { liveAccounts } from './live-accounts/live-accounts.ts'
import { mcpCampaign } from './mcp/mcp.ts'
import { mondayCampaign } from './monday/monday.ts'
import { numbers } from './numbers/numbers.ts'
import { outages } from './outages.ts'
import { powerLoss } from './power-loss.ts'
import { readers } from './readers.ts'
import { reconnect } from './reconnect.ts'
import { repair } from './repair/repair.ts'
import { sigterm } from './sigterm.ts'
import { silence } from './silence.ts'
import { soak, soakWhole } from './soak.ts'
import { twoWriters } from './two-writers.ts'
import { upgradeCampaign } from './upgrade.ts'
import { week } from './week.ts'

const CAMPAIGNS: readonly Campaign[] = [
  killRandom,
  killEverywhere,
  ioErrors,
  powerLoss,
  diskFull,
  corruption,
  repair,
  twoWriters,
  foreign,
  readers,
  backupCampaign,
  upgradeCampaign,
  clockSteps,
  barsCampaign,
  calendar,
  deadline,
  reconnect,
  silence,
  outages,
  sigterm,
  killHarvest,
  fuzz,
  gatewayFuzz,
  hostile,
  soak,
  soakWhole,
  footprint,
  healthFaults,
  alertsCampaign,
  http,
  mcpCampaign,
  commandsCampaign,
  week,
  mondayCampaign,
  instrumentsCampaign,
  numbers,
  featuresCampaign,
  exchange,
  experiments,
  liveAccounts,
]

function help(): string {
  const list = formatTable(CAMPAIGNS, [
    { title: 'name', value: ({ name }) => name },
    { title: 'duration', value: ({ takes }) => takes },
    { title: 'what it does', value: ({ summary }) => summary },
  ])
  return `usage: npm run faults -- NAME [--quick] [--only NAME] [--rounds N] [--operations N] [--minutes N] [--seed N] [--replay FILE]

Runs one fault-injection campaign. Prints a table and, as its last line, one JSON object with every figure and its goal.
Ends with 69 when this machine lacks something that the campaign needs.

  --quick      a small version: seconds instead of minutes
  --only NAME  one part, of a campaign whose parts have names (monday, numbers)
  --rounds N   number of rounds
  --minutes N  duration, for the campaigns that run for a time
  --seed N     seed of the random moments (1)
  --operations N  number of operations, for the campaign foreign
  --replay FILE   runs the operations that the campaign foreign printed

${list}`
}

function wholeNumber(name: string, text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^\d+$/.test(text)) return Number(text)
  throw new Failure(EXIT.usage, `--${name} is "${text}": give a whole number`)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean' },
      rounds: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      operations: { type: 'string' },
      replay: { type: 'string' },
      only: { type: 'string' },
    },
  })
  const [name] = positionals
  if (values.help || name === undefined) return console.log(help())
  const campaign = CAMPAIGNS.find((one) => one.name === name)
  if (!campaign) throw new Failure(EXIT.usage, `no campaign "${name}"\n${help()}`)
  const minutes = wholeNumber('minutes', values.minutes)
  const operations = wholeNumber('operations', values.operations)
  const goals = await campaign.run({
    programs: resolve(import.meta.dirname, '../support'),
    quick: values.quick === true,
    rounds: wholeNumber('rounds', values.rounds),
    ...(minutes !== null && { minutes }),
    ...(operations !== null && { operations }),
    ...(values.replay !== undefined && { replay: values.replay }),
    ...(values.only !== undefined && { only: values.only }),
    seed: wholeNumber('seed', values.seed) ?? 1,
  })
  printGoals(`faults ${name}`, goals)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
