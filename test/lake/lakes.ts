import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import type { MaintenanceOptions } from '../../src/delta/maintenance.ts'
import { type Lake, openLake } from '../../src/lake/open.ts'
import { latestChain } from '../../src/lake/query/chains.ts'
import { type Clock, systemClock } from '../../src/market/clock.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'

const root = resolve(import.meta.dirname, '../..')

/** A folder of its own for one test, gone afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-lake-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A new, empty lake open for writing; closed and gone after the test. */
export async function temporaryLake(
  folder = temporaryFolder(),
  options: { upkeep?: Partial<MaintenanceOptions>; clock?: Clock } = {},
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

/** The newest chain as another process reads it: the writer itself has it in memory. */
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

/** Compiles writer.ts, so that a test can start it as a process. Returns the path of the program. */
export function buildWriter(): string {
  const out = join(root, 'node_modules/.cache/optionlake-lake-test')
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }')
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const input = join(root, 'test/lake/writer.ts')
  const where = ['--outDir', out, '--rootDir', root]
  const how = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node', '--noCheck', '--skipLibCheck']
  execFileSync(process.execPath, [
    tsc,
    '--ignoreConfig',
    input,
    ...where,
    ...how,
    '--rewriteRelativeImportExtensions',
  ])
  return join(out, 'test/lake/writer.js')
}
