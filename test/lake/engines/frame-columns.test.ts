import { expect, test } from 'vitest'
import { frameOf } from '../../../src/lake/engines/polars.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { chain, row } from '../slots.ts'

test('a column in which all rows have one value has the type and the values of any other', () => {
  const terms: Partial<SnapshotRow> = {
    ...{ exercise_style: 'european', settlement: 'am', expires_at: 1_781_876_400_000, multiplier: 100 },
    ...{ underlying_con_id: 416_904, pv_dividend: 1.7689, definition_version: 2, bid: -0 },
  }
  const alike = frameOf(chain(4, terms))
  const different = frameOf([...chain(4, terms), row()])
  expect(alike.schema).toEqual(different.schema)
  expect(alike.toRecords()).toEqual(different.head(4).toRecords())
  expect(alike.height).toBe(4)
})

test('a single row, and none, have all columns', () => {
  expect(frameOf([row()]).toRecords()).toEqual(
    frameOf([row(), row({ strike: 1, bid: 7 })])
      .head(1)
      .toRecords(),
  )
  expect(frameOf([]).height).toBe(0)
  expect(frameOf([]).width).toBe(frameOf([row()]).width)
})

test('a value that does not fit is refused also where all rows have it', () => {
  expect(() => frameOf(chain(3, { multiplier: Number.NaN }))).toThrow(
    /column multiplier of SPY .* is not a finite/,
  )
  expect(() => frameOf(chain(3, { trading_class: null as never }))).toThrow(
    /trading_class .* must not be null/,
  )
  expect(() => frameOf(chain(3, { currency: undefined as never }))).toThrow(/currency .* is not text/)
})
