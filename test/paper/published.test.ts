import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { paperJournalSchemaFile } from '../../scripts/docs/paper-journal-schema-file.ts'
import { withPaperSettings } from '../../scripts/docs/paper-settings.ts'
import { journalLine } from '../../src/paper/journal/events.ts'
import { openDesk } from './trading-desk.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

test('the published schema of the journal and the settings of the page are those of the code', () => {
  expect(read('config/paper-journal.schema.json')).toBe(paperJournalSchemaFile())
  const page = read('docs/paper-trader.md')
  expect(withPaperSettings(page)).toBe(page)
})

test('the page names every kind of event', () => {
  const schema = JSON.parse(paperJournalSchemaFile()) as {
    anyOf: { properties: { kind: { const: string } } }[]
  }
  const page = read('docs/paper-trader.md')
  const kinds = schema.anyOf.map(({ properties }) => properties.kind.const)
  expect(kinds.filter((kind) => !page.includes(`\`${kind}\``))).toEqual([])
})

test('every line that a trade writes is read as it was written', async () => {
  const desk = openDesk()
  const trader = await desk.start()
  await desk.cycleAfter(trader, 0)
  desk.gateway.fill()
  desk.market.chain = { width: 9 }
  await desk.cycleAfter(trader, 5)
  await trader.stop('test', 10)
  const lines = desk.lines.map((line) => JSON.parse(line) as unknown)
  expect(lines.map((line) => journalLine.parse(line))).toEqual(lines)
})
