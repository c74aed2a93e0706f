import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { manifestPath } from './run-files.ts'
import { stepRecordSchema } from './step-record.ts'
import { writeTextAtomically } from './write-atomically.ts'

const endedSchema = z.object({
  ended_at: z.string().describe('Wall clock, ISO 8601, UTC.'),
  reason: z.string().describe('One line: why the run ended.'),
  steps: z.int().describe('Steps that the run lasted: the step of its last record.'),
  file: z
    .object({ bytes: z.int(), records: z.int(), sha256: z.string() })
    .describe('The file of step records as it was closed.'),
  late_fills: stepRecordSchema.shape.fills.describe(
    'Fills that came after the last record; no record has them.',
  ),
  fill_attribution: z
    .enum(['exact', 'as_read'])
    .optional()
    .describe('exact: each fill is in the record of its own step; as_read: in that one or a later one.'),
})

/** How a run ended; `running` when it has not, or when its process died. */
const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('running') }),
  endedSchema.extend({ kind: z.literal('complete') }),
  endedSchema.extend({ kind: z.literal('limit').describe('The venue or the rules ended it at a limit.') }),
  endedSchema.extend({ kind: z.literal('blow_up').describe('It broke a rule of the venue.') }),
  endedSchema.extend({ kind: z.literal('cut').describe('The connection or the venue ended.') }),
  endedSchema.extend({ kind: z.literal('strategy_failed').describe('It threw, or gave what is no action.') }),
  endedSchema.extend({ kind: z.literal('strategy_too_slow') }),
  endedSchema.extend({ kind: z.literal('stopped').describe('By the user.') }),
  endedSchema.extend({ kind: z.literal('failed').describe('Anything else; the reason says what.') }),
])

/** What a run was made of and how it ended, beside its step records. */
export const manifestSchema = z.object({
  format: z.literal('optionlake.experiment-run'),
  format_version: z.literal(1),
  optionlake_version: z.string(),
  records: z.string().describe('Name of the file of step records, in the same folder.'),
  scenario: z.string(),
  scenario_sha256: z
    .string()
    .nullable()
    .describe('Of the scenario as canonical JSON; null for a foreign one.'),
  experiment: z.string(),
  mode: z.enum(['passive', 'active']),
  strategy: z
    .object({ description: z.string(), file: z.string().nullable(), file_sha256: z.string().nullable() })
    .describe('`file` is null for a built-in experiment.'),
  run_id: z.string(),
  seed: z.int().nullable().describe('Null where the venue has none.'),
  agent_seeds: z.string().nullable().describe('What the draws of each agent derive from; null if unknown.'),
  rules: z.enum(['research', 'original']),
  host: z
    .object({
      kind: z.enum(['embedded', 'exchange', 'tws']),
      address: z.string().nullable().describe('HOST:PORT; null for the embedded exchange.'),
      secure: z.boolean(),
    })
    .describe('The venue.'),
  configuration: z.record(z.string(), z.json()).describe('Settings of the run, without secrets.'),
  planned_steps: z.int().nullable(),
  started_at: z.string().describe('Wall clock, ISO 8601, UTC.'),
  outcome: outcomeSchema,
})

export type Manifest = z.output<typeof manifestSchema>
export type ManifestOutcome = Manifest['outcome']

/** JSON Schema of a manifest: config/run-manifest.schema.json. */
export function manifestJsonSchema(): unknown {
  return z.toJSONSchema(manifestSchema)
}

/**
 * Writes the manifest of a file of step records: completely or not at all, and flushed. Once with the outcome `running`
 * before the first record, and again at the end.
 * @throws Failure EXIT.cannotCreate or EXIT.io; nothing half-written is left.
 */
export function writeManifest(recordsPath: string, manifest: Manifest): void {
  const text = JSON.stringify(manifestSchema.parse(manifest), null, 2)
  writeTextAtomically(manifestPath(recordsPath), `${text}\n`)
}

/** A manifest, or why there is none: the files of the original framework have none. */
export type ManifestReading =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged'; readonly reason: string }

export function readManifest(recordsPath: string): ManifestReading {
  const path = manifestPath(recordsPath)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? { kind: 'absent' } : { kind: 'damaged', reason: message }
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    return { kind: 'damaged', reason: (error as Error).message }
  }
  const parsed = manifestSchema.safeParse(document)
  if (parsed.success) return { kind: 'manifest', manifest: parsed.data }
  const issue = parsed.error.issues[0]
  return { kind: 'damaged', reason: `${issue?.path.join('.')}: ${issue?.message}` }
}

/** What a reader of the step records should know from the manifest; null if nothing. @param bytes of the records now. */
export function manifestWarning(reading: ManifestReading, bytes: number): string | null {
  if (reading.kind === 'absent') return null
  if (reading.kind === 'damaged') return `its manifest is damaged: ${reading.reason}`
  const { outcome } = reading.manifest
  if (outcome.kind === 'running') return 'its manifest says running: the run goes on, or its process died'
  if (outcome.file.bytes === bytes) return null
  return `it has ${bytes} bytes, and had ${outcome.file.bytes} when the run ended: it was changed since`
}
