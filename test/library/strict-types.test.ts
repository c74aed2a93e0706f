import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const EXAMPLES = ['example.ts', 'numbers-example.ts', 'collector-example.ts']

/** Uses what a program would, and every export at least by name. */
const USER = `
import * as delta from 'optionlake/delta'
import * as all from 'optionlake'
import { type Config, type Lake, type SnapshotRow, exportRows, latestChain, openLake, systemClock } from 'optionlake'

export async function midOf(lake: Lake): Promise<number | null> {
  const row: SnapshotRow | undefined = (await latestChain(lake, 'SPY'))[0]
  return row === undefined || row.bid === null || row.ask === null ? null : (row.bid + row.ask) / 2
}
export const portOf = (config: Config): number => config.http.port
export const opened = openLake('lake', { mode: 'read', clock: systemClock })
export const written = opened.then((lake) => exportRows(lake, { symbol: ['SPY', 'QQQ'], right: 'P', out: 'x', format: 'csv', replace: true }))
// @ts-expect-error rows are read-only
export const change = (row: SnapshotRow) => { row.bid = 1 }
export const names: string[] = [...Object.keys(all), ...Object.keys(delta)]
`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'optionlake-strict-'))
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true })
  symlinkSync(ROOT, join(folder, 'node_modules/optionlake'))
  symlinkSync(join(ROOT, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'user.ts'), USER)
  for (const name of EXAMPLES) {
    const text = readFileSync(join(import.meta.dirname, name), 'utf8')
    writeFileSync(join(folder, name), text.replace("'../../src/index.ts'", "'optionlake'"))
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
])('the declarations compile for a strict user who checks libraries, with $moduleResolution', async (how) => {
  const config = join(folder, `tsconfig.${how.moduleResolution}.json`)
  const compilerOptions = {
    ...{ ...how, target: 'es2023', lib: ['es2023'], types: ['node'], noEmit: true, skipLibCheck: false },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ noImplicitOverride: true, verbatimModuleSyntax: true },
  }
  writeFileSync(config, JSON.stringify({ compilerOptions, files: ['user.ts', ...EXAMPLES] }))
  const { stdout } = await promisify(execFile)(process.execPath, [TSC, '-p', config, '--listFiles'], {
    maxBuffer: 16_000_000,
  }).catch((error: { readonly stdout: string }) => error)
  expect(stdout.split('\n').filter((line) => line.includes('error TS'))).toEqual([])
  expect(stdout).toContain('dist/delta/index.d.ts')
  // A user has the packages that we depend on, but not their declarations from elsewhere, nor the sources.
  const foreign = stdout
    .split('\n')
    .filter((line) => /@types\/(?!node\/)|optionlake\/src\/|@stoqey/.test(line))
  expect(foreign).toEqual([])
})
