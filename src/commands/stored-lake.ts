import { existsSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { lakeFolderOf } from '../config/lake-folder.ts'
import { type Lake, openLake } from '../lake/open.ts'
import { systemClock } from '../market/clock.ts'
import type { CommandContext } from './context.ts'

/**
 * The folder that a command about a stored lake means: the one named; else the real gateway's lake if there is one; else
 * the simulated one's; where there is neither, the one that would be made.
 */
export function folderForReading(config: Config): string {
  const real = lakeFolderOf(config, 'ib')
  const simulated = lakeFolderOf(config, 'simulated')
  if (config.lake.folder !== null || existsSync(real)) return real
  return existsSync(simulated) || config.gateway.host === null ? simulated : real
}

/** Opens that lake, for questions. */
export async function openForReading({ config, lifetime }: CommandContext): Promise<Lake> {
  const lake = await openLake(folderForReading(config), { mode: 'read', clock: systemClock })
  lifetime.onClose(() => lake.close())
  return lake
}

/** Opens that lake to change how its rows lie on disk. There must be one: whichever source it has is right. */
export async function openForMaintenance({ config, lifetime }: CommandContext): Promise<Lake> {
  const folder = folderForReading(config)
  const reader = await openLake(folder, { mode: 'read', clock: systemClock })
  await reader.close()
  const lake = await openLake(folder, { mode: 'write', source: reader.source, clock: systemClock })
  lifetime.onClose(() => lake.close())
  return lake
}

/** What every answer about stored rows begins or ends with: where they came from. */
export function originOf(lake: Lake): string {
  return `${lake.layout.root} (${lake.source === 'ib' ? 'Interactive Brokers' : 'simulated'})`
}
