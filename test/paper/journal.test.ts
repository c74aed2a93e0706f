import { appendFileSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { epochMs } from '../../src/market/units.ts'
import type { JournalEvent } from '../../src/paper/journal/events.ts'
import { openJournal } from '../../src/paper/journal/journal.ts'
import { readJournal } from '../../src/paper/journal/read.ts'
import { EXIT } from '../../src/process/failure.ts'

const AT = epochMs(Date.parse('2026-11-18T15:30:20Z'))
const event = (what: string): JournalEvent => ({ kind: 'agrees', position_id: what })
const path = () => join(mkdtempSync(join(tmpdir(), 'optionlake-journal-')), 'deep', 'journal.jsonl')

test('lines are numbered, in the order of the calls, and read again', async () => {
  const file = path()
  const journal = await openJournal(file)
  await Promise.all(['a', 'b', 'c'].map((name) => journal.append(event(name), AT)))
  await journal.close()
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    ['a', 'b', 'c'].map((position_id, at) => ({
      ...{ v: 1, seq: at + 1, at: '2026-11-18T15:30:20.000Z', kind: 'agrees', position_id },
    })),
  )
  const again = await openJournal(file)
  expect((await again.append(event('d'), AT)).seq).toBe(4)
  await again.close()
})

test('a line that was cut off is ended, skipped and counted; nothing is removed', async () => {
  const file = path()
  const journal = await openJournal(file)
  await journal.append(event('a'), AT)
  await journal.close()
  appendFileSync(file, '{"v":1,"seq":2,"at":"2026-11-18T15:3')
  const again = await openJournal(file)
  expect(again.damaged).toBe(1)
  await again.append(event('b'), AT)
  await again.close()
  const seen: string[] = []
  const read = await readJournal(file, (line) => seen.push(line.kind))
  expect(read).toMatchObject({ lines: 2, damaged: 1, endsInLine: true, lastSeq: 2 })
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(4)
})

test('a journal of a later version is refused: its orders would be unknown', async () => {
  const file = path()
  await (await openJournal(file)).close()
  writeFileSync(file, '{"v":2,"seq":1,"at":"2026-11-18T15:30:20.000Z","kind":"agrees","position_id":"a"}\n')
  await expect(openJournal(file)).rejects.toThrow('lines of version 2, and this program reads version 1')
})

test('a second trader is refused while the first one runs', async () => {
  const file = path()
  const journal = await openJournal(file)
  await expect(openJournal(file)).rejects.toMatchObject({ exitCode: EXIT.tryLater })
  await journal.close()
  await (await openJournal(file)).close()
})

test('a second trader is refused by another name of the same file, too', async () => {
  const file = path()
  const journal = await openJournal(file)
  const link = `${file}-link`
  symlinkSync(file, link)
  await expect(openJournal(link)).rejects.toMatchObject({ exitCode: EXIT.tryLater })
  await journal.close()
})

test('once a line could not be written, none is', async () => {
  const journal = await openJournal(path())
  await journal.close()
  await expect(journal.append(event('a'), AT)).rejects.toMatchObject({ exitCode: EXIT.io })
  expect(journal.failure()).not.toBeNull()
  await expect(journal.append(event('b'), AT)).rejects.toThrow('cannot be written')
})

test('a folder that cannot be created is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-journal-'))
  writeFileSync(join(folder, 'file'), '')
  await expect(openJournal(join(folder, 'file', 'journal.jsonl'))).rejects.toMatchObject({
    ...{ exitCode: EXIT.cannotCreate, message: expect.stringContaining('file/journal.jsonl') },
  })
})
