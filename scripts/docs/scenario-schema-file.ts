import { scenarioJsonSchema } from '../../src/exchange/scenarios/schema.ts'

/** The file config/scenario.schema.json. */
export function scenarioSchemaFile(): string {
  return `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`
}
