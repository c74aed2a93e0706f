import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { clockFrom } from '../../src/market/clock.ts'
import { sessionDate } from '../../src/market/units.ts'
import { dailyMarket } from '../../src/simulator/market/synthetic/daily.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { type Campaign, eachRound, roundsOf } from './campaign.ts'

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100
/** The work of a start is over by then. */
const SETTLE_MS = 15_000

/** Processor seconds that a process has used so far, user and system. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

function residentMb(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) / 1_000
}

/** Processor time and memory of an idle daemon: connected, on a holiday. */
export const footprint: Campaign = {
  name: 'footprint',
  summary: 'processor time and memory of the daemon on a holiday, connected to a gateway',
  takes: '2 minutes',
  run: async (options) => {
    const clock = clockFrom(newYorkInstant(sessionDate('2026-11-26'), '11:00'))
    const simulator = await startSimulator(dailyMarket(5, clock), simulatorOptions.parse({}), {
      clock,
      seed: 5,
    })
    const seconds = roundsOf(options, 90, 10)
    return withFolder(async (folder) => {
      const main = join(options.programs, '../../../dist/main.js')
      const env = {
        PATH: process.env.PATH,
        OPTIONLAKE_GATEWAY_HOST: simulator.host,
        OPTIONLAKE_GATEWAY_PORT: String(simulator.port),
        OPTIONLAKE_CLOCK: 'gateway',
        OPTIONLAKE_HTTP_PORT: '0',
        OPTIONLAKE_LOG_LEVEL: 'silent',
      }
      const args = [main, 'run', '--lake', join(folder, 'lake')]
      const child = spawn(process.execPath, args, { env, stdio: 'ignore', cwd: options.programs })
      const pid = child.pid as number
      await delay(SETTLE_MS)
      const before = processorSeconds(pid)
      await eachRound('seconds', seconds, () => delay(1_000))
      const used = processorSeconds(pid) - before
      const memory = residentMb(pid)
      const ended = new Promise((resolve) => child.on('exit', resolve))
      child.kill('SIGTERM')
      await ended
      await simulator.close()
      return [
        { name: 'processor, idle', value: (used / seconds) * 100, unit: '% of a core', atMost: 0.5 },
        { name: 'resident memory, idle', value: memory, unit: 'MB', atMost: 300 },
      ]
    })
  },
}
