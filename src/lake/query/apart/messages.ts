import type { EpochMs } from '../../../market/units.ts'
import type { ExitCode } from '../../../process/failure.ts'
import type { LakeSource } from '../../tables/schema.ts'
import type { VersionOrTime } from '../as-of.ts'

/** One SELECT over a lake, and how much of its answer is wanted. */
export interface SelectRequest {
  /** Folder of the lake. */
  readonly folder: string
  /** An earlier version of the lake; the newest if left out. */
  readonly asOf?: VersionOrTime | undefined
  readonly query: string
  readonly maxRows: number
  /** Text of the rows as JSON. */
  readonly maxBytes: number
}

/** The lake that was read. */
export interface ReadLake {
  readonly layout: { readonly root: string }
  readonly source: LakeSource
  readonly asOf: { readonly version: number; readonly time: EpochMs } | null
}

/** What the process of queries says of the question that it was last asked. */
export type QueryMessage =
  /** More rows: a JSON array of rows. */
  | { readonly kind: 'rows'; readonly json: string }
  | {
      readonly kind: 'done'
      readonly lake: ReadLake
      readonly columns: readonly string[]
      /** The limit that cut off the rows; null for none. */
      readonly cutBy: 'rows' | 'bytes' | null
    }
  | {
      readonly kind: 'refused'
      readonly exitCode: ExitCode
      readonly message: string
      readonly isTooLarge: boolean
    }
  /** Its process ends now. */
  | { readonly kind: 'out_of_memory' }
  | { readonly kind: 'defect'; readonly stack: string }
