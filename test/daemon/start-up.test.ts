import { expect, test } from 'vitest'
import { analyticsOptions } from '../../src/analytics/options.ts'
import { restore } from '../../src/daemon/start-up.ts'
import { append } from '../../src/lake/write/append.ts'
import { recordReports } from '../../src/lake/write/record-reports.ts'
import { newYorkDate, newYorkTime } from '../../src/market/calendar.ts'
import { clockFrom } from '../../src/market/clock.ts'
import { type EpochMs, epochMs } from '../../src/market/units.ts'
import { openLog } from '../../src/process/log.ts'
import { reportMissing } from '../../src/snapshot/symbol-report.ts'
import { temporaryFolder, temporaryLake } from '../lake/lakes.ts'
import { after, chain, slotOf } from '../lake/slots.ts'

const DAY_MS = 86_400_000

/** A lake on the afternoon of its slots. */
const openLake = () =>
  temporaryLake(temporaryFolder(), { clock: clockFrom(epochMs(after(0) + 4 * 3_600_000)) })

async function lastHandledOf(lake: Awaited<ReturnType<typeof openLake>>) {
  const { lastHandled } = await restore(lake, openLog('silent'), analyticsOptions.parse({}))
  return [...lastHandled].map(([symbol, at]) => [symbol, newYorkTime(at)]).sort()
}

const missed = (symbol: string, slot: EpochMs) =>
  reportMissing(symbol, 'not_running', { slot, date: newYorkDate(slot), detail: null, startedAt: null })

test('the newest slot of each symbol is known, whether it landed or was missed', async () => {
  const lake = await openLake()
  await append(lake, slotOf({ SPY: chain(2), QQQ: chain(2) }, after(0)))
  await append(lake, slotOf({ SPY: chain(2) }, after(1)))
  await recordReports(lake, [missed('QQQ', after(2))])
  const clock = (index: number) => newYorkTime(after(index))
  expect(await lastHandledOf(lake)).toEqual([
    ['QQQ', clock(2)],
    ['SPY', clock(1)],
  ])
})

test('a symbol without a slot in the newest session was not collected then, and has none', async () => {
  const lake = await openLake()
  await recordReports(lake, [missed('QQQ', epochMs(after(0) - DAY_MS))])
  await append(lake, slotOf({ SPY: chain(2) }, after(0)))
  expect(await lastHandledOf(lake)).toEqual([['SPY', newYorkTime(after(0))]])
})

test('an empty lake has none', async () => {
  expect(await lastHandledOf(await openLake())).toEqual([])
})
