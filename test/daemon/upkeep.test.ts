import { afterEach, expect, test } from 'vitest'
import type { Sessions } from '../../src/capture.ts'
import { startUpkeep } from '../../src/collector/upkeep.ts'
import { append } from '../../src/lake/append.ts'
import { currentTable, type Lake } from '../../src/lake/open.ts'
import { openLog } from '../../src/log.ts'
import { newYorkDate, newYorkInstant } from '../../src/market/calendar.ts'
import { clockFrom } from '../../src/market/clock.ts'
import { temporaryLake } from '../lake/lakes.ts'
import { after, chain, SLOT, slotOf } from '../lake/slots.ts'
import { until } from './rig.ts'

let stopping = new AbortController()
afterEach(() => {
  stopping.abort(new Error('test over'))
  stopping = new AbortController()
})

/** No gateway in the evening. */
const away = { ready: () => Promise.reject(new Error('away')) } as unknown as Sessions

const files = async (lake: Lake) => (await currentTable(lake)).files.size

test('in the evening of its own day a session becomes one file a symbol, without the gateway', async () => {
  const lake = await temporaryLake()
  for (const n of [0, 1, 2]) await append(lake, slotOf({ SPY: chain(20) }, after(n)))
  expect(await files(lake)).toBe(3)

  // A minute passes in a fifth of a second: the look at 16:29 is too early, the one after 16:30 is not.
  const date = newYorkDate(SLOT)
  const clock = clockFrom(newYorkInstant(date, '16:25'), 300)
  const upkeep = startUpkeep({
    symbols: ['SPY'],
    sessions: away,
    lake,
    clock,
    log: openLog('silent'),
    signal: stopping.signal,
  })
  await until(
    () => files(lake),
    (count) => count === 1,
  )
  expect(clock.now()).toBeGreaterThan(newYorkInstant(date, '16:30'))
  expect(newYorkDate(clock.now())).toBe(date)
  stopping.abort(new Error('enough'))
  await upkeep.done
})
