import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { commandSchemaFiles, schemaFileName } from '../../scripts/docs/command-schema-files.ts'
import { COMMAND_SCHEMAS, WITHOUT_JSON } from '../../scripts/docs/command-schemas.ts'
import { jsonPage } from '../../scripts/docs/json-page.ts'
import { createProgram } from '../../src/commands/program.ts'

const root = resolve(import.meta.dirname, '../..')
const files = commandSchemaFiles()

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly description?: string
  readonly $ref?: string
  readonly [keyword: string]: unknown
}

test('config/schemas and docs/json.md are what npm run docs writes', () => {
  expect(readdirSync(join(root, 'config/schemas')).sort()).toEqual([...files.keys()].sort())
  for (const [name, text] of files) {
    expect(readFileSync(join(root, 'config/schemas', name), 'utf8'), name).toBe(text)
  }
  expect(readFileSync(join(root, 'docs/json.md'), 'utf8')).toBe(jsonPage())
})

test('every command has a published schema, or a reason why it prints nothing for programs', async () => {
  const program = await createProgram([], 'test', new AbortController().signal)
  const known = new Set([...COMMAND_SCHEMAS.map(({ command }) => command), ...Object.keys(WITHOUT_JSON)])
  const commands = program.commands.flatMap((command) => namesOf(command))
  expect(commands.filter((name) => !known.has(name))).toEqual([])
  expect([...known].filter((name) => !commands.includes(name))).toEqual([])
})

function namesOf(command: Command): string[] {
  const inner = command.commands.filter((one) => one.name() !== 'help')
  return inner.length === 0 ? [command.name()] : inner.map((one) => `${command.name()} ${one.name()}`)
}

test('every field of every schema has a name in snake_case and a description, and no time is a number', () => {
  const faults = COMMAND_SCHEMAS.flatMap(({ command }) => {
    const schema = JSON.parse(files.get(schemaFileName(command)) as string) as Schema
    return fieldsOf(schema).flatMap(({ path, name, field }) => {
      const about = `${command}: ${path}`
      return [
        ...(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name) ? [] : [`${about} is not in snake_case`]),
        ...(isDescribed(field) ? [] : [`${about} has no description`]),
        ...(/(_at|^timestamp|^at|_time)$/.test(name) && isNumber(field) ? [`${about} is a number`] : []),
      ]
    })
  })
  expect(faults).toEqual([])
})

/** A reference leads to a definition with a description; the value of a constant says what it is. */
function isDescribed(field: Schema): boolean {
  return field.description !== undefined || '$ref' in field || 'const' in field
}

function isNumber({ type }: Schema): boolean {
  return type === 'number' || type === 'integer'
}

function fieldsOf(schema: unknown, path = ''): { path: string; name: string; field: Schema }[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([keyword, inner]) => {
    if (keyword === '$defs')
      return Object.entries(inner as object).flatMap(([id, one]) => fieldsOf(one, `${path}/${id}`))
    if (keyword !== 'properties') return fieldsOf(inner, path)
    const fields = Object.entries(inner as Record<string, Schema>)
    return fields.flatMap(([name, field]) => [
      { path: `${path}/${name}`, name, field },
      ...fieldsOf(field, `${path}/${name}`),
    ])
  })
}
