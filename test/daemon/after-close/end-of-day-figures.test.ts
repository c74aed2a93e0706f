import { expect, test } from 'vitest'
import { singleSession } from '../../../src/capture/session-source.ts'
import { createDailyHistory } from '../../../src/daemon/after-close/daily-history.ts'
import { startEndOfDay } from '../../../src/daemon/after-close/end-of-day.ts'
import { openSingleSession } from '../../../src/daemon/sessions/gateway-source.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../../src/lake/tables/small-tables.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { newYorkInstant, sessionsBetween } from '../../../src/market/calendar.ts'
import { type Clock, systemClock } from '../../../src/market/clock.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { openLog } from '../../../src/process/log.ts'
import { ibIndexHistory } from '../../analytics/chains.ts'
import { temporaryLake } from '../../lake/lakes.ts'
import { timetableOf } from '../../support/timetable.ts'
import { openSimulatedDaemon, until } from '../simulated-daemon.ts'

const LATER = sessionDate('2026-12-10')

test('daily bars that were missed for three weeks are fetched on the first evening with a gateway', async () => {
  const simulated = await openSimulatedDaemon(LATER, '16:15')
  const lifetime = openLifetime()
  const lake = await temporaryLake()
  await upsert(lake, DAILY_OBSERVATIONS, ibIndexHistory('IWM'))
  const log = openLog('silent')
  const { signal } = lifetime
  const { session, limits } = await openSingleSession(simulated.config(), { lifetime, log, signal })

  let now = newYorkInstant(sessionDate('2026-11-20'), '16:15')
  let evenings = 0
  const clock: Clock = {
    ...systemClock,
    now: () => now,
    // The first wait for another evening is over at once, three weeks later; there is no third evening.
    sleep: async (ms) => {
      if (ms < 60_000) return
      now = newYorkInstant(LATER, '16:15')
      if (evenings <= 1) return
      signal.throwIfAborted()
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  }
  const sessions = {
    ...singleSession(session, limits),
    ready: async () => {
      if (++evenings === 1) throw new Error('the gateway cannot be reached')
      return session
    },
  }
  let notified = 0
  const onStored = () => void notified++
  const history = createDailyHistory(['IWM'], { sessions, lake, clock, log, signal, onStored })
  const endOfDay = startEndOfDay(
    lake,
    { history, upgrade: null },
    { clock, log, signal, timetable: timetableOf('IWM') },
  )

  const missed = sessionsBetween(sessionDate('2026-11-20'), sessionDate('2026-12-09')).map(({ date }) => date)
  const datesOf = async () =>
    (await readRows(lake, DAILY_OBSERVATIONS, { symbol: 'IWM' })).map(({ date }) => date)
  const dates = await until(datesOf, (all) => all.includes('2026-12-09'))
  expect(missed).toHaveLength(13)
  expect(dates).toEqual(expect.arrayContaining(missed))
  await until(
    () => notified,
    (times) => times === 1,
  )
  await lifetime.close()
  await endOfDay.done
  await simulated.close()
})
