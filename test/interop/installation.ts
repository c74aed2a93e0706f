import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { firstLine } from '../../src/lake/engines/duckdb.ts'

/** Software that was installed into a folder, or why it was not. */
export type Installation =
  | { readonly kind: 'made'; readonly folder: string }
  | { readonly kind: 'missing'; readonly why: string }

/** Compiling Delta Kernel takes four minutes on two cores. */
const STEP_TIMEOUT_MS = 20 * 60_000

/** Runs one step of an installation. @throws Error with the program's standard error. */
export type RunStep = (program: string, args: readonly string[]) => Promise<void>

/**
 * Installs into a folder of the system's temporary folder, unless an earlier run did.
 * @param what names the versions: other versions get another folder.
 */
export async function installOnce(
  what: string,
  install: (folder: string, run: RunStep) => Promise<void>,
): Promise<Installation> {
  const hash = createHash('sha256').update(what).digest('hex').slice(0, 12)
  const folder = join(tmpdir(), 'optionlake-interop', hash)
  const isComplete = await stat(join(folder, 'made')).then(
    () => true,
    () => false,
  )
  if (isComplete) return { kind: 'made', folder }
  console.error(`installing ${what} into ${folder}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    await install(folder, async (program, args) => {
      const options = { timeout: STEP_TIMEOUT_MS, cwd: folder, maxBuffer: 64 * 1024 * 1024 }
      await promisify(execFile)(program, [...args], options)
    })
    // The folder `made` marks a complete installation.
    await mkdir(join(folder, 'making'))
    await rename(join(folder, 'making'), join(folder, 'made'))
    return { kind: 'made', folder }
  } catch (error) {
    return { kind: 'missing', why: `could not install ${what}: ${causeOf(error)}` }
  }
}

/** Whether this machine has the program. */
export function has(program: string, versionFlag: string): boolean {
  return spawnSync(program, [versionFlag]).status === 0
}

function causeOf(error: unknown): string {
  const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string }
  // Maven writes its errors to standard output.
  const lines = `${stderr ?? ''}\n${stdout ?? ''}`.split('\n').filter((line) => line.trim() !== '')
  return firstLine(lines.find((line) => /error/i.test(line)) ?? lines[0] ?? error).trim()
}
