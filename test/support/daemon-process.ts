import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RecoveredJournal, readJournal } from '../../src/harvest/journal/read-journal.ts'
import { layoutOf } from '../../src/lake/layout.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { clockFrom } from '../../src/market/clock.ts'
import { sessionDate } from '../../src/market/units.ts'
import { dailyMarket } from '../../src/simulator/market/synthetic/daily.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'

/** A gateway in the middle of a slot. */
export async function gatewayInSession(): Promise<Simulator> {
  const clock = clockFrom(newYorkInstant(sessionDate('2026-11-19'), '10:01'))
  const rules = simulatorOptions.parse({ greeksMedianMs: 100 })
  return startSimulator(dailyMarket(5, clock), rules, { clock, seed: 5 })
}

/** `optionlake run` of one symbol, slow enough to be stopped in the middle of a cycle. */
export function startSlowDaemon(
  programs: string,
  { simulator, folder }: { simulator: Simulator; folder: string },
): ChildProcess {
  const main = join(programs, '../../../dist/main.js')
  return spawn(process.execPath, [main, 'run', '--lake', folder], {
    env: {
      PATH: process.env.PATH,
      OPTIONLAKE_GATEWAY_HOST: simulator.host,
      OPTIONLAKE_GATEWAY_PORT: String(simulator.port),
      OPTIONLAKE_GATEWAY_MESSAGES_PER_SECOND: '100',
      OPTIONLAKE_CLOCK: 'gateway',
      OPTIONLAKE_SYMBOLS: 'IWM',
      OPTIONLAKE_UNIVERSE_POLICY: 'plain',
      OPTIONLAKE_UNIVERSE_PLAIN_EXPIRATIONS: '2',
      OPTIONLAKE_HTTP_PORT: '0',
      OPTIONLAKE_LOG_LEVEL: 'silent',
    },
    stdio: 'ignore',
    cwd: programs,
  })
}

/** The journals that a process has left behind. */
export async function journalsOf(folder: string): Promise<RecoveredJournal[]> {
  const { journals } = layoutOf(folder)
  const names = await readdir(journals).catch(() => [])
  const read = await Promise.all(
    names.map(async (name) => readJournal(await readFile(join(journals, name), 'utf8'))),
  )
  return read.filter((one) => one !== null)
}

/** Contracts with at least one tick. */
export function answeredIn(journals: readonly RecoveredJournal[]): number[] {
  return journals.flatMap(({ harvests }) =>
    harvests.flatMap(({ answered }) => answered.map(({ contract }) => contract.conId)),
  )
}
