import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { expect, test } from 'vitest'
import { hideArrowSchema } from '../../../src/lake/engines/arrow-schema.ts'
import { storeLedger } from '../../../src/lake/tables/ledger.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { filesBelow, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, slotOf } from '../slots.ts'

test('no data file has a schema in Arrow types, which pyarrow would prefer and could not filter', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(30) }))
  await append(lake, slotOf({ SPY: chain(30) }, after(1)))
  await compact(lake, { scope: { kind: 'all' } })
  await storeLedger(lake)
  const files = filesBelow(lake.layout.root).filter((path) => /\/symbol=|\/date=/.test(path))
  expect(files).toHaveLength(4)
  const keys = files.map((path) => keysOf(join(lake.layout.root, path)))
  expect(keys).toEqual(Array.from({ length: 4 }, () => ['arrow_schema']))
})

test('a file without the schema stays as it is, complete or not', async () => {
  const path = join(temporaryFolder(), 'file')
  for (const bytes of [
    Buffer.from('ARROW:schema'),
    Buffer.alloc(0),
    Buffer.from('PAR1ARROW:schema\0\0\0\0PAR1'),
  ]) {
    writeFileSync(path, bytes)
    await hideArrowSchema(path)
    expect(readFileSync(path)).toEqual(bytes)
  }
})

function keysOf(path: string): string[] {
  const bytes = new Uint8Array(readFileSync(path))
  return (parquetMetadata(bytes.buffer).key_value_metadata ?? []).map(({ key }) => key)
}
