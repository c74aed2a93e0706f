import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** The TypeScript files of a folder and what each imports, types included; paths relative to the root. */
export interface SourceGraph {
  readonly files: readonly string[]
  /** The import specifiers of a file as they are written. */
  importsOf(file: string): readonly string[]
  /** The files of the project that a file imports. */
  targetsOf(file: string): readonly string[]
}

export function readSourceGraph(root: string, folder = 'src'): SourceGraph {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
  const imports = new Map(files.map((file) => [file, specifiersIn(readFileSync(join(root, file), 'utf8'))]))
  const importsOf = (file: string) => imports.get(file) ?? []
  return {
    files,
    importsOf,
    targetsOf: (file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .map((name) => relative(root, resolve(root, dirname(file), name))),
  }
}

function specifiersIn(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] as string)
}

/** Groups of files that import each other, directly or through others (Tarjan's strongly connected components). */
export function importCycles({ files, targetsOf }: SourceGraph): string[][] {
  const order = new Map<string, number>()
  const open: string[] = []
  const cycles: string[][] = []
  const visit = (file: string): number => {
    const own = order.size
    let lowest = own
    order.set(file, own)
    open.push(file)
    for (const target of targetsOf(file)) {
      if (!order.has(target)) lowest = Math.min(lowest, visit(target))
      else if (open.includes(target)) lowest = Math.min(lowest, order.get(target) as number)
    }
    if (lowest === own) {
      const component = open.splice(open.indexOf(file))
      if (component.length > 1) cycles.push(component.sort())
    }
    return lowest
  }
  for (const file of files) if (!order.has(file)) visit(file)
  return cycles
}

/**
 * Coined words of earlier code, each with its standard name. `LEGACY` lists the exceptions: stored strings, and old names
 * that still work for one version.
 */
const COINED: Readonly<Record<string, string>> = {
  agenda: 'slot runner',
  attendance: 'session monitor',
  daybook: 'chain cache',
  doors: 'http sources',
  heed: 'apply a notice',
  judged: 'build rows',
  keeper: 'session supervisor',
  outbox: 'send queue',
  patience: 'abort waiters, thresholds',
  perch: 'canary stream',
  referee: 'clock discipline',
  rendezvous: 'barrier',
  seal: 'checksum',
  spool: 'journal',
  standing: 'status, rank, state',
  torture: 'fault injection',
  upkeep: 'maintenance, end of day',
  witness: 'event recorder',
}
const LEGACY =
  /optionlake\.seal|\bseal: |"seal"|recovered_from_spool|\.state\/spool|'spool'|spool-|optionlake_spool_bytes|OPTIONLAKE_KEEPER|'keeper'|\bkeeper[.:]|'upkeep'|\bupkeep[:?]|npm run torture/

/** Every line of a text that has a coined word: "line: word". */
export function coinedWords(text: string): string[] {
  const words = Object.keys(COINED).join('|')
  // A whole word, even within a camelCase or snake_case name.
  const capitals = Object.keys(COINED).map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  const pattern = new RegExp(
    `(?<![A-Za-z])(?:${words})(?:s|ed|es)?(?![a-z])|(?:${capitals.join('|')})(?:s|ed|es)?(?![a-z])`,
    'g',
  )
  return text.split('\n').flatMap((line, at) => {
    const rest = line.replaceAll(new RegExp(LEGACY, 'g'), '')
    return [...rest.matchAll(pattern)].map(([word]) => `${at + 1}: ${word}`)
  })
}
