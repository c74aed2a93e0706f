import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'

// A strategy's file is loaded by Node itself, with hooks that the test runner would replace by its own: hence a program of
// its own, one for all files.

const PROGRAM = resolve(import.meta.dirname, '../../../build/src/experiments/strategies/experiment.js')
const DOCS = resolve(import.meta.dirname, '../../../docs')
const folder = mkdtempSync(join(tmpdir(), 'optionlake strategies-'))
const TAIL = "description: 'a test', mode: 'active', decide: () => [] }"

const FILES = {
  'neighbour.ts': 'export const half = (x: number): number => x / 2\n',
  'node_modules/sizes/package.json': '{"name":"sizes","main":"sizes.js"}',
  'node_modules/sizes/sizes.js':
    "exports.lot = 100\nexports.fail = () => {\n  throw new Error('from a package')\n}\n",
  'typed.ts': `import type { Strategy } from 'optionlake'
import { lot } from 'sizes'
import { half } from './neighbour.ts'
import { half as compiled } from './neighbour.js'
const typed: Strategy = {
  name: 'typed',
  description: \`lot \${lot}, \${half(4)}, \${compiled(6)}\`,
  mode: 'active',
  decide(step, market) {
    return market.ask === null ? [] : [{ kind: 'order', side: 'BUY', price: market.ask, qty: 100 + step }]
  },
}
export default typed satisfies Strategy
`,
  'plain.mjs': `import { half } from './neighbour.ts'\nexport default { name: 'plain-' + half(2), ${TAIL}\n`,
  'factory.mjs': `export default ({ scenario, seed }) => ({ name: 'factory', orders: [scenario, seed], ${TAIL})\n`,
  'changing.mjs': `let runs = 0\nexport default () => ({ name: 'run' + runs++, ${TAIL})\n`,
  'types.ts': 'const a = 1\n\nconst b: = a\nexport default b\n',
  'enum.ts': 'enum Side {\n  BUY,\n}\nexport default Side\n',
  'syntax.mjs': 'const a = 1\nconst b = = a\nexport default b\n',
  'neighbour-broken.ts': "import broken from './types.ts'\nexport default broken\n",
  'no-package.ts': "\n\nimport { x } from 'not-installed'\nexport default x\n",
  'no-neighbour.ts': "\nimport { x } from './nowhere.js'\nexport default x\n",
  'type-as-value.ts': "import { Half } from './neighbour.ts'\nexport default 1\n",
  'throws.ts':
    "const f = (): never => {\n  throw new TypeError('no\\nsuch thing')\n}\nf()\nexport default 1\n",
  'factory-throws.mjs': "import sizes from 'sizes'\n\nexport default () => sizes.fail()\n",
  'throws-a-number.mjs': 'throw 3\n',
  'no-default.ts': 'export const name = 1\nexport const decide = 2\n',
  'a-number.ts': 'export default 3\n',
  'a-class.ts': 'export default class Mine {}\n',
  'async.ts': 'export default async () => ({})\n',
  'built-in.ts': `export default { name: 'passive', ${TAIL}\n`,
  'bad-name.ts': `export default { name: 'a b', ${TAIL}\n`,
  'bad-description.ts': "export default { name: 'a', description: '', mode: 'active', decide() {} }\n",
  'bad-mode.ts': "export default { name: 'a', description: 'x', mode: 'activ', decide() {} }\n",
  'no-decide.ts': "export default { name: 'a', description: 'x', mode: 'active' }\n",
  'old.cjs': 'module.exports = {}\n',
  'mean-reversion.ts': readFileSync(join(DOCS, 'mean-reversion.ts'), 'utf8'),
}

interface Loaded {
  readonly name?: string
  readonly description?: string
  readonly created?: unknown
  readonly actions?: unknown
  readonly exitCode?: number
  readonly message?: string
}

let loaded: Record<string, Loaded>

