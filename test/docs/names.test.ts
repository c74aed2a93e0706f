import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'lake/README.md', 'test/fixtures/README.md'],
  ...readdirSync(join(root, 'docs'), { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.png'))
    .map(({ name }) => `docs/${name}`),
  ...['src/delta/README.md'].filter((path) => existsSync(join(root, path))),
]
/** Pages about the current version; the change log also names former things. */
const current = pages.filter((page) => page !== 'CHANGELOG.md')

/** The options of each command, also of those in groups, from the golden file of the help; '' for those of all commands. */
const options = new Map(
  read('test/golden/expected/help.txt')
    .split(/^(?=Usage: )/m)
    .slice(1)
    .map((help) => {
      const name = /^Usage: optionlake (?:\[options\] )?([a-z-]*(?: [a-z-]+)?)/.exec(help)?.[1] ?? ''
      return [name, new Set([...help.matchAll(/(--[a-z][a-z-]*)/g)].map(([flag]) => flag))] as const
    }),
)

/** Code of a page: its blocks line by line, and the text between back-ticks. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```[a-z]*\n(.*?)^```/gms)].flatMap(([, block]) =>
    (block ?? '').split('\n'),
  )
  const prose = text.replace(/^```.*?^```/gms, '')
  return [...blocks, ...[...prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '')]
}

test('every link of the docs leads to a file of the project', () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  )
  expect(broken).toEqual([])
})

test('every npm script that the docs name exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const unknown = current.flatMap((page) =>
    codeOf(read(page)).flatMap((line) =>
      [...line.matchAll(/npm run (?:--silent )?([\w:-]+)/g)]
        .map(([, name]) => name ?? '')
        .filter((name) => !(name in scripts) && !name.endsWith(':'))
        .map((name) => `${page}: npm run ${name}`),
    ),
  )
  expect(unknown).toEqual([])
})

test('every command and option of optionlake that the docs name exists', () => {
  expect(options.size).toBeGreaterThan(15)
  const unknown = current.flatMap((page) =>
    codeOf(read(page)).flatMap((line) => {
      const call = /(?:^|npx |sudo |\$ |&& |exec )optionlake ([a-z][a-z-]+)([^|&;#]*)/.exec(line)
      if (!call) return []
      const [, command = '', rest = ''] = call
      const inner = `${command} ${/^ ([a-z-]+)/.exec(rest)?.[1]}`
      // A group runs its command run when none is named.
      const name = [inner, `${command} run`].find((known) => options.has(known)) ?? command
      const known = options.get(name)
      if (!known) return [`${page}: optionlake ${name}`]
      const flags = [...rest.matchAll(/(?<![\w-])(--[a-z][a-z-]*)/g)].map(([flag]) => flag)
      return flags
        .filter((flag) => !known.has(flag) && !options.get('')?.has(flag))
        .map((flag) => `${page}: optionlake ${name} ${flag}`)
    }),
  )
  expect(unknown).toEqual([])
})

test('every file of the source, the tests and the scripts that the docs name exists', () => {
  const missing = current.flatMap((page) =>
    [...read(page).matchAll(/(?<![\w./-])((?:src|test|scripts|config)\/[\w./-]*\w)/g)]
      .map(([, path]) => path ?? '')
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${page}: ${path}`),
  )
  expect(missing).toEqual([])
})
