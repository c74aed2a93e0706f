import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { alertKeys } from '../alerts/options.ts'
import type { GatewayOptions } from '../gateway/session/options.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { suggest } from '../process/suggest.ts'
import { CONFIG_VARIABLE, type ConfigFile } from './config-file.ts'
import { type Config, configSchema, REAL_GATEWAY } from './schema.ts'
import { SYMBOL_KEYS } from './symbols.ts'

export type { Config } from './schema.ts'

/** A value that overrides the file's. */
export interface Override {
  /** How the user gave it, such as `--lake`, for messages about it. */
  readonly source: string
  readonly path: readonly string[]
  readonly value: unknown
}

/** The password of `experiment run --host`: no setting, because a setting would be shown with the others. */
export const PASSWORD_VARIABLE = 'OPTIONLAKE_EXCHANGE_PASSWORD'
const VARIABLE_PREFIX = 'OPTIONLAKE_'
/** Variables that are read elsewhere. */
const OTHER_VARIABLES = new Set([CONFIG_VARIABLE, PASSWORD_VARIABLE])

/** Sections by their old names, which work until version 0.3. */
const RENAMED: Readonly<Record<string, string>> = { keeper: 'supervisor' }

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The configuration: defaults, then the file, then the environment, then the command line. Anything unknown, illegal
 * or contradictory is a configuration failure that names the key, the value and the legal values.
 * @param found the file, or its path; the lakes of a path are below the current folder.
 * @param warn gets one line for each old name that is used.
 */
export function loadConfig(
  found: string | ConfigFile | null,
  environment: Environment,
  overrides: readonly Override[] = [],
  warn: (message: string) => void = emitDeprecation,
): Config {
  const { path: file, dataFolder } = typeof found === 'object' && found !== null ? found : plainFile(found)
  const document = file === null ? {} : readDocument(file)
  renameSections(document, file ?? 'configuration', warn)
  if (dataFolder !== null) placeLake(document, dataFolder)
  const all = [...overridesFrom(environment, warn), ...overrides]
  for (const { path, value } of all) assign(document, path, value)
  // Parsed once: zod would take longer to compile its parser than to walk the schema.
  const parsed = configSchema.safeParse(document, { jitless: true })
  if (parsed.success) return deepFreeze(parsed.data)
  const [issue] = parsed.error.issues
  throw new Failure(
    EXIT.configuration,
    explain(issue as z.core.$ZodIssue, { file, overrides: all, document }),
  )
}

/** The options of a session: the configured values, with `limits` where they are null. */
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
  return z.toJSONSchema(configSchema, { io: 'input' })
}

const plainFile = (path: string | null) => ({ path, dataFolder: null })

/** Puts what the file says of the lake below the file's data folder. A value of another type is left to the schema. */
function placeLake(document: Document, dataFolder: string): void {
  document.lake ??= {}
  if (typeof document.lake !== 'object' || document.lake === null) return
  const lake = document.lake as Document
  lake.parentFolder ??= 'lake'
  for (const key of ['folder', 'parentFolder']) {
    const value = lake[key]
    if (typeof value === 'string' && value !== '') lake[key] = resolve(dataFolder, value)
  }
}

function emitDeprecation(message: string): void {
  process.emitWarning(message, 'DeprecationWarning')
}

function renameSections(document: Document, file: string, warn: (message: string) => void): void {
  for (const [oldName, name] of Object.entries(RENAMED)) {
    if (!(oldName in document)) continue
    if (name in document) {
      throw new Failure(
        EXIT.configuration,
        `${file}: ${oldName} is the old name of ${name}, and both are given: move all keys to ${name}`,
      )
    }
    warn(`${file}: ${oldName} is now called ${name}; the old name works until version 0.3`)
    document[name] = document[oldName]
    delete document[oldName]
  }
}

/** The parser's message without the piece of the file that it quotes, which may be a password. */
function withoutExcerpt(message: string): string {
  return message.replace(/, (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/s, '')
}

function whyUnreadable({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'EACCES')
    return 'this user may not: join the group of the file, or name another file with --config'
  return message
}

type Document = Record<string, unknown>

function readDocument(file: string): Document {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure(
      EXIT.configuration,
      `cannot read the configuration ${file}: ${whyUnreadable(error as NodeJS.ErrnoException)}`,
    )
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new Failure(EXIT.configuration, `${file} is not JSON: ${withoutExcerpt((error as Error).message)}`)
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new Failure(EXIT.configuration, `${file} must hold one JSON object, not ${preview(document)}`)
  }
  return document as Document
}

