import { existsSync } from 'node:fs'
import { register } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EXIT, Failure } from '../../process/failure.ts'
import { suggest } from '../../process/suggest.ts'
import { BUILT_IN_STRATEGIES } from './built-in.ts'
import type { Strategy, StrategyFactory, StrategyRun } from './strategy.ts'
import { syntaxProblem } from './syntax-problem.ts'
import { describeThrown } from './thrown.ts'

/** A strategy by its name or file, of which each run has one of its own. */
export interface Experiment {
  readonly name: string
  readonly description: string
  readonly mode: 'passive' | 'active'
  /** The user's file as it was named; null for one that comes with the program. */
  readonly file: string | null
  /** @throws Failure when a user's function throws, or makes a strategy other than before. */
  create(run: StrategyRun): Strategy
}

export const BUILT_IN_EXPERIMENTS: readonly Experiment[] = BUILT_IN_STRATEGIES.map((strategy) => {
  const { name, description, mode } = strategy
  return { name, description, mode, file: null, create: () => strategy }
})

/** Whether the text names a file, and not an experiment that comes with the program. */
export function isStrategyFile(nameOrPath: string): boolean {
  return /[/\\]|\.(?:m?[jt]s|c[jt]s)$/.test(nameOrPath)
}

/**
 * An experiment by its name, or that of a user's file by its path (anything with a `/`, or that ends in .ts, .js or .mjs).
 * @throws Failure that lists the legal names, or that has file and line of what is wrong in the file.
 */
export async function findExperiment(nameOrPath: string): Promise<Experiment> {
  if (isStrategyFile(nameOrPath)) return loadExperiment(nameOrPath)
  const found = BUILT_IN_EXPERIMENTS.find(({ name }) => name === nameOrPath)
  if (found) return found
  const names = BUILT_IN_EXPERIMENTS.map(({ name }) => name)
  throw new Failure(
    EXIT.usage,
    `unknown experiment ${nameOrPath}; did you mean ${suggest(nameOrPath, names)}? Known: ${names.join(', ')}, or the path of a .ts, .js or .mjs file`,
  )
}

async function loadExperiment(file: string): Promise<Experiment> {
  const exported = await importDefault(file)
  const make: StrategyFactory =
    typeof exported === 'function' ? (run) => callFactory(file, exported, run) : () => exported as Strategy
  // What a list shows is the same in each run, which `create` checks.
  const { name, description, mode } = checked(file, make({ scenario: 'normal_market', seed: null }))
  if (BUILT_IN_EXPERIMENTS.some((one) => one.name === name)) {
    throw new Failure(
      EXIT.configuration,
      `${file}: an experiment named ${name} comes with the program: take another name`,
    )
  }
  const create = (run: StrategyRun) => {
    const made = checked(file, make(run))
    if (made.name === name && made.mode === mode) return made
    throw new Failure(
      EXIT.configuration,
      `${file}: the function made ${name} (${mode}) before, and ${made.name} (${made.mode}) now: give each run the same`,
    )
  }
  return { name, description, mode, file, create }
}

async function importDefault(file: string): Promise<unknown> {
  if (/\.c[jt]s$/.test(file)) {
    throw new Failure(EXIT.usage, `${file}: a strategy is a module: name it .ts, .js or .mjs`)
  }
  if (!existsSync(file)) {
    throw new Failure(EXIT.configuration, `cannot read the strategy ${file}: there is no such file`)
  }
  let module: { readonly default?: unknown }
  try {
    registerTypeScript()
    module = await import(pathToFileURL(resolve(file)).href)
  } catch (thrown) {
    const error = await withPlace(thrown, file)
    throw new Failure(
      EXIT.configuration,
      `cannot load ${file}: ${describeThrown(error)}${hintFor(error, file)}`,
      error,
    )
  }
  if (module.default !== undefined) return module.default
  const named = Object.keys(module).join(', ') || 'nothing'
  throw new Failure(
    EXIT.configuration,
    `${file} has no default export (it exports ${named}): write export default { name, description, mode, decide }`,
  )
}

let hooksAreRegistered = false

/** Lets Node import TypeScript; from its own sources this program runs in the test runner, which reads it itself. */
function registerTypeScript(): void {
  if (hooksAreRegistered || import.meta.url.endsWith('.ts')) return
  register('./typescript-hooks.js', import.meta.url)
  hooksAreRegistered = true
}

/** Node keeps the place of a syntax error of JavaScript to itself; the parser of the types names it. */
async function withPlace(thrown: unknown, file: string): Promise<unknown> {
  if (!(thrown instanceof SyntaxError) || !/\.m?js$/.test(file)) return thrown
  const problem = await syntaxProblem(file)
  return problem ?? thrown
}

function hintFor(error: unknown, file: string): string {
  const message = error instanceof Error ? error.message : ''
  if (/\.m?ts$/.test(file) && /does not provide an export named/.test(message)) {
    return ' (a type is imported with import type)'
  }
  if (/\.js$/.test(file) && /import statement outside a module|Unexpected token 'export'/.test(message)) {
    return ' (name the file .mjs, or write "type": "module" into its package.json)'
  }
  return ''
}

function callFactory(file: string, factory: unknown, run: StrategyRun): Strategy {
  if (/^class\b/.test(Function.prototype.toString.call(factory))) {
    throw new Failure(
      EXIT.configuration,
      `${file} exports a class: export a function that makes one, such as export default () => new MyStrategy()`,
    )
  }
  try {
    return (factory as StrategyFactory)(run)
  } catch (error) {
    throw new Failure(EXIT.configuration, `${file}: its function threw ${describeThrown(error)}`, error)
  }
}

function checked(file: string, value: unknown): Strategy {
  const wrong = (problem: string) => new Failure(EXIT.configuration, `${file}: ${problem}`)
  if (typeof value !== 'object' || value === null) {
    throw wrong(`its default export is no strategy: give an object with name, description, mode and decide`)
  }
  if (value instanceof Promise)
    throw wrong('its function is async: give the strategy itself, not a promise of it')
  const { name, description, mode, decide } = value as Record<keyof Strategy, unknown>
  if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw wrong(`name is ${JSON.stringify(name)}: write 1 to 64 letters, digits, _ or -`)
  }
  if (typeof description !== 'string' || !/^[^\n\r]{1,200}$/.test(description)) {
    throw wrong('description must be one line of 1 to 200 characters')
  }
  if (mode !== 'passive' && mode !== 'active') {
    throw wrong(`mode is ${JSON.stringify(mode)}: write active, or passive if it never sends an order`)
  }
  if (typeof decide !== 'function') throw wrong('decide must be a function (step, market, state) => actions')
  return value as Strategy
}
