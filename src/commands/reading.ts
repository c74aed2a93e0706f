import { existsSync } from 'node:fs'
import { lakeFolder } from '../connection.ts'
import { type Lake, openLake } from '../lake/open.ts'
import { systemClock } from '../market/clock.ts'
import type { CommandContext } from './context.ts'

/**
 * Opens the lake that a reading command means: the one named; else the real gateway's when one is configured or its
 * lake exists; else the embedded gateway's.
 */
export async function openForReading({ config, lifetime }: CommandContext): Promise<Lake> {
  const real = lakeFolder(config, 'ib')
  const useReal = config.lake.folder !== null || config.gateway.host !== null || existsSync(real)
  const lake = await openLake(useReal ? real : lakeFolder(config, 'simulated'), {
    mode: 'read',
    clock: systemClock,
  })
  lifetime.onClose(() => lake.close())
  return lake
}

/** What every answer about stored rows begins or ends with: where they came from. */
export function originOf(lake: Lake): string {
  return `${lake.layout.root} (${lake.source === 'ib' ? 'Interactive Brokers' : 'simulated'})`
}
