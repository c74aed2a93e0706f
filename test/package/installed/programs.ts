import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { installOnce } from '../../interop/installation.ts'

const execute = promisify(execFile)
/** An installation fetches 150 MB of native libraries at the first time. */
const INSTALL_TIMEOUT_MS = 10 * 60_000
const ROOT = join(import.meta.dirname, '../../../..')

/** The package as it would be published. */
export interface Pack {
  readonly file: string
  readonly bytes: number
  readonly unpackedBytes: number
  readonly files: readonly string[]
}

/** `optionlake` as `npm install --global` puts it into a folder, and the Node that runs it. */
export interface InstalledProgram {
  readonly node: string
  readonly main: string
  /** Search path on which the command and its Node are. */
  readonly path: string
}

/** Makes the package with `npm pack`. */
export async function packInto(folder: string): Promise<Pack> {
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: ROOT,
    maxBuffer: 64 * 1024 * 1024,
  })
  const [pack] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [
    { filename: string; size: number; unpackedSize: number; files: { path: string }[] },
  ]
  return {
    file: join(folder, pack.filename),
    bytes: pack.size,
    unpackedBytes: pack.unpackedSize,
    files: pack.files.map(({ path }) => path),
  }
}

/** The program of a major version of Node, from the npm package of that name; or why it is not there. */
export async function nodeOf(major: number): Promise<{ readonly node: string } | { readonly why: string }> {
  if (Number(process.versions.node.split('.')[0]) === major) return { node: process.execPath }
  const made = await installOnce(`node@${major}`, (folder, run) =>
    run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${major}`]),
  )
  return made.kind === 'made' ? { node: join(made.folder, 'node_modules/node/bin/node') } : { why: made.why }
}

/** Installs the package into an empty prefix, as a user does, and without any script of a dependency. */
export async function installGlobally(
  pack: Pack,
  { node, prefix }: { readonly node: string; readonly prefix: string },
): Promise<InstalledProgram> {
  await mkdir(prefix, { recursive: true })
  const path = [join(prefix, 'bin'), dirname(node), process.env.PATH].join(delimiter)
  const args = ['install', '--global', '--prefix', prefix, '--ignore-scripts', '--no-audit', '--no-fund']
  const npm = (await execute('sh', ['-c', 'command -v npm'])).stdout.trim()
  // npm itself under that Node, which decides what `engines` and native packages allow.
  await execute(node, [npm, ...args, '--engine-strict', pack.file], {
    env: { ...process.env, PATH: path },
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  })
  return { node, main: join(prefix, 'lib/node_modules/optionlake/dist/main.js'), path }
}