/** `OPTIONLAKE_GATEWAY_PORT=4002` is `gateway.port`. A value that is not JSON is a string; symbols are SPY,QQQ. */
function overridesFrom(environment: Environment, warn: (message: string) => void): Override[] {
  const paths = new Map(keyPaths().map((path) => [variableName(path), path]))
  const renamed = renamedVariables(paths)
  return Object.entries(environment).flatMap(([name, text]) => {
    if (!name.startsWith(VARIABLE_PREFIX) || OTHER_VARIABLES.has(name) || text === undefined) return []
    const current = renamed.get(name) ?? name
    const path = paths.get(current)
    if (!path) {
      throw new Failure(
        EXIT.configuration,
        `unknown environment variable ${name}; did you mean ${suggest(name, [...paths.keys()])}?`,
      )
    }
    if (current !== name) {
      if (environment[current] !== undefined) {
        throw new Failure(
          EXIT.configuration,
          `${name} is the old name of ${current}, and both are given: unset ${name}`,
        )
      }
      warn(`${name} is now called ${current}; the old name works until version 0.3`)
    }
    const value = isText(path) ? text : isList(path, text) ? text.split(',') : parsedOrText(text)
    return [{ source: name, path, value }]
  })
}

/** The current name of each old variable. */
function renamedVariables(paths: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  return new Map(
    Object.entries(RENAMED).flatMap(([oldName, name]) =>
      [...paths]
        .filter(([, [section]]) => section === name)
        .map(([variable, [, ...rest]]) => [variableName([oldName, ...rest]), variable] as const),
    ),
  )
}

/** Names of folders, hosts and senders are strings, even if they look like numbers. */
function isText(path: readonly string[]): boolean {
  return ['folder', 'parentFolder', 'host', 'sender'].includes(path.at(-1) as string)
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
  const sections: Record<string, z.ZodType> = configSchema.shape
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
  const chosen = branchOf(issue)
  if (chosen !== null) return explain(chosen, given)
  if (issue.code === 'unrecognized_keys') {
    const known = keyPaths().filter((key) => path.every((part, at) => key[at] === part))
    const names =
      path[0] === 'symbols'
        ? SYMBOL_KEYS
        : (alertKeys(path) ?? [...new Set(known.map((key) => key[path.length] as string))])
    const key = issue.keys[0] as string
    return `${given.file ?? 'configuration'}: unknown key ${[...path, key].join('.')}; did you mean ${suggest(key, names)}? Known here: ${names.join(', ')}`
  }
  const source = given.overrides.findLast((one) => one.path.every((part, at) => path[at] === part))?.source
  const value = valueAt(given.document, path)
  const where = source ?? given.file ?? 'configuration'
  const shown = hiddenBecause(path) ?? preview(value)
  return `${where}: ${path.join('.')} is ${shown}: ${issue.message}`
}

/** Why a value is not shown: addresses and arguments of alerts are often as secret as passwords. Null: it may be. */
function hiddenBecause(path: readonly string[]): string | null {
  if (path.includes('participants')) return 'not legal (not shown, because it has passwords)'
  const isReceiver = path[0] === 'alerts' && (path.length === 1 || path[1] === 'receivers')
  return isReceiver ? 'not legal (not shown, because it may have secrets)' : null
}

function valueAt(document: Document, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, part) => (inner as Document | undefined)?.[part], document)
}

/** The fault of a value that may be text or an object, as the form that was written has it; null for any other fault. */
function branchOf(issue: z.core.$ZodIssue): z.core.$ZodIssue | null {
  if (issue.code !== 'invalid_union') return null
  const isOtherForm = ([first]: readonly z.core.$ZodIssue[]) =>
    first?.code === 'invalid_type' && first.path.length === 0
  const [inner] = issue.errors.find((errors) => !isOtherForm(errors)) ?? issue.errors[0] ?? []
  return inner === undefined ? null : { ...inner, path: [...issue.path, ...inner.path] }
}

function preview(value: unknown): string {
  const text = jsonText(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'missing'
  } catch {
    // The parser reads any depth, JSON.stringify does not.
    return 'a value that is nested too deeply'
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
