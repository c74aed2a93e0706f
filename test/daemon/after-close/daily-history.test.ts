import { expect, onTestFinished, test } from 'vitest'
import { emptyCache } from '../../../src/chain/cache-updates.ts'
import { chainCachePath, writeChainCache } from '../../../src/chain/chain-cache.ts'
import { findUnderlying } from '../../../src/chain/find-underlying.ts'
import { createDailyHistory } from '../../../src/daemon/after-close/daily-history.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession } from '../../../src/gateway/session/session.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../../src/lake/tables/small-tables.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { type Clock, systemClock } from '../../../src/market/clock.ts'
import { instrumentNamed } from '../../../src/market/instruments.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { openLog } from '../../../src/process/log.ts'
import { ibIndexHistory } from '../../analytics/chains.ts'
import { temporaryLake } from '../../lake/lakes.ts'
import { openSimulatedDaemon } from '../simulated-daemon.ts'

const HOUR_MS = 3_600_000

/** Daily history of IWM and QQQ from a simulated gateway on the evening of 2026-11-19, on a clock that is set by hand. */
async function openHistory(historyTimeoutMs = 10_000) {
  const simulated = await openSimulatedDaemon('2026-11-19', '18:00')
  onTestFinished(() => simulated.close())
  const { host, port } = simulated.simulator
  const session = await openSession(gatewayOptions.parse({ host, port, historyTimeoutMs }), {
    clock: systemClock,
  })
  onTestFinished(() => session.close())
  const lake = await temporaryLake()
  let now = newYorkInstant(sessionDate('2026-11-19'), '18:00')
  const clock: Clock = { ...systemClock, now: () => now, sleep: async () => {} }
  const logged: { level: string; symbol: string; what: string }[] = []
  const at = (level: string) => (facts: { symbol: string; what: string }) =>
    void logged.push({ level, symbol: facts.symbol, what: facts.what })
  const log = Object.assign(openLog('silent'), { error: at('error'), warn: at('warn'), info: at('info') })
  const asked: string[] = []
  const history = createDailyHistory(['IWM', 'QQQ'], {
    ...{ lake, clock, log, signal: new AbortController().signal },
    sessions: {
      ready: async () => ({
        ...session,
        dailyBars: (contract, request, signal) => {
          asked.push(`${contract.conId} ${request.what} ${request.days}`)
          return session.dailyBars(contract, request, signal)
        },
      }),
    },
    onStored: () => {},
  })
  const observed = (symbol: string) => readRows(lake, DAILY_OBSERVATIONS, { symbol })
  return {
    ...{ lake, session, history, logged, observed, simulator: simulated.simulator },
    /** Fetches what is due, and returns what was asked for. */
    fetchDue: async () => {
      asked.length = 0
      await history.fetchDue()
      return [...asked]
    },
    laterBy: (ms: number) => {
      now = epochMs(now + ms)
    },
  }
}

const withoutId = (asked: readonly string[]) => asked.map((text) => text.slice(text.indexOf(' ') + 1))

test('a history that is refused for one item takes no other with it, and is asked for once a day', async () => {
  const { history, logged, observed, simulator, fetchDue, laterBy } = await openHistory()
  const serve = simulator.inject({
    kind: 'history_refused',
    what: 'OPTION_IMPLIED_VOLATILITY',
    symbol: 'QQQ',
  })
  expect(withoutId(await fetchDue())).toEqual([
    'TRADES 530',
    'OPTION_IMPLIED_VOLATILITY 530',
    'TRADES 530',
    'OPTION_IMPLIED_VOLATILITY 530',
    'TRADES 530',
  ])
  const qqq = await observed('QQQ')
  expect(qqq.length).toBeGreaterThan(250)
  expect(qqq.every(({ close, iv30 }) => close !== null && iv30 === null)).toBe(true)
  expect((await observed('IWM')).every(({ iv30 }) => iv30 !== null)).toBe(true)
  expect((await observed('VIX')).every(({ vix }) => vix !== null)).toBe(true)
  expect(history.problems()).toEqual([
    {
      message: expect.stringMatching(/^30-day volatilities of QQQ are missing, .*: .*refused with 162, /),
      since: newYorkInstant(sessionDate('2026-11-19'), '18:00'),
    },
  ])

  // Every half hour until the next evening: nothing at all, then the new bars of what was answered.
  for (let half = 0; half < 44; half++) {
    laterBy(HOUR_MS / 2)
    expect(await fetchDue()).toEqual([])
  }
  laterBy(HOUR_MS)
  expect(withoutId(await fetchDue())).toEqual([
    'TRADES 10',
    'OPTION_IMPLIED_VOLATILITY 10',
    'TRADES 10',
    'TRADES 10',
  ])
  laterBy(HOUR_MS)
  expect(withoutId(await fetchDue())).toEqual(['OPTION_IMPLIED_VOLATILITY 530'])
  expect(logged).toEqual([{ level: 'error', symbol: 'QQQ', what: 'OPTION_IMPLIED_VOLATILITY' }])

  serve()
  laterBy(24 * HOUR_MS)
  expect(withoutId(await fetchDue())).toEqual(['OPTION_IMPLIED_VOLATILITY 530'])
  expect(
    (await observed('QQQ')).filter(({ iv30, close }) => iv30 !== null && close !== null).length,
  ).toBeGreaterThan(250)
  expect(history.problems()).toEqual([])
  expect(logged.at(-1)).toMatchObject({ level: 'info', symbol: 'QQQ' })
})

