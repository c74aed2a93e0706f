import { expect, test, vi } from 'vitest'
import { analyticsOptions } from '../../../src/analytics/options.ts'
import { createSurfaceQueue } from '../../../src/daemon/cycles/surface-queue.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { SURFACES } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { dueSlot } from '../../../src/market/slot.ts'
import { openLog } from '../../../src/process/log.ts'
import { temporaryLake } from '../../lake/lakes.ts'
import { chain, DAY, SLOT, slotOf } from '../../lake/slots.ts'

const OPTIONS = analyticsOptions.parse({})
const DUE = dueSlot(SLOT, DAY, ['SPY'])

test('the surface of a slot is stored beside other work, and only where the settings want it', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(40) }, SLOT))
  const log = openLog('silent')
  const none = createSurfaceQueue(lake, { options: { ...OPTIONS, surface: false }, log })
  none.add(DUE, ['SPY'])
  await none.idle()
  expect(none.health()).toBeNull()
  expect(await readRows(lake, SURFACES)).toEqual([])

  const onStored = vi.fn()
  const queue = createSurfaceQueue(lake, { options: OPTIONS, log, onStored })
  queue.add(DUE, ['SPY'])
  await queue.idle()
  expect(onStored.mock.calls).toEqual([[SLOT, ['SPY']]])
  expect(queue.health()).toEqual({ failures: 0, problem: null })
  // One row for each expiration, those without a curve with the reason.
  const rows = await readRows(lake, SURFACES)
  expect(new Set(rows.map(({ expiry }) => expiry)).size).toBeGreaterThan(3)
  for (const { reason, knots_y } of rows) expect(reason === null).toBe(knots_y !== null)
})

test('a failure that comes back after a success is logged again', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(40) }, SLOT))
  const log = openLog('silent')
  const warned = vi.spyOn(log, 'warn')
  const queue = createSurfaceQueue(lake, { options: OPTIONS, log })
  const broken = { ...DUE, dates: new Map() }
  for (const slot of [broken, broken, DUE, broken]) queue.add(slot, ['SPY'])
  await queue.idle()
  expect(queue.health()?.failures).toBe(3)
  expect(warned).toHaveBeenCalledTimes(2)
})

test('a failure is logged once while it repeats, counted, and breaks nothing', async () => {
  const lake = await temporaryLake()
  const log = openLog('silent')
  const warned = vi.spyOn(log, 'warn')
  const queue = createSurfaceQueue(lake, { options: OPTIONS, log })
  await lake.close()
  for (let round = 0; round < 3; round++) queue.add(DUE, ['SPY'])
  await queue.idle()
  expect(warned).toHaveBeenCalledTimes(1)
  expect(queue.health()).toMatchObject({ failures: 3, problem: { since: SLOT } })
  expect(queue.health()?.problem?.message).toContain('is closed')
  await queue.close()
  queue.add(DUE, ['SPY'])
  expect(queue.health()?.failures).toBe(3)
})
