import { cpSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { makeMcpLake } from '../../mcp/mcp-lake.ts'
import type { OddArguments } from './odd-arguments.ts'

/** A folder with a lake and files to give to options, good and bad, and a home folder beside it. */
export interface Workplace {
  readonly root: string
  /** The current folder of the commands. */
  readonly folder: string
}

const INPUTS: Readonly<Record<string, string>> = {
  'empty.json': '',
  'broken.json': '{"symbols": ["SPY"',
  'array.json': '[1, null, {}]',
  'deep.json': `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  'binary.json': '\u0000\u0001\ufffd\ufffd',
  'config.json': '{"symbols": ["SPY"], "gateway": {"host": "127.0.0.1", "port": 1}}',
  'odd-config.json': '{"symbols": {"length": 1}, "lake": null, "__proto__": 1, "a\\nb": 2}',
  'scenario.json': '{"name": "odd", "steps": 1e999, "agents": null}',
  'steps.jsonl': '{"step": 1}\nnot JSON\n{"step": null, "mid": "x"}\n',
  'quotes.csv': 'expiry,strike,right\n2026-02-30,-1,X\n"unclosed',
}

/** The first workplace makes the lake; the others are copies of it. */
export async function makeTemplate(folder: string): Promise<string> {
  for (const name of ['in', 'out', 'config']) mkdirSync(join(folder, 'work', name), { recursive: true })
  for (const name of ['beside', 'home', 'tmp']) mkdirSync(join(folder, name))
  for (const [name, text] of Object.entries(INPUTS)) writeFileSync(join(folder, 'work/in', name), text)
  symlinkSync('loop', join(folder, 'work/in/loop'))
  await makeMcpLake(join(folder, 'work/lake/simulated'))
  return folder
}

export function copyTemplate(template: string, root: string): Workplace {
  cpSync(template, root, { recursive: true, verbatimSymlinks: true })
  return { root, folder: join(root, 'work') }
}

/** The variables that keep a command inside: nothing answers at the gateway's port. */
export function environmentOf({ root }: Workplace): Record<string, string> {
  return {
    ...{ HOME: join(root, 'home'), TMPDIR: join(root, 'tmp'), XDG_CONFIG_HOME: '', XDG_DATA_HOME: '' },
    ...{ OPTIONLAKE_GATEWAY_HOST: '127.0.0.1', OPTIONLAKE_GATEWAY_PORT: '1' },
  }
}

/** Every file of a workplace but those of its lake, with its size and time. */
export function filesOf({ root }: Workplace): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (path !== join(root, 'work/lake')) visit(path)
      } else if (entry.isFile()) {
        const { size, mtimeMs } = statSync(path)
        found.set(path, `${size} ${mtimeMs}`)
      }
    }
  }
  visit(root)
  return found
}

/** Files that a command has made, changed or deleted although nothing of what it was given names their place. */
export function unnamedChanges(
  { root, folder }: Workplace,
  { args, environment }: OddArguments,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  )
  const end = args.indexOf('--')
  const options = end < 0 ? args : args.slice(0, end)
  const operands = end < 0 ? [] : args.slice(end + 1)
  const given = [...options, ...Object.values(environment)]
    .flatMap((word) => [word, word.replace(/^--[\w-]+=/, '')])
    .filter((word) => word !== '' && !word.startsWith('--'))
    .concat(operands)
    // The file system has no halves of characters.
    .map((word) => resolve(folder, Buffer.from(word).toString()))
  // Reports write the steps of runs beside themselves.
  const outputs = given.filter((path) => path.startsWith(join(folder, 'out'))).map((path) => dirname(path))
  const usual = [
    ...[join(folder, 'data'), join(folder, 'features.parquet')],
    ...(args.includes('--keep') ? [join(root, 'tmp')] : []),
    ...(args.includes('completion') ? [join(root, 'home')] : []),
  ]
  const named = [...given, ...outputs.filter((path) => path !== folder), ...usual]
  return changed.filter((path) => !named.some((place) => path === place || path.startsWith(place + sep)))
}
