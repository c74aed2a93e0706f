import { expect, test } from 'vitest'
import { analyticsOptions } from '../../../src/analytics/options.ts'
import { createLatestPositioning } from '../../../src/analytics/stored/latest-positioning.ts'
import { append } from '../../../src/lake/write/append.ts'
import { temporaryLake } from '../../lake/lakes.ts'
import { chain, SLOT, slotOf } from '../../lake/slots.ts'

test('the positioning of a slot that is collected again is that of its new rows', async () => {
  const lake = await temporaryLake()
  const latest = createLatestPositioning(lake, analyticsOptions.parse({}))
  expect(await latest('SPY')).toBeNull()
  const rows = chain(20)
  await append(lake, slotOf({ SPY: rows.map((row) => ({ ...row, open_interest: 10 })) }, SLOT))
  const first = await latest('SPY')
  expect(await latest('SPY')).toBe(first)
  await append(lake, slotOf({ SPY: rows.map((row) => ({ ...row, open_interest: 30 })) }, SLOT))
  const second = await latest('SPY')
  expect(second).not.toBe(first)
  expect(second?.slot).toBe(first?.slot)
  expect(second).not.toEqual(first)
})
