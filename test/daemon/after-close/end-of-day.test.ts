import { afterEach, expect, test } from 'vitest'
import type { SessionSource } from '../../../src/capture/session-source.ts'
import { createDailyHistory } from '../../../src/daemon/after-close/daily-history.ts'
import { endedSessions, startEndOfDay } from '../../../src/daemon/after-close/end-of-day.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession } from '../../../src/gateway/session/session.ts'
import { currentState, type Lake } from '../../../src/lake/open.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, SLOTS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { isFinished } from '../../../src/lake/write/compact-plan.ts'
import { newYorkDate, newYorkInstant } from '../../../src/market/calendar.ts'
import { clockFrom, systemClock } from '../../../src/market/clock.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { openLog } from '../../../src/process/log.ts'
import { temporaryLake } from '../../lake/lakes.ts'
import { after, chain, SLOT, slotOf } from '../../lake/slots.ts'
import { timetableOf } from '../../support/timetable.ts'
import { openSimulatedDaemon, until } from '../simulated-daemon.ts'

let stopping = new AbortController()
afterEach(() => {
  stopping.abort(new Error('test over'))
  stopping = new AbortController()
})

/** A gateway that cannot be reached. */
const sessions = { ready: () => Promise.reject(new Error('unreachable')) } as unknown as SessionSource

const files = async (lake: Lake) => (await currentState(lake)).files.size

test('a session is compacted to one file a symbol on its own evening, without a gateway', async () => {
  const lake = await temporaryLake()
  for (const n of [0, 1, 2]) await append(lake, slotOf({ SPY: chain(20) }, after(n)))
  expect(await files(lake)).toBe(3)

  // A minute passes in a fifth of a second: the check at 16:29 is too early, the one after 16:30 is not.
  const date = newYorkDate(SLOT)
  const clock = clockFrom(newYorkInstant(date, '16:25'), 300)
  const { signal } = stopping
  const log = openLog('silent')
  const history = createDailyHistory(['SPY'], { sessions, lake, clock, log, signal, onStored: () => {} })
  const endOfDay = startEndOfDay(
    lake,
    { history, upgrade: null },
    { clock, log, signal, timetable: timetableOf('SPY') },
  )
  await until(
    () => files(lake),
    (count) => count === 1,
  )
  expect(clock.now()).toBeGreaterThan(newYorkInstant(date, '16:30'))
  expect(newYorkDate(clock.now())).toBe(date)
  expect(await readRows(lake, SLOTS)).toHaveLength(3)
  stopping.abort(new Error('enough'))
  await endOfDay.done
})

test('a daily history that the gateway refuses at the first start is requested again until it is stored', async () => {
  const simulated = await openSimulatedDaemon('2026-11-19', '20:00')
  const serveHistory = simulated.simulator.inject({ kind: 'history_refused' })
  const { host, port } = simulated.simulator
  const session = await openSession(gatewayOptions.parse({ host, port }), { clock: systemClock })
  const lake = await temporaryLake()
  const errors: unknown[] = []
  const log = Object.assign(openLog('silent'), { error: (facts: unknown) => void errors.push(facts) })
  // A day passes in a second and a half.
  const clock = clockFrom(newYorkInstant(sessionDate('2026-11-19'), '20:00'), 60_000)
  const { signal } = stopping
  const sessions = { ready: async () => session } as unknown as SessionSource
  const history = createDailyHistory(['IWM'], { sessions, lake, clock, log, signal, onStored: () => {} })
  const endOfDay = startEndOfDay(
    lake,
    { history, upgrade: null },
    { clock, log, signal, timetable: timetableOf('SPY') },
  )
  await until(
    () => errors.length,
    (count) => count > 0,
  )
  expect(await readRows(lake, DAILY_OBSERVATIONS)).toEqual([])
  serveHistory()
  await until(
    () => readRows(lake, DAILY_OBSERVATIONS, { symbol: 'IWM' }),
    (rows) => rows.length > 250,
  )
  stopping.abort(new Error('enough'))
  await endOfDay.done
  await session.close()
  await simulated.close()
})

test('the work after a session waits for that of each symbol: stocks at 16:30, futures at 17:30', () => {
  const timetable = timetableOf('SPY', 'AAPL', 'ES')
  const endedAt = (date: string, clock: string) =>
    [...endedSessions(newYorkInstant(sessionDate(date), clock), timetable)].map((one) => one.join(' '))
  expect(endedAt('2026-11-20', '16:29')).toEqual(['SPY 2026-11-19', 'AAPL 2026-11-19', 'ES 2026-11-19'])
  expect(endedAt('2026-11-20', '16:30')).toEqual(['SPY 2026-11-20', 'AAPL 2026-11-20', 'ES 2026-11-19'])
  expect(endedAt('2026-11-20', '17:30')).toEqual(['SPY 2026-11-20', 'AAPL 2026-11-20', 'ES 2026-11-20'])
  // The halt of a holiday ends no session.
  expect(endedAt('2026-11-26', '15:00')).toEqual(['SPY 2026-11-25', 'AAPL 2026-11-25', 'ES 2026-11-25'])
  expect(endedAt('2026-11-27', '13:45')).toEqual(['SPY 2026-11-27', 'AAPL 2026-11-27', 'ES 2026-11-27'])
})

test("a trade date counts as finished when the symbol's own session is over", () => {
  const finished = (symbol: string, clock: string) =>
    isFinished('2026-11-20', newYorkInstant(sessionDate('2026-11-20'), clock), (date) =>
      timetableOf(symbol).sessionOn(date, symbol),
    )
  expect([finished('SPY', '16:30'), finished('ES', '16:30'), finished('ES', '17:30')]).toEqual([
    true,
    false,
    true,
  ])
})
