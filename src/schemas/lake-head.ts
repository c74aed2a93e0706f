import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { instant } from './times.ts'

export const absolutePath = z
  .string()
  .min(1)
  .refine((path) => isAbsolute(path), 'not an absolute path')
  .describe('Absolute path of a file or folder.')
  .meta({ id: 'absolute_path' })

export const lakeSource = z
  .enum(['ib', 'simulated'])
  .describe(
    'Where the rows come from: ib, Interactive Brokers; simulated, the embedded or another simulator.',
  )
  .meta({ id: 'lake_source' })

/** The version that --as-of names. */
export const lakeVersion = z
  .strictObject({
    version: z.int().min(0).describe('Version of option_snapshots in the Delta log.'),
    committed_at: instant.describe('When this version was committed.'),
  })
  .describe('The version of the lake that was read.')
  .meta({ id: 'lake_version' })

/** What an answer about one folder begins with. */
export const lakeFolder = { lake: absolutePath.describe('Folder of the lake.') }

/** What an answer about a lake begins with. */
export const lakeOfSource = { ...lakeFolder, source: lakeSource }

/** What an answer about stored rows begins with. */
export const lakeHead = {
  ...lakeOfSource,
  as_of: lakeVersion.nullable().describe('The version that was asked for with --as-of; null for the newest.'),
}
