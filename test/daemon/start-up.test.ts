import { expect, test } from 'vitest'
import { analyticsOptions } from '../../src/analytics/options.ts'
import { restore } from '../../src/daemon/start-up.ts'
import { createTimetable } from '../../src/daemon/timetable.ts'
import { append } from '../../src/lake/write/append.ts'
import { recordReports } from '../../src/lake/write/record-reports.ts'
import { newYorkDate, newYorkTime } from '../../src/market/calendar.ts'
import { clockFrom } from '../../src/market/clock.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import { openLog } from '../../src/process/log.ts'
import { reportMissing } from '../../src/snapshot/symbol-report.ts'
import { temporaryFolder, temporaryLake } from '../lake/lakes.ts'
import { after, chain, slotOf } from '../lake/slots.ts'

const DAY_MS = 86_400_000

/** A lake on the afternoon of its slots. */
const openLake = () =>
  temporaryLake(temporaryFolder(), { clock: clockFrom(epochMs(after(0) + 4 * 3_600_000)) })

const { timetable } = createTimetable(['SPY', 'QQQ', 'ES'].map(instrumentNamed), {
  ...{ intervalSeconds: 300, afterClose: false },
})

async function lastHandledOf(lake: Awaited<ReturnType<typeof openLake>>) {
  const analytics = analyticsOptions.parse({})
  const { lastHandled } = await restore(lake, openLog('silent'), { analytics, timetable })
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

test('each symbol keeps its newest slot, though a future is already in the session of the next day', async () => {
  const lake = await openLake()
  await append(lake, slotOf({ SPY: chain(2) }, after(0)))
  const evening = epochMs(Date.parse('2026-11-22T23:05:00Z'))
  const monday = sessionDate('2026-11-23')
  const facts = { slot: evening, date: monday, kind: 'FUT', detail: null, startedAt: null } as const
  await recordReports(lake, [reportMissing('ES', 'not_running', facts)])
  const sunday = clockFrom(epochMs(evening + 60_000))
  Object.assign(lake, { clock: sunday })
  expect(await lastHandledOf(lake)).toEqual([
    ['ES', '18:05'],
    ['SPY', newYorkTime(after(0))],
  ])
})

test('an empty lake has none', async () => {
  expect(await lastHandledOf(await openLake())).toEqual([])
})
