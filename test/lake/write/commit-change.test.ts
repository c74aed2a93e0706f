import { expect, test } from 'vitest'
import { frameOf } from '../../../src/lake/engines/polars.ts'
import { currentState } from '../../../src/lake/open.ts'
import { commitInfo } from '../../../src/lake/tables/commit-info.ts'
import { append } from '../../../src/lake/write/append.ts'
import { commitChange } from '../../../src/lake/write/commit-change.ts'
import { stageFrame } from '../../../src/lake/write/data-file.ts'
import { filesBelow, readingLake, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, SLOT, slotOf } from '../slots.ts'

test.each<[string, Record<string, string>]>([
  ['an empty symbol', { symbol: '', date: DAY }],
  ['no date', { symbol: 'SPY' }],
])('a change that could not be read again, with %s, is refused before its commit', async (_what, values) => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(5) }))
  const before = filesBelow(lake.layout.root)
  const changing = commitChange(lake, {
    table: lake.snapshots,
    what: 'a test',
    prepare: async () => {
      const place = { symbol: 'SPY', date: DAY, slot: SLOT, dataChange: true }
      const staged = await stageFrame(lake, frameOf(chain(3)), place)
      const add = { ...staged.add, partitionValues: values }
      return { staged: [staged], actions: [commitInfo('WRITE'), { add }] }
    },
  })
  await expect(changing).rejects.toThrow('is not in a partition folder of symbol and date')
  expect(filesBelow(lake.layout.root)).toEqual(before)
  expect((await currentState(lake)).version).toBe(1)
  expect((await append(lake, slotOf({ SPY: chain(6) }, after(1)))).version).toBe(2)
  expect((await currentState(await readingLake(lake.layout.root))).files.size).toBe(2)
})
