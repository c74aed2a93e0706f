import { z } from 'zod'
import { COMMAND_SCHEMAS, type CommandSchema, ERROR_SCHEMA } from './command-schemas.ts'

/** The name of a command's file below config/schemas. */
export function schemaFileName(command: string): string {
  return `${command.replaceAll(' ', '-')}.schema.json`
}

/** The files of config/schemas by name: what each command prints with --json, and failures. */
export function commandSchemaFiles(): ReadonlyMap<string, string> {
  return new Map(
    [...COMMAND_SCHEMAS, ERROR_SCHEMA].map((one) => [
      schemaFileName(one.command),
      `${JSON.stringify(commandJsonSchema(one), null, 2)}\n`,
    ]),
  )
}

function commandJsonSchema(one: CommandSchema) {
  const { command, description, lines } = one
  const [first, ...others] = lines.map(({ title, schema }) =>
    lines.length > 1 ? schema.meta({ title }) : schema,
  )
  const whole = others.length === 0 ? (first as z.ZodType) : z.union([first as z.ZodType, ...others])
  const { $schema, ...body } = z.toJSONSchema(whole, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => simplify(jsonSchema),
  })
  const title = one === ERROR_SCHEMA ? 'A failure of a command with --json' : `optionlake ${command} --json`
  return { $schema, $id: schemaFileName(command), title, description, ...withoutDescription(body) }
}

/** That of the catalogue comes first in the file. */
function withoutDescription<Body extends { description?: unknown; title?: unknown }>(body: Body) {
  const { description: _, title: __, ...others } = body
  return others
}

/** Leaves out what says nothing to a reader: the bounds of whole numbers that JavaScript can hold, and Zod's ids. */
function simplify(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.prefixItems && schema.minItems === undefined) {
    schema.minItems = schema.prefixItems.length
    schema.items = false
  }
  delete schema.id
}
