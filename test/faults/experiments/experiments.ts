import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { differenceOf } from '../../../scripts/bench/experiments/equal-runs.ts'
import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { exchangeOptions } from '../../../src/exchange/options.ts'
import { loadOfferedScenarios } from '../../../src/exchange/server/offered-scenarios.ts'
import { openExchange } from '../../../src/exchange/server/server.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { type Campaign, eachRound, randomOf, roundsOf } from '../campaign.ts'
import { ATTACK_NAMES, runAtHostileExchange, startAtHostileExchanges } from './hostile-exchanges.ts'
import { runHostileStrategies, STRATEGY_NAMES } from './hostile-strategies.ts'
import { killRuns } from './killed-runs.ts'
import { createRunEndings, recordAt } from './recorded-endings.ts'
import { checkFolder, type FolderCheck } from './run-file-check.ts'

const ROUNDS = 10
/** Runs that are begun at once at an exchange that has room for fewer. */
const CROWD = 8
const ROOM = 3

/** Runs of experiments at hostile, vanishing and full exchanges, with hostile strategies, and killed. */
export const experiments: Campaign = {
  name: 'experiments',
  summary: 'experiments at hostile, vanishing and full exchanges, with hostile strategies, and killed',
  takes: '6 min',
  run: (options) =>
    withFolder(async (root) => {
      const random = randomOf(options.seed)
      const endings = createRunEndings()
      const atExchanges = join(root, 'exchanges')
      const killed = join(root, 'killed')
      for (const folder of [atExchanges, killed]) mkdirSync(folder)
      const checks: FolderCheck[] = []
      const disturbed: string[] = []
      let firstSound: string | null = null
      let runs = 0

      await startAtHostileExchanges(atExchanges, endings)
      const filesAfterRefusals = checkFolder(atExchanges).files
      await eachRound('rounds', roundsOf(options, ROUNDS, 1), async (round) => {
        for (const name of ATTACK_NAMES) await runAtHostileExchange(name, random, atExchanges, endings)
        await runAtVanishingExchange(random, atExchanges, endings)
        await crowdExchange(atExchanges, endings)
        runs += ATTACK_NAMES.length + 1 + CROWD
        const own = join(root, `strategies-${round}`)
        mkdirSync(own)
        const names = options.quick ? STRATEGY_NAMES.slice(0, 4) : STRATEGY_NAMES
        const sound = await runHostileStrategies(names, 1 + Math.floor(random() * 30), own, endings)
        runs += names.length
        for (const file of sound) {
          firstSound ??= file
          const difference =
            file === null || firstSound === null ? 'has no file' : await differenceOf(firstSound, file)
          if (difference !== null) disturbed.push(difference)
        }
        checks.push(checkFolder(join(own, 'raw')))
        await killRuns(killed, random() * 1_000)
      })
      const afterKills = checkFolder(killed)
      checks.push(checkFolder(atExchanges))

      const faults = [...checks.flatMap((check) => check.faults), ...afterKills.faults]
      for (const line of [...endings.unnamed, ...faults, ...disturbed].slice(0, 20)) console.log(line)
      const rows = [...endings.byKind].sort(([one], [other]) => (one < other ? -1 : 1))
      console.log(
        formatTable(rows, [
          { title: 'end', value: ([kind]) => kind },
          { title: 'runs', align: 'right', value: ([, number]) => String(number) },
        ]),
      )
      const none = (name: string, value: number, unit: string): Goal => ({ name, value, unit, atMost: 0 })
      const ended = [...endings.byKind.values()].reduce((all, one) => all + one, 0)
      return [
        { name: 'runs that ended', value: ended, unit: 'runs', atLeast: runs },
        none('ends without one line that says why', endings.unnamed.length, 'runs'),
        none('files of runs that were refused', filesAfterRefusals, 'files'),
        none('damaged files, and manifests that do not fit', faults.length, 'files'),
        none(
          'files that end within a line',
          sum(checks, ({ brokenEnds }) => brokenEnds),
          'files',
        ),
        none('sound runs that were disturbed', disturbed.length, 'runs'),
        { name: 'records of killed runs', value: afterKills.records, unit: 'records', atLeast: 1 },
        // Two runs are under way when their process is killed.
        {
          name: 'lost lines of killed runs',
          ...{ value: afterKills.brokenEnds, unit: 'lines', atMost: 2 * roundsOf(options, ROUNDS, 1) },
        },
      ]
    }),
}

type Endings = ReturnType<typeof createRunEndings>

/** Our own exchange, stopped in the middle of a run. */
async function runAtVanishingExchange(random: () => number, folder: string, endings: Endings): Promise<void> {
  const exchange = await ownExchange({ steps: 1_000_000, maxRuns: 1 })
  setTimeout(() => void exchange.close(), 50 + random() * 300)
  await recordAt(exchange.url, folder, 'an exchange that stops', endings)
  await exchange.close()
}

/** More runs at once than the exchange takes. */
async function crowdExchange(folder: string, endings: Endings): Promise<void> {
  const exchange = await ownExchange({ steps: 200, maxRuns: ROOM })
  const all = Array.from({ length: CROWD }, () => recordAt(exchange.url, folder, 'a full exchange', endings))
  await Promise.all(all)
  await exchange.close()
}

function ownExchange({ steps, maxRuns }: { steps: number; maxRuns: number }) {
  return openExchange({
    options: exchangeOptions.parse({ port: 0, maxRuns }),
    scenarios: loadOfferedScenarios(['normal_market'], { seed: null, steps }),
    clock: systemClock,
    onError: (error) => {
      throw error
    },
  })
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0)
}
