import { join } from 'node:path'
import type { LakeSource } from '../lake/tables/schema.ts'
import type { Config } from './config.ts'

/** The embedded simulator's lake for this seed has no seed in its name. */
const DEFAULT_SEED = 1

/** The lake's folder. Simulated rows never enter a real history, and two synthetic markets never share a lake. */
export function lakeFolderOf({ lake, gateway, simulator }: Config, source: LakeSource): string {
  const isEmbedded = source === 'simulated' && gateway.host === null
  const suffix = isEmbedded && simulator.seed !== DEFAULT_SEED ? `-seed-${simulator.seed}` : ''
  return lake.folder ?? join(lake.parentFolder, `${source}${suffix}`)
}
