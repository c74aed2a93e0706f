import { type Environment, type Running, start } from './imports.ts'

/** Start of the gateway: a Wednesday, two minutes after a slot. Results then do not depend on the time of the test. */
export const NOW = '2024-06-12T10:02:00-04:00'

/** Settings for requests to a gateway without realistic limits. */
export const QUICK: Environment = {
  OPTIONLAKE_GATEWAY_MESSAGES_PER_SECOND: '1500',
  OPTIONLAKE_GATEWAY_LINES: '1000',
  OPTIONLAKE_HARVEST_GREEKS_WAIT_MS: '500',
}

export interface SimulatedGateway {
  /** The options of a command that uses this gateway and its time. */
  readonly options: readonly string[]
  readonly running: Running
}

/** The built program as a gateway with its own time. */
export async function startGateway(): Promise<SimulatedGateway> {
  const running = start(['simulate', '--now', NOW, '--port', '0', '--json'])
  await running.printed('"port"')
  const { port } = JSON.parse(running.output()) as { port: number }
  return { running, options: ['--gateway', `127.0.0.1:${port}`, '--clock', 'gateway'] }
}
