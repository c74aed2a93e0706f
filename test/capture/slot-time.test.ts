import { expect, test } from 'vitest'
import { awaitSlot, slotToCollect } from '../../src/capture/current-slot.ts'
import { openDeadline } from '../../src/capture/cycle/deadline.ts'
import { type SessionSource, singleSession } from '../../src/capture/session-source.ts'
import { loadConfig } from '../../src/config/config.ts'
import { simulatedMarketClock } from '../../src/daemon/sessions/embedded-simulator.ts'
import { chainAsOf } from '../../src/lake/query/chains.ts'
import { newYorkInstant, newYorkTime } from '../../src/market/calendar.ts'
import { optionSessionOn } from '../../src/market/option-hours.ts'
import { dueSlot } from '../../src/market/slot.ts'
import { epochMs } from '../../src/market/units.ts'
import { manualClock } from '../support/manual-clock.ts'
import { DATE, openCaptureRig } from './capture-rig.ts'

const at = (clock: string) => newYorkInstant(DATE, clock)
const config = loadConfig(null, {}, [])
const times = {
  harvest: config.harvest,
  timetable: { grid: config.harvest, symbols: ['SPY', 'AAPL'], sessionOn: optionSessionOn },
}
const never = new AbortController().signal

test('the deadline is that of the slot, however late its cycle begins', async () => {
  const clock = manualClock(at('10:03:20'))
  const deadline = openDeadline({ at: at('10:00') }, config.harvest, { clock, signal: never })
  expect(deadline.leftMs()).toBe(85_000)
  clock.setBy(-3_600_000)
  await clock.advance(84_999)
  expect(deadline.signal.aborted).toBe(false)
  await clock.advance(1)
  expect(deadline.signal.aborted).toBe(true)
  expect(deadline.leftMs()).toBe(0)
})

test('a cycle that begins 200 s late ends before the next slot, with the rows it has', async () => {
  const { clock, lake, capture } = await openCaptureRig('10:03:20', {
    rules: { firstQuoteMedianMs: 10_000, firstQuoteShape: 0 },
    limits: { messagesPerSecond: 500, lines: 8 },
    values: { 'harvest.timeoutMs': 20_000, 'harvest.expectedDwellMs': 10, 'universe.plainExpirations': 4 },
  })
  clock.setSpeed(50)
  const { append } = await capture('10:00')
  expect(append.reports).toMatchObject([{ symbol: 'IWM', outcome: 'partial', reason: 'deadline' }])
  const rows = await chainAsOf(lake, 'IWM', { at: at('10:00'), columns: ['quoted_at'] })
  expect(rows.length).toBeGreaterThan(5)
  expect(Math.max(...rows.map(({ quoted_at }) => quoted_at ?? 0))).toBeLessThan(at('10:05'))
})

test('an attempt late in a cycle does not say that the cycle began late', async () => {
  const { clock, simulator, session, capture } = await openCaptureRig('09:59:30')
  simulator.inject({ kind: 'farm_broken' })
  clock.setSpeed(200)
  const limits = { messagesPerSecond: 500, lines: 100, pacingWindowMs: 1_020 }
  const fetch: SessionSource['fetch'] = async (_symbol, attempt) => {
    await clock.sleep(at('10:04:41') - clock.now())
    return attempt(never)
  }
  const { append } = await capture('10:00', { sessions: { ...singleSession(session, limits), fetch } })
  expect(append.reports).toMatchObject([{ reason: 'deadline', detail: 'the time of the slot is over' }])
})

test.each([
  ['10:00', '10:00'],
  ['10:04:15', '10:00'],
  // 30 s before the deadline, which is 15 s before the next slot.
  ['10:04:16', '10:05'],
  ['10:04:59', '10:05'],
  ['15:54:50', '15:55'],
])('a run that begins at %s collects the slot of %s', (now, expected) => {
  expect(newYorkTime(slotToCollect(times, at(now)).at)).toBe(expected)
})

test('with too little left of the last slot, a run is told to come back the next day', () => {
  expect(() => slotToCollect(times, at('15:59:50'))).toThrow(
    'too little of slot 15:55 is left, and no further slot follows today: try again from 2026-11-20 09:30 on',
  )
  expect(() => slotToCollect(times, at('16:05'))).toThrow(/the market is closed at 2026-11-19 16:05/)
})

test('a run that waits for the next slot says so in one line', async () => {
  const clock = manualClock(at('10:04:48'))
  const said: string[] = []
  const slot = awaitSlot(times, { clock, signal: never, say: (line) => void said.push(line) })
  await clock.advance(12_000)
  expect(await slot).toEqual(dueSlot(at('10:05'), DATE, ['SPY', 'AAPL']))
  expect(said).toEqual(['slot 10:05 begins in 12 s'])
})

test('a run after the close of some options collects the others, and says so in one line', async () => {
  const clock = manualClock(at('16:06'))
  const said: string[] = []
  const timetable = { ...times.timetable, grid: { ...config.harvest, afterClose: true } }
  const slot = await awaitSlot(
    { ...times, timetable },
    { clock, signal: never, say: (line) => void said.push(line) },
  )
  expect(slot).toEqual(dueSlot(at('16:05'), DATE, ['SPY']))
  expect(said).toEqual(['not collected in slot 16:05, because their options are closed: AAPL'])
})

test('at any hour the embedded gateway starts with time for a slot', () => {
  for (let minutes = 0; minutes < 7 * 24 * 60; minutes += 7.3) {
    const machine = manualClock(epochMs(at('00:00') + minutes * 60_000))
    const clock = simulatedMarketClock(300, { machine })
    const slot = slotToCollect(times, clock.now())
    // During the session its time is the machine's: then a run waits for the next slot.
    if (clock !== machine) expect(clock.now() - slot.at).toBeLessThanOrEqual(30_100)
  }
})
