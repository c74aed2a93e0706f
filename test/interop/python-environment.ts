import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { firstLine } from '../../src/lake/engines/duckdb.ts'

/** Packages that read Delta tables, in the versions that were tested. */
const DELTA_PACKAGES = ['deltalake==1.6.6', 'pyarrow==26.0.1', 'polars==2.1.0']
const SPARK_PACKAGES = ['pyspark==4.0.1']
/** Maven coordinates of Delta for Spark, which Spark downloads itself. */
export const SPARK_DELTA = 'io.delta:delta-spark_2.13:4.0.0'

/** A virtual environment with some packages, or why there is none. */
export type PythonEnvironment =
  | { readonly kind: 'made'; readonly python: string; readonly folder: string }
  | { readonly kind: 'missing'; readonly why: string }

export function createDeltaEnvironment(): Promise<PythonEnvironment> {
  return createEnvironment(DELTA_PACKAGES)
}

export async function createSparkEnvironment(): Promise<PythonEnvironment> {
  if (spawnSync('java', ['-version']).status !== 0) {
    return { kind: 'missing', why: 'no java: Spark needs version 17 or newer' }
  }
  return createEnvironment(SPARK_PACKAGES)
}

/** Creates the environment in the system's temporary folder, unless an earlier run did. */
async function createEnvironment(packages: readonly string[]): Promise<PythonEnvironment> {
  if (spawnSync('python3', ['--version']).status !== 0) return { kind: 'missing', why: 'no python3' }
  const hash = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 12)
  const folder = join(tmpdir(), 'optionlake-interop', hash)
  const python = join(folder, 'bin', 'python')
  const isComplete = await stat(join(folder, 'made')).then(
    () => true,
    () => false,
  )
  if (isComplete) return { kind: 'made', python, folder }
  console.error(`installing ${packages.join(', ')} into ${folder}`)
  const run = promisify(execFile)
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, '..'), { recursive: true })
  try {
    await run('python3', ['-m', 'venv', folder])
    await run(python, ['-m', 'pip', 'install', '--quiet', ...packages])
    // The folder `made` marks a complete environment.
    await mkdir(join(folder, 'making'))
    await rename(join(folder, 'making'), join(folder, 'made'))
    return { kind: 'made', python, folder }
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : error
    return { kind: 'missing', why: `could not install ${packages.join(', ')}: ${firstLine(output)}` }
  }
}
