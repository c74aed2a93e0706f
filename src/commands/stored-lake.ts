import { existsSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { lakeFolderOf } from '../config/lake-folder.ts'
import { type Lake, openLake } from '../lake/open.ts'
import { systemClock } from '../market/clock.ts'
import type { CommandContext } from './context.ts'

/**
 * The lake folder of commands that read or maintain stored rows: the configured one; else the real gateway's if it
 * exists; else the simulator's if it exists; else the one that collecting would create.
 */
export function storedLakeFolder(config: Config): string {
  const real = lakeFolderOf(config, 'ib')
  const simulated = lakeFolderOf(config, 'simulated')
  if (config.lake.folder !== null || existsSync(real)) return real
  return existsSync(simulated) || config.gateway.host === null ? simulated : real
}

/** Opens that lake for queries. */
export async function openForQueries({ config, lifetime }: CommandContext): Promise<Lake> {
  const lake = await openLake(storedLakeFolder(config), { mode: 'read', clock: systemClock })
  lifetime.onClose(() => lake.close())
  return lake
}

/** Opens that lake for writing, whichever source it has. It must exist. */
export async function openForMaintenance({ config, lifetime }: CommandContext): Promise<Lake> {
  const folder = storedLakeFolder(config)
  const reader = await openLake(folder, { mode: 'read', clock: systemClock })
  await reader.close()
  const lake = await openLake(folder, { mode: 'write', source: reader.source, clock: systemClock })
  lifetime.onClose(() => lake.close())
  return lake
}

/** The folder and the source of a lake, shown with every answer about stored rows. */
export function describeLake(lake: Lake): string {
  return `${lake.layout.root} (${lake.source === 'ib' ? 'Interactive Brokers' : 'simulated'})`
}
