import { expect, test } from 'vitest'
import { analyticsOptions } from '../../../src/analytics/options.ts'
import { createLatestFigures } from '../../../src/analytics/stored/latest-figures.ts'
import { storeFigures } from '../../../src/analytics/stored/stored-figures.ts'
import { DAILY_OBSERVATIONS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { dueSlot } from '../../../src/market/slot.ts'
import { temporaryLake } from '../../lake/lakes.ts'
import { chain, DAY, SLOT, slotOf } from '../../lake/slots.ts'
import { ibIndexHistory } from '../chains.ts'

test('figures that were begun before the history changed are not kept', async () => {
  const lake = await temporaryLake()
  const options = analyticsOptions.parse({})
  const figures = createLatestFigures(lake, options)
  await append(lake, slotOf({ SPY: chain(20) }, SLOT))
  const received = [{ symbol: 'SPY', vix: 17, ivIndexFraction: 0.171 }]
  await figures.keepFrom(async () => {
    const computed = await storeFigures(lake, dueSlot(SLOT, DAY, ['SPY']), { received, options })
    expect(computed[0]?.figures.iv_rank.reason).not.toBeNull()
    // The year of daily values arrives while the figures of the first slot are computed.
    await upsert(lake, DAILY_OBSERVATIONS, ibIndexHistory('SPY'))
    figures.forget()
    return computed
  })
  expect((await figures.latest('SPY'))?.figures.iv_rank).toMatchObject({ reason: null, observations: 252 })
})

test('figures that were read before those of the slot were stored are not kept', async () => {
  const lake = await temporaryLake()
  const options = analyticsOptions.parse({})
  const figures = createLatestFigures(lake, options)
  await append(lake, slotOf({ SPY: chain(20) }, SLOT))
  const received = [{ symbol: 'SPY', vix: 17, ivIndexFraction: 0.171 }]
  await figures.keepFrom(async () => {
    // A page is asked for once the slot is stored and its figures are not, while the history arrives.
    figures.forget()
    expect((await figures.latest('SPY'))?.figures.iv30_ib_index.reason).toBe('not_received')
    return storeFigures(lake, dueSlot(SLOT, DAY, ['SPY']), { received, options })
  })
  expect((await figures.latest('SPY'))?.figures.iv30_ib_index.value).toBe(0.171)
})
