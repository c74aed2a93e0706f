import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { analyticsOptions } from './analytics/options.ts'
import { universeOptions } from './chain/universe.ts'
import { EXIT, Failure } from './failure.ts'
import { breakerOptions } from './gateway/breaker.ts'
import { keeperOptions } from './gateway/keeper-options.ts'
import { type GatewayOptions, gatewayOptions } from './gateway/options.ts'
import { harvestOptions } from './harvest/options.ts'
import { estimateCycle } from './harvest/plan.ts'
import { httpOptions } from './serve/options.ts'
import { simulatorOptions } from './simulator/options.ts'

/** Against a real gateway: under IB's 50 messages a second and 100 lines by default, because other programs share them. */
const REAL_GATEWAY = { messagesPerSecond: 45, lines: 100 }

const symbol = z.string().regex(/^[A-Z][A-Z0-9.]{0,9}$/, 'must be a symbol in capital letters, such as SPY')

const sections = z.strictObject({
  symbols: z
    .array(symbol)
    .min(1)
    .max(20)
    .refine((all) => new Set(all).size === all.length, 'must not name a symbol twice')
    .default(['SPY', 'QQQ', 'IWM'])
    .describe('Underlyings whose chains are collected.'),
  clock: z
    .enum(['system', 'gateway'])
    .default('system')
    .describe("Where the time comes from: this machine, or the gateway's answer when the session opens."),
  lake: z
    .strictObject({
      folder: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe(
          'Folder of the lake; null: lake/ib for a real gateway, lake/simulated for the simulator (lake/simulated-seed-2 and so on for other seeds).',
        ),
    })
    .prefault({}),
  gateway: gatewayOptions
    .extend({
      host: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe('Machine on which TWS or IB Gateway runs; null: the embedded simulator.'),
      messagesPerSecond: z
        .int()
        .min(1)
        .max(100_000)
        .nullable()
        .default(null)
        .describe("Messages in any one second; null: 45, or the embedded simulator's own limit."),
      lines: z
        .int()
        .min(4)
        .max(100_000)
        .nullable()
        .default(null)
        .describe("Market-data lines in use at once; null: 100, or the embedded simulator's own limit."),
    })
    .prefault({}),
  keeper: keeperOptions.prefault({}),
  breaker: breakerOptions.prefault({}),
  universe: universeOptions.prefault({}),
  harvest: harvestOptions.prefault({}),
  analytics: analyticsOptions.prefault({}),
  http: httpOptions.prefault({}),
  simulator: simulatorOptions
    .omit({ port: true })
    .extend({
      seed: z.int().min(0).max(2_147_483_647).default(1).describe('Seed of the synthetic market.'),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
        .default('warn')
        .describe('Least severe level that is written to standard error.'),
    })
    .prefault({}),
})

const schema = sections.superRefine((config, context) => {
  const { universe, harvest } = config
  const contradiction = (path: string[], message: string) =>
    context.addIssue({ code: 'custom', path, message })
  if (harvest.greeksWaitMs > harvest.timeoutMs) {
    contradiction(
      ['harvest', 'greeksWaitMs'],
      `must not exceed harvest.timeoutMs, which is ${harvest.timeoutMs}`,
    )
  }
  if (harvest.deadlineMarginSeconds * 2 > harvest.intervalSeconds) {
    contradiction(
      ['harvest', 'deadlineMarginSeconds'],
      `must leave at least half of harvest.intervalSeconds, which is ${harvest.intervalSeconds}`,
    )
  }
  const lines = config.gateway.lines ?? (config.gateway.host === null ? config.simulator.lines : null)
  // One for each underlying, the VIX and the canary, and one to work with.
  if (lines !== null && lines < config.symbols.length + 3) {
    const key = config.gateway.lines === null ? 'simulator' : 'gateway'
    contradiction(
      [key, 'lines'],
      `must be at least ${config.symbols.length + 3} for ${config.symbols.length} symbols`,
    )
  }
  const { maxContracts, least, perSecond, seconds } = roomOf(config)
  if (maxContracts < least) {
    contradiction(
      ['harvest', 'intervalSeconds'],
      `${seconds} s at ${perSecond} messages/s hold ${maxContracts} contracts, and ${config.symbols.length} symbols need ${least} at the least: lengthen it, or name fewer symbols`,
    )
  }
  if (universe.minStrikeWindowFraction > universe.strikeWindowFraction) {
    contradiction(
      ['universe', 'minStrikeWindowFraction'],
      `must not exceed universe.strikeWindowFraction, which is ${universe.strikeWindowFraction}`,
    )
  }
})

/** One short chain: with less than this a symbol's cycle is not worth its slot. */
const LEAST_CONTRACTS = 200

/** What the planner says of a cycle under these settings, before any chain is known. */
function roomOf(config: Pick<z.output<typeof sections>, 'symbols' | 'gateway' | 'harvest' | 'simulator'>) {
  const { gateway, harvest, simulator } = config
  const limits = gateway.host === null ? simulator : REAL_GATEWAY
  const wire = {
    messagesPerSecond: gateway.messagesPerSecond ?? limits.messagesPerSecond,
    lines: gateway.lines ?? limits.lines,
    dwellSeconds: harvest.expectedDwellMs / 1_000,
    tailSeconds: harvest.timeoutMs / 1_000,
  }
  const seconds = harvest.intervalSeconds - harvest.deadlineMarginSeconds
  const { maxContracts } = estimateCycle(0, wire, seconds)
  return {
    maxContracts,
    least: LEAST_CONTRACTS * config.symbols.length,
    perSecond: wire.messagesPerSecond,
    seconds,
  }
}

