import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { median } from '../report.ts'
import { startExchangeProcess } from './exchange-process.ts'

const CLIENT = resolve(import.meta.dirname, 'lockstep-client.js')

/** Steps a second of some runs together, between one exchange process and one client process; the median of rounds. */
export async function measureLockstep({
  scenario,
  runs,
  steps,
  rounds,
  onRound,
}: {
  readonly scenario: string
  readonly runs: number
  readonly steps: number
  readonly rounds: number
  onRound(): void
}): Promise<{ readonly stepsPerSecond: number; readonly residentBytes: number | null }> {
  const exchange = await startExchangeProcess(['--scenario', scenario])
  try {
    const play = async (ofSteps: number) => {
      const args = [CLIENT, exchange.url, scenario, String(runs), String(Math.round(ofSteps))]
      const { stdout } = await promisify(execFile)(process.execPath, args)
      const { steps: played, seconds } = JSON.parse(stdout) as { steps: number; seconds: number }
      return played / seconds
    }
    await play(steps / 10)
    const rates: number[] = []
    for (let round = 0; round < rounds; round++) {
      rates.push(await play(steps))
      onRound()
    }
    return { stepsPerSecond: median(rates), residentBytes: exchange.residentBytes() }
  } finally {
    await exchange.stop()
  }
}
