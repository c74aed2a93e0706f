import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { lakeFolderOf } from '../config/lake-folder.ts'
import { type Lake, openLake } from '../lake/open.ts'
import type { ReadLake } from '../lake/query/apart/messages.ts'
import { lakeAsOf } from '../lake/query/as-of.ts'
import { systemClock } from '../market/clock.ts'
import type { CommandContext } from './context.ts'
import { parseAsOf } from './option-values.ts'
import { openActivity } from './terminal/activity.ts'
import { dateAndTime } from './terminal/format.ts'

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

/** Opens that lake for queries, at its newest version or as of the value of --as-of. */
export async function openForQueries(
  { config, lifetime, interactive }: CommandContext,
  asOf?: string,
): Promise<Lake> {
  const wanted = asOf === undefined ? undefined : parseAsOf(asOf)
  openActivity('reading the lake', interactive)
  const lake = await openLake(storedLakeFolder(config), { mode: 'read', clock: systemClock })
  lifetime.onClose(() => lake.close())
  return wanted === undefined ? lake : lakeAsOf(lake, wanted)
}

/** Option --as-of of commands that read stored rows. */
export const AS_OF_OPTION = [
  '--as-of <version|time>',
  'read the lake as it was at this version of option_snapshots, at this time, or at the end of this New York date',
] as const

/** What an answer with --json says of the lake that was read. */
export function lakeHeadOf({ layout, source, asOf }: ReadLake) {
  const as_of = asOf && { version: asOf.version, committed_at: new Date(asOf.time).toISOString() }
  return { lake: resolve(layout.root), source, as_of }
}

/** Opens that lake for writing, whichever source it has. It must exist. */
export async function openForMaintenance({ config, lifetime, interactive }: CommandContext): Promise<Lake> {
  openActivity('reading the lake', interactive)
  const folder = storedLakeFolder(config)
  const reader = await openLake(folder, { mode: 'read', clock: systemClock })
  await reader.close()
  const lake = await openLake(folder, { mode: 'write', source: reader.source, clock: systemClock })
  lifetime.onClose(() => lake.close())
  return lake
}

/** The folder and the source of a lake, and the version with --as-of; shown with every answer about stored rows. */
export function describeLake({ layout, source, asOf }: ReadLake): string {
  const name = `${layout.root} (${source === 'ib' ? 'Interactive Brokers' : 'simulated'})`
  if (asOf === null) return name
  return `${name} as of version ${asOf.version}, committed ${dateAndTime(asOf.time)} New York`
}