test('a history that is not answered is asked for again after half an hour', async () => {
  const { logged, simulator, fetchDue, laterBy } = await openHistory(100)
  const answer = simulator.inject({ kind: 'farm_broken', farm: 'history' })
  expect(await fetchDue()).toHaveLength(5)
  laterBy(HOUR_MS / 2 - 1)
  expect(await fetchDue()).toEqual([])
  laterBy(1)
  expect(await fetchDue()).toHaveLength(5)
  expect(logged).toHaveLength(5)
  answer()
  laterBy(HOUR_MS / 2)
  expect(await fetchDue()).toHaveLength(5)
})

test('values that the gateway refuses to send again stay in the lake', async () => {
  const { lake, observed, simulator, fetchDue } = await openHistory()
  await upsert(lake, DAILY_OBSERVATIONS, ibIndexHistory('IWM'))
  const before = await observed('IWM')
  simulator.inject({ kind: 'history_refused', what: 'OPTION_IMPLIED_VOLATILITY' })
  await fetchDue()
  const after = await observed('IWM')
  expect(after.map(({ iv30 }) => iv30)).toEqual(expect.arrayContaining(before.map(({ iv30 }) => iv30)))
  const last = after.findLast(({ date }) => date === '2026-11-18')
  const stored = before.find(({ date }) => date === '2026-11-18')
  expect(last?.iv30).toBe(stored?.iv30)
  expect(last?.close).not.toBe(stored?.close)
})

test('highs and lows that an older version did not store are fetched once', async () => {
  const { lake, observed, fetchDue, laterBy } = await openHistory()
  await upsert(lake, DAILY_OBSERVATIONS, ibIndexHistory('IWM'))
  expect(withoutId(await fetchDue())).toEqual(
    expect.arrayContaining(['TRADES 530', 'OPTION_IMPLIED_VOLATILITY 10']),
  )
  const year = (await observed('IWM')).slice(-252)
  expect(year.every(({ open, high, low }) => open !== null && high !== null && low !== null)).toBe(true)
  laterBy(24 * HOUR_MS)
  expect(withoutId(await fetchDue()).slice(0, 2)).toEqual(['TRADES 10', 'OPTION_IMPLIED_VOLATILITY 10'])
})

test('a symbol that the gateway does not know takes none of the others with it', async () => {
  const { history, observed, simulator, fetchDue } = await openHistory()
  simulator.inject({ kind: 'symbol_trouble', symbol: 'IWM', how: 'unknown' })
  expect(await fetchDue()).toHaveLength(3)
  expect((await observed('QQQ')).length).toBeGreaterThan(250)
  expect(history.coverage().find(({ symbol }) => symbol === 'IWM')?.lastAttempt?.failure).toMatchObject({
    reason: 'unknown_symbol',
    message: expect.stringContaining('unknown symbol "IWM"'),
  })
})

test('a VIX whose lookup is refused is not taken for one that the gateway does not have', async () => {
  const { history, simulator, fetchDue } = await openHistory()
  simulator.inject({ kind: 'symbol_trouble', symbol: 'VIX', how: 'refused' })
  await fetchDue()
  const vix = history.coverage().find(({ symbol }) => symbol === 'VIX')
  expect(vix?.lastAttempt?.failure).toMatchObject({
    reason: 'refused',
    message: expect.stringContaining('the gateway refused with'),
  })
})

test('in a session only the history of symbols is asked for whose contracts the chains have found, and of the VIX', async () => {
  const { lake, session, simulator, fetchDue, laterBy } = await openHistory()
  const lookUps = () => simulator.stats().received.reqContractDetails ?? 0
  laterBy(16 * HOUR_MS)
  expect(withoutId(await fetchDue())).toEqual(['TRADES 530'])
  expect(lookUps()).toBe(1)
  expect(await fetchDue()).toEqual([])
  const iwm = await findUnderlying(session, instrumentNamed('IWM'), new AbortController().signal)
  const path = chainCachePath(lake.layout.contracts, 'IWM')
  writeChainCache(path, emptyCache(iwm, sessionDate('2026-11-20')))
  expect(withoutId(await fetchDue())).toEqual(['TRADES 530', 'OPTION_IMPLIED_VOLATILITY 530'])
  // That of this test.
  expect(lookUps()).toBe(2)
  laterBy(8 * HOUR_MS)
  expect(await fetchDue()).toHaveLength(5)
})
