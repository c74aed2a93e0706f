import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Packages that read Delta tables, in the versions that this was tried with. */
const PACKAGES = ['deltalake==1.6.6', 'pyarrow==26.0.1', 'polars==2.1.0']
const SPARK_PACKAGES = ['pyspark==4.0.1']
/** Delta for Spark, by Maven's coordinates; Spark fetches it itself. */
export const SPARK_DELTA = 'io.delta:delta-spark_2.13:4.0.0'

/** A Python with some packages, or why there is none. */
export type Environment =
  | { readonly kind: 'made'; readonly python: string; readonly folder: string }
  | { readonly kind: 'missing'; readonly why: string }

export function makeDeltaEnvironment(): Promise<Environment> {
  return makeEnvironment(PACKAGES)
}

export async function makeSparkEnvironment(): Promise<Environment> {
  if (spawnSync('java', ['-version']).status !== 0)
    return { kind: 'missing', why: 'no java: Spark needs 17 or newer' }
  return makeEnvironment(SPARK_PACKAGES)
}

/** Makes a virtual environment outside the repository, or takes the one made before. */
async function makeEnvironment(packages: readonly string[]): Promise<Environment> {
  if (spawnSync('python3', ['--version']).status !== 0) return { kind: 'missing', why: 'no python3' }
  const hash = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 12)
  const folder = join(tmpdir(), 'optionlake-interop', hash)
  const python = join(folder, 'bin', 'python')
  const isMade = await stat(join(folder, 'made')).then(
    () => true,
    () => false,
  )
  if (isMade) return { kind: 'made', python, folder }
  console.error(`installing ${packages.join(', ')} into ${folder}`)
  const run = promisify(execFile)
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, '..'), { recursive: true })
  try {
    await run('python3', ['-m', 'venv', folder])
    await run(python, ['-m', 'pip', 'install', '--quiet', ...packages])
    await mkdir(join(folder, 'making'))
    await rename(join(folder, 'making'), join(folder, 'made'))
    return { kind: 'made', python, folder }
  } catch (error) {
    return { kind: 'missing', why: `could not install ${packages.join(', ')}: ${firstLine(error)}` }
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return text.trim().split('\n')[0] ?? ''
}
