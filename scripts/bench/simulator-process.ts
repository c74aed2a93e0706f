import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { SimulatorEnded } from '../../src/schemas/gateway/simulate.ts'

const MAIN = resolve(import.meta.dirname, '../../../dist/main.js')
/** In the middle of a session. */
const NOW = '2026-11-19T10:00:00-05:00'

/** A simulator in a separate process, so that it does not disturb the measurement. */
export interface SimulatorProcess {
  readonly port: number
  /** Ends it and returns its counters. */
  stop(): Promise<SimulatorEnded>
}

/**
 * `optionlake simulate` in the middle of a session, with Interactive Brokers' limits or without.
 * @param env further settings, as environment variables.
 * @param main the compiled program, by default relative to this file.
 */
export async function startSimulatorProcess({
  fast,
  env = {},
  main = MAIN,
}: {
  fast: boolean
  env?: Readonly<Record<string, string>>
  main?: string
}): Promise<SimulatorProcess> {
  const args = ['simulate', '--port', '0', '--now', NOW, '--json', ...(fast ? [] : ['--ib-limits'])]
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the simulator ended early')
    return JSON.parse(value)
  }
  const { port } = (await next()) as { port: number }
  return {
    port,
    stop: async () => {
      child.kill('SIGTERM')
      return (await next()) as SimulatorEnded
    },
  }
}
