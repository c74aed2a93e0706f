import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Lake, openLake } from '../../src/lake/open.ts'
import type { MaintenanceOptions } from '../../src/lake/options.ts'
import { latestChain } from '../../src/lake/query/chains.ts'
import { type Clock, systemClock } from '../../src/market/clock.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'

/** A temporary folder for one test, removed afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-lake-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A new, empty lake open for writing; closed and removed after the test. */
export async function temporaryLake(
  folder = temporaryFolder(),
  options: { maintenance?: Partial<MaintenanceOptions>; clock?: Clock } = {},
): Promise<Lake> {
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock, ...options })
  onTestFinished(() => lake.close())
  return lake
}

export async function readingLake(folder: string): Promise<Lake> {
  const lake = await openLake(folder, { mode: 'read', clock: systemClock })
  onTestFinished(() => lake.close())
  return lake
}

/** The newest chain as another process reads it; the writer itself has it in memory. */
export async function chainOnDisk(lake: Lake, symbol: string): Promise<SnapshotRow[]> {
  return latestChain(await readingLake(lake.layout.root), symbol)
}

/** Every file below a folder, as relative paths. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

/** writer.ts as a program; `npm test` compiles it first. */
export const WRITER = resolve(import.meta.dirname, '../../build/test/lake/writer.js')
