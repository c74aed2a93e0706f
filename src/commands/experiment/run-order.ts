import type { ExchangeAccess } from '../../experiments/client/start-run.ts'
import type { RecordedRun } from '../../experiments/run/recorded-run.ts'
import type { ExitCode } from '../../process/failure.ts'
import type { PlannedRun } from './planned-runs.ts'
import type { TwsAccess } from './tws-gateway.ts'

/** What all runs of one command have in common. Plain data: it is handed to threads. */
export interface RunSetup {
  /** Folder of the files. */
  readonly folder: string
  readonly venue:
    | { readonly kind: 'embedded' }
    | { readonly kind: 'exchange'; readonly access: ExchangeAccess }
    | { readonly kind: 'tws'; readonly access: TwsAccess }
  /** Of this program, for the manifests. */
  readonly version: string
}

/** One run to make. */
export interface RunOrder extends RunSetup {
  readonly run: PlannedRun
  readonly decisionLimitMs: number
}

/** How one run went: it has a file with a manifest, or it has not begun and nothing was written. */
export type RunReport =
  | { readonly kind: 'recorded'; readonly run: RecordedRun }
  | { readonly kind: 'refused'; readonly exitCode: ExitCode; readonly reason: string }

/** What a thread tells. */
export type WorkerMessage =
  | {
      readonly kind: 'started'
      readonly path: string
      /** The venue's name of the run. */
      readonly runId: string
      readonly steps: number | null
    }
  /** One line that a person should know while the run goes on. */
  | { readonly kind: 'note'; readonly line: string }
  | { readonly kind: 'ended'; readonly report: RunReport }

/** What a thread is told. */
export type WorkerCommand =
  | { readonly kind: 'run'; readonly order: RunOrder }
  | { readonly kind: 'stop'; readonly reason: string }

/** The memory that a thread shares with its pool, as 32-bit integers: where it is, even while it does not answer. */
export const SHARED = { step: 0, phase: 1, beats: 2 } as const
export const SHARED_BYTES = 12
/** How often a thread counts up its beats, ms, unless something keeps it busy. */
export const BEAT_INTERVAL_MS = 500

/** What a thread is doing; in the first two the strategy's code runs. */
export const PHASE = { loading: 0, deciding: 1, waiting: 2 } as const
