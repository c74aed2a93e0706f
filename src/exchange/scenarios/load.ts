import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { EXIT, Failure } from '../../process/failure.ts'
import { suggest } from '../../process/suggest.ts'
import { type Scenario, scenarioSchema } from './schema.ts'

/** The scenarios that come with the program, by the names of the framework that the experiments come from. */
export const BUILT_IN_SCENARIOS = [
  'normal_market',
  'flash_crash',
  'mini_flash_crash',
  'stressed_market',
  'hft_dominated',
] as const

/**
 * A built-in scenario by its name, or a file by its path (anything with a `/` or that ends in `.json`). Throws a
 * configuration failure that names the file, the key, the value and what is legal.
 */
export function loadScenario(nameOrPath: string): Scenario {
  const isBuiltIn = (BUILT_IN_SCENARIOS as readonly string[]).includes(nameOrPath)
  if (!isBuiltIn && !/[/\\]|\.json$/.test(nameOrPath)) {
    throw new Failure(
      EXIT.usage,
      `unknown scenario ${nameOrPath}; did you mean ${suggest(nameOrPath, BUILT_IN_SCENARIOS)}? Known: ${BUILT_IN_SCENARIOS.join(', ')}, or the path of a .json file`,
    )
  }
  return readScenario(isBuiltIn ? join(import.meta.dirname, 'built-in', `${nameOrPath}.json`) : nameOrPath)
}

function readScenario(file: string): Scenario {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure(EXIT.configuration, `cannot read the scenario ${file}: ${(error as Error).message}`)
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new Failure(EXIT.configuration, `${file} is not JSON: ${(error as Error).message}`)
  }
  return parseScenario(document, file)
}

/** Checks a scenario that is already in memory. @param source names it in messages. */
export function parseScenario(document: unknown, source: string): Scenario {
  const parsed = scenarioSchema.safeParse(document)
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  // A mistyped key is also missing under its right name; the typing error is what the user can see.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  throw new Failure(EXIT.configuration, `${source}: ${explain(issue as z.core.$ZodIssue, document)}`)
}

function explain(issue: z.core.$ZodIssue, document: unknown): string {
  const path = issue.path.map(String)
  const value = path.reduce<unknown>((inner, part) => (inner as Record<string, unknown>)?.[part], document)
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] as string
    const known = knownKeys(scenarioSchema, path, document)
    return `unknown key ${[...path, key].join('.')}; did you mean ${suggest(key, known)}? Known here: ${known.join(', ')}`
  }
  if (path.length === 0) return `must hold one JSON object, not ${preview(document)}`
  return `${path.join('.')} is ${preview(value)}: ${legalOf(issue)}`
}

/** What an issue says is legal, in the words of our own messages. */
function legalOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}`
  const isNumber = 'origin' in issue && (issue.origin === 'number' || issue.origin === 'int')
  if (issue.code === 'too_small' && isNumber) {
    return issue.inclusive ? `must be ${issue.minimum} or more` : `must be above ${issue.minimum}`
  }
  if (issue.code === 'too_big' && isNumber) {
    return issue.inclusive ? `must be ${issue.maximum} or less` : `must be below ${issue.maximum}`
  }
  return issue.message
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  array: 'a list',
  object: 'an object',
}

/** The keys that the schema has at a path of the document. */
function knownKeys(schema: z.core.$ZodType, path: readonly string[], document: unknown): string[] {
  const inner = unwrap(schema, document)
  if (!(inner instanceof z.ZodObject)) {
    const [index, ...rest] = path
    if (!(inner instanceof z.ZodArray) || index === undefined) return []
    return knownKeys(inner.element, rest, (document as unknown[])[Number(index)])
  }
  const [key, ...rest] = path
  if (key === undefined) return Object.keys(inner.shape)
  return knownKeys(inner.shape[key] as z.core.$ZodType, rest, (document as Record<string, unknown>)[key])
}

/** Without defaults, and of a union the member that the document names by its type or kind. */
function unwrap(schema: z.core.$ZodType, document: unknown): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrap(schema.unwrap(), document)
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema
  const member = schema.options.find(
    (option) =>
      option instanceof z.ZodObject &&
      Object.entries(option.shape).some(
        ([key, literal]) =>
          literal instanceof z.ZodLiteral && literal.value === (document as Record<string, unknown>)[key],
      ),
  )
  return member ?? schema
}

function preview(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
