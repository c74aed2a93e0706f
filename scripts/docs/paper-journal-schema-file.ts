import { journalJsonSchema } from '../../src/paper/journal/events.ts'

/** The file config/paper-journal.schema.json. */
export function paperJournalSchemaFile(): string {
  return `${JSON.stringify(journalJsonSchema(), null, 2)}\n`
}
