import { manifestJsonSchema } from '../../src/experiments/files/manifest.ts'
import { stepRecordJsonSchema } from '../../src/experiments/files/step-record.ts'

/** The file config/step-record.schema.json: one line of a run's file. */
export function stepRecordSchemaFile(): string {
  return `${JSON.stringify(stepRecordJsonSchema(), null, 2)}\n`
}

/** The file config/run-manifest.schema.json. */
export function runManifestSchemaFile(): string {
  return `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`
}