export type Config = Readonly<z.output<typeof schema>>

/** A value that overrides the file's: `source` is how the user gave it, for the message when it is not legal. */
export interface Override {
  readonly source: string
  readonly path: readonly string[]
  readonly value: unknown
}

export const CONFIG_VARIABLE = 'OPTIONLAKE_CONFIG'
const VARIABLE_PREFIX = 'OPTIONLAKE_'

/**
 * The configuration: defaults, then the file, then the environment, then the command line. Anything unknown, illegal
 * or contradictory is a configuration failure that names the key, the value and what is legal.
 */
export function loadConfig(
  file: string | null,
  environment: Readonly<Record<string, string | undefined>>,
  overrides: readonly Override[] = [],
): Config {
  const document = file === null ? {} : readDocument(file)
  const all = [...overridesFrom(environment), ...overrides]
  for (const { path, value } of all) assign(document, path, value)
  const parsed = schema.safeParse(document)
  if (parsed.success) return deepFreeze(parsed.data)
  const [issue] = parsed.error.issues
  throw new Failure(
    EXIT.configuration,
    explain(issue as z.core.$ZodIssue, { file, overrides: all, document }),
  )
}

/** The options of the session: those given, else the simulator's limits or the customary ones of a real gateway. */
export function gatewayOptionsOf(
  config: Config,
  address: { host: string; port: number },
  limits: { messagesPerSecond: number; lines: number } = REAL_GATEWAY,
): GatewayOptions {
  return {
    ...config.gateway,
    ...address,
    messagesPerSecond: config.gateway.messagesPerSecond ?? limits.messagesPerSecond,
    lines: config.gateway.lines ?? limits.lines,
  }
}

/** Every key with its default and meaning, for the documentation. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(schema, { io: 'input' })
}

type Document = Record<string, unknown>

function readDocument(file: string): Document {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure(
      EXIT.configuration,
      `cannot read the configuration ${file}: ${(error as Error).message}`,
    )
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new Failure(EXIT.configuration, `${file} is not JSON: ${(error as Error).message}`)
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new Failure(EXIT.configuration, `${file} must hold one JSON object, not ${shown(document)}`)
  }
  return document as Document
}

/** `OPTIONLAKE_GATEWAY_PORT=4002` is `gateway.port`; a value that is no JSON is a string, symbols are SPY,QQQ. */
function overridesFrom(environment: Readonly<Record<string, string | undefined>>): Override[] {
  const names = new Map(keyPaths().map((path) => [variableName(path), path]))
  return Object.entries(environment).flatMap(([name, text]) => {
    if (!name.startsWith(VARIABLE_PREFIX) || name === CONFIG_VARIABLE || text === undefined) return []
    const path = names.get(name)
    if (!path) {
      throw new Failure(
        EXIT.configuration,
        `the environment variable ${name} is none of ours; did you mean ${closest(name, [...names.keys()])}?`,
      )
    }
    const value = isText(path) ? text : isList(path, text) ? text.split(',') : parsedOrText(text)
    return [{ source: name, path, value }]
  })
}

/** Names of folders and machines are texts, also where they look like numbers. */
function isText(path: readonly string[]): boolean {
  return ['folder', 'host'].includes(path.at(-1) as string)
}

function isList(path: readonly string[], text: string): boolean {
  return path[0] === 'symbols' && !text.startsWith('[')
}

/** The environment variable of a key. */
export function variableName(path: readonly string[]): string {
  return (
    VARIABLE_PREFIX +
    path.map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')
  )
}

function keyPaths(): string[][] {
  const sections: Record<string, z.ZodType> = schema.shape
  return Object.entries(sections).flatMap(([key, value]) => {
    const inner = value instanceof z.ZodPrefault ? value.unwrap() : value
    return inner instanceof z.ZodObject ? Object.keys(inner.shape).map((name) => [key, name]) : [[key]]
  })
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function assign(document: Document, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path as [string, ...string[]]
  if (rest.length === 0) document[head] = value
  else {
    const inner = document[head]
    if (inner === undefined) document[head] = {}
    if (typeof document[head] === 'object' && document[head] !== null)
      assign(document[head] as Document, rest, value)
  }
}

function explain(
  issue: z.core.$ZodIssue,
  given: { file: string | null; overrides: readonly Override[]; document: Document },
): string {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const known = keyPaths().filter((key) => path.every((part, at) => key[at] === part))
    const names = [...new Set(known.map((key) => key[path.length] as string))]
    const key = issue.keys[0] as string
    return `${given.file ?? 'configuration'}: unknown key ${[...path, key].join('.')}; did you mean ${closest(key, names)}? Known here: ${names.join(', ')}`
  }
  const source = given.overrides.findLast((one) => one.path.every((part, at) => path[at] === part))?.source
  const value = path.reduce<unknown>((inner, part) => (inner as Document | undefined)?.[part], given.document)
  const where = source ?? given.file ?? 'configuration'
  return `${where}: ${path.join('.')} is ${shown(value)}: ${issue.message}`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** The legal name that is the fewest typing errors away. */
function closest(written: string, names: readonly string[]): string {
  const errors = new Map(names.map((name) => [name, typingErrors(written.toLowerCase(), name.toLowerCase())]))
  return [...names].sort((a, b) => (errors.get(a) as number) - (errors.get(b) as number))[0] ?? ''
}

/** Letters to add, drop, change or swap with the next (optimal string alignment distance). */
function typingErrors(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      ;(rows[i] as number[])[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + same,
        swapped,
      )
    }
  }
  return at(a.length, b.length)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
