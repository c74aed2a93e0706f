import type { ExchangeAccess } from '../../experiments/client/start-run.ts'
import type { RunRules } from '../../experiments/run/outcome.ts'
import type { RecordedRun } from '../../experiments/run/recorded-run.ts'
import type { ExitCode } from '../../process/failure.ts'

/** One run to make: everything in it can be handed to a thread. */
export interface RunOrder {
  /** Folder of its files. */
  readonly folder: string
  /** An experiment by name, or a user's file by path. */
  readonly experiment: string
  /** Of the embedded exchange by name or path; of another one by its id. */
  readonly scenario: string
  /** Null for that of the scenario; so for `steps`. */
  readonly seed: number | null
  readonly steps: number | null
  readonly rules: RunRules
  readonly decisionLimitMs: number
  readonly venue:
    | { readonly kind: 'embedded' }
    | { readonly kind: 'exchange'; readonly access: ExchangeAccess }
  /** Of this program, for the manifest. */
  readonly version: string
}

/** How one run went. */
export type RunReport =
  /** It has a file with a manifest. */
  | { readonly kind: 'recorded'; readonly run: RecordedRun }
  /** It has not begun: nothing was written. */
  | { readonly kind: 'refused'; readonly exitCode: ExitCode; readonly reason: string }

/** What a thread tells. */
export type WorkerMessage =
  | { readonly kind: 'started'; readonly path: string; readonly steps: number | null }
  | { readonly kind: 'ended'; readonly report: RunReport }

/** What a thread is told. */
export type WorkerCommand =
  | { readonly kind: 'run'; readonly order: RunOrder }
  | { readonly kind: 'stop'; readonly reason: string }

/** The memory that a thread shares with its pool, as 32-bit integers: where it is, even while it does not answer. */
export const SHARED = { step: 0, phase: 1 } as const
export const SHARED_BYTES = 8

/** What a thread is doing; in the first two the strategy's code runs. */
export const PHASE = { loading: 0, deciding: 1, waiting: 2 } as const
