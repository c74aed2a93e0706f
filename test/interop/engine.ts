import type { Column } from '../../src/snapshot/column.ts'

/** A column to read; may be one that another program has added. */
export type ReadColumn = Pick<Column, 'name' | 'type' | 'decimals'>

/** Text, a number, or null. Timestamps are epoch milliseconds, dates YYYY-MM-DD. */
export type Row = Readonly<Record<string, string | number | null>>

/** An external engine. Its calls throw an Error with the engine's message. */
export interface Engine {
  readonly name: string
  /** With what else it needs. */
  readonly version: string
  /** All rows of the table in this folder. Numbers with `decimals` are rounded to them, as docs/lake.md says. */
  read(table: string, columns: readonly ReadColumn[]): Promise<readonly Row[]>
  /** Runs the code of an operation on a lake; null if the engine only reads. */
  readonly run: ((code: string, lake: string) => Promise<string>) | null
  close(): Promise<void>
}

/** An engine that cannot run on this machine. */
export interface SkippedEngine {
  readonly name: string
  readonly version: string
  /** The reason. */
  readonly skipped: string
}

export function isOpen(engine: Engine | SkippedEngine): engine is Engine {
  return !('skipped' in engine)
}