beforeAll(() => {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const script = `
    import { findExperiment } from ${JSON.stringify(PROGRAM)}
    const loaded = {}
    for (const file of ${JSON.stringify(['absent.ts', ...Object.keys(FILES)])}) {
      try {
        const { name, description, create } = await findExperiment('./' + file)
        const created = create({ scenario: 'flash_crash', seed: 7 })
        const actions = created.decide(5, { bid: null, ask: 1000.25 }, {})
        loaded[file] = { name, description, created, actions }
      } catch ({ exitCode, message, stack }) {
        loaded[file] = { exitCode, message: exitCode === undefined ? stack : message }
      }
    }
    console.log(JSON.stringify(loaded))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder })
  loaded = JSON.parse(output.toString('utf8')) as Record<string, Loaded>
})

test('a strategy is written in TypeScript, with packages and files beside it', () => {
  expect(loaded['typed.ts']).toMatchObject({
    name: 'typed',
    description: 'lot 100, 2, 3',
    actions: [{ kind: 'order', side: 'BUY', price: 1000.25, qty: 105 }],
  })
  expect(loaded['plain.mjs']).toMatchObject({ name: 'plain-1', actions: [] })
})

test('a function makes the strategy of each run', () => {
  expect(loaded['factory.mjs']).toMatchObject({ created: { orders: ['flash_crash', 7] } })
})

test.each([
  ['types.ts', 'cannot load ./types.ts: FOLDER/types.ts:3: SyntaxError: Unexpected token `=`'],
  [
    'enum.ts',
    'cannot load ./enum.ts: FOLDER/enum.ts:1: SyntaxError: TypeScript enum is not supported in strip-only mode',
  ],
  ['syntax.mjs', 'cannot load ./syntax.mjs: FOLDER/syntax.mjs:2: SyntaxError: Expression expected'],
  [
    'neighbour-broken.ts',
    'cannot load ./neighbour-broken.ts: FOLDER/types.ts:3: SyntaxError: Unexpected token',
  ],
  [
    'no-package.ts',
    "cannot load ./no-package.ts: FOLDER/no-package.ts:3: Error: Cannot find package 'not-installed'",
  ],
  ['no-neighbour.ts', "cannot load ./no-neighbour.ts: FOLDER/no-neighbour.ts:2: Error: Cannot find module '"],
  ['type-as-value.ts', 'FOLDER/type-as-value.ts:1: SyntaxError: The requested module'],
  ['type-as-value.ts', ' (a type is imported with import type)'],
  ['throws.ts', 'cannot load ./throws.ts: FOLDER/throws.ts:2: TypeError: no'],
  ['throws-a-number.mjs', 'cannot load ./throws-a-number.mjs: threw 3'],
  [
    'factory-throws.mjs',
    './factory-throws.mjs: its function threw FOLDER/factory-throws.mjs:3: Error: from a package',
  ],
  [
    'no-default.ts',
    './no-default.ts has no default export (it exports decide, name): write export default {',
  ],
  [
    'a-number.ts',
    './a-number.ts: its default export is no strategy: give an object with name, description, mode',
  ],
  [
    'a-class.ts',
    './a-class.ts exports a class: export a function that makes one, such as export default () => new',
  ],
  ['async.ts', './async.ts: its function is async: give the strategy itself, not a promise of it'],
  ['built-in.ts', './built-in.ts: an experiment named passive comes with the program: take another name'],
  ['bad-name.ts', './bad-name.ts: name is "a b": write 1 to 64 letters, digits, _ or -'],
  ['bad-description.ts', './bad-description.ts: description must be one line of 1 to 200 characters'],
  ['bad-mode.ts', './bad-mode.ts: mode is "activ": write active, or passive if it never sends an order'],
  ['no-decide.ts', './no-decide.ts: decide must be a function (step, market, state) => actions'],
  [
    'changing.mjs',
    './changing.mjs: the function made run0 (active) before, and run1 (active) now: give each run the',
  ],
  ['absent.ts', 'cannot read the strategy ./absent.ts: there is no such file'],
])('%s is refused with one line: %s', (file, message) => {
  expect(loaded[file]?.message).toContain(message.replaceAll('FOLDER', folder))
  expect(loaded[file]?.message).not.toContain('\n')
  expect(loaded[file]?.exitCode).toBe(78)
})

test('the example of the page is checked by the compiler, printed whole, and loads', () => {
  const checked = readFileSync(resolve(import.meta.dirname, 'mean-reversion.ts'), 'utf8')
  const example = checked.replace("'../../../src/index.ts'", "'optionlake'")
  expect(readFileSync(join(DOCS, 'mean-reversion.ts'), 'utf8')).toBe(example)
  expect(readFileSync(join(DOCS, 'experiments.md'), 'utf8')).toContain(`\`\`\`ts\n${example}\`\`\``)
  expect(loaded['mean-reversion.ts']).toMatchObject({ name: 'mean_reversion', actions: [] })
})

test('only modules are strategies', () => {
  expect(loaded['old.cjs']).toEqual({
    exitCode: 64,
    message: './old.cjs: a strategy is a module: name it .ts, .js or .mjs',
  })
})
