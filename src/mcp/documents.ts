import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT, Failure } from '../process/failure.ts'
import { SQL_TYPES, STORED_TABLES } from './stored-tables.ts'

/** The pages that are installed with the program: beside `dist` and `src`, or one folder further up from a test build. */
const FOLDERS = ['../../docs', '../../../docs'].map((path) => join(import.meta.dirname, path))

/** docs/numbers.md. @throws Failure where the documentation is not installed. */
export async function numbersPage(): Promise<string> {
  for (const folder of FOLDERS) {
    const text = await readFile(join(folder, 'numbers.md'), 'utf8').catch(() => null)
    if (text !== null) return text
  }
  throw new Failure(EXIT.io, 'docs/numbers.md is not installed beside the program')
}

/** Every table and column, from the tables in code that also write the lake. */
export function dataDictionary(): string {
  const sections = STORED_TABLES.map(({ name, meaning, columns }) => {
    const rows = columns.map(
      ({ name: column, type, nullable, unit, doc }) =>
        `| \`${column}\` | ${SQL_TYPES[type]} | ${unit} | ${nullable ? 'yes' : 'no'} | ${doc} |`,
    )
    return `## ${name}\n\n${meaning}.\n\n| column | type | unit | null | meaning |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}`
  })
  return `# Tables of the lake\n\n${sections.join('\n\n')}\n`
}

/** The rows of the tables of docs/numbers.md that are about a name: of figures, and of reasons for null. */
export function definitionsOf(
  page: string,
  name: string,
): { readonly section: string; readonly text: string }[] {
  let section = ''
  const found: { section: string; text: string }[] = []
  for (const line of page.split('\n')) {
    const heading = /^#{2,} (.*)$/.exec(line)?.[1]
    if (heading !== undefined) section = heading
    const [first = '', ...cells] = line.startsWith('|') ? line.slice(1, -1).split(/(?<!\\)\|/) : []
    const names = [...first.matchAll(/`([^`]+)`/g)].map(([, one]) => one)
    if (names.includes(name)) found.push({ section, text: cells.map((cell) => cell.trim()).join(' · ') })
  }
  return found
}
