import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect } from 'vitest'
import { schemaFileName } from '../../scripts/docs/command-schema-files.ts'

const SCHEMAS = resolve(import.meta.dirname, '../../config/schemas')

const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true, verbose: true })
addFormats.default(ajv)
const known = new Map<string, ValidateFunction>()

/** Fails unless every line is JSON that follows the published schema of a command. */
export function expectToFollow(command: string, output: string): void {
  const lines = output.split('\n').filter((line) => line !== '')
  expect(lines, `${command} printed nothing`).not.toHaveLength(0)
  for (const line of lines) {
    const answer: unknown = JSON.parse(line)
    expect(faultsOf(command, answer), command).toEqual([])
    expect(epochsIn(answer), command).toEqual([])
  }
}

function faultsOf(command: string, answer: unknown): string[] {
  const validate = known.get(command) ?? ajv.compile(publishedSchema(command) as object)
  known.set(command, validate)
  if (validate(answer)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

/** The schema of a command as users get it. */
export function publishedSchema(command: string): unknown {
  return JSON.parse(readFileSync(join(SCHEMAS, schemaFileName(command)), 'utf8'))
}

/** Paths of numbers that can only be times in milliseconds, of the years 2001 to 2065. */
function epochsIn(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return value > 1e12 && value < 3e12 && Number.isInteger(value) ? [path] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => epochsIn(inner, `${path}/${name}`))
}
