import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { analyticsOptions } from '../../../src/analytics/options.ts'
import { olderFigures } from '../../../src/analytics/stored/older-figures.ts'
import { type RebuildRange, rebuildDay, storedDays } from '../../../src/analytics/stored/rebuild.ts'
import { storeFigures, storeObservations } from '../../../src/analytics/stored/stored-figures.ts'
import { createHistoryUpgrade } from '../../../src/daemon/after-close/history-upgrade.ts'
import { type Lake, openLake } from '../../../src/lake/open.ts'
import { smallDeltaTable } from '../../../src/lake/tables/loaded-small-tables.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS, SURFACES } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { replaceDay, upsert } from '../../../src/lake/write/write-rows.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { dueSlot } from '../../../src/market/slot.ts'
import { epochMs, type SessionDate, sessionDate } from '../../../src/market/units.ts'
import { openLog } from '../../../src/process/log.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import { temporaryFolder, temporaryLake } from '../../lake/lakes.ts'
import { slotOf } from '../../lake/slots.ts'
import { timetableOf } from '../../support/timetable.ts'
import { ibIndexHistory, makeChain, range } from '../chains.ts'

const OPTIONS = analyticsOptions.parse({})
const THURSDAY = sessionDate('2026-11-19')
const FRIDAY = sessionDate('2026-11-20')
const TIMES = ['11:00', '15:30', '15:50']
const NOW = newYorkInstant(FRIDAY, '17:00')

/** Two sessions of two symbols, each slot with its figures as the collector stores them, and their observations. */
async function fill(lake: Lake): Promise<void> {
  await upsert(lake, DAILY_OBSERVATIONS, ibIndexHistory('SPY'))
  for (const [day, date] of [THURSDAY, FRIDAY].entries()) {
    for (const [at, time] of TIMES.entries()) await collect(lake, date, { time, move: 3 * day + at })
    await storeObservations(lake, date, newYorkInstant(date, '16:10'))
  }
}

const original = mkdtempSync(join(tmpdir(), 'optionlake-rebuild-'))
beforeAll(async () => {
  const lake = await openLake(original, { mode: 'write', source: 'simulated', clock: systemClock })
  await fill(lake)
  await lake.close()
})
afterAll(() => rmSync(original, { recursive: true }))

/** A copy of it for one test. */
async function collected(): Promise<Lake> {
  const folder = temporaryFolder()
  cpSync(original, folder, { recursive: true })
  return temporaryLake(folder)
}

async function collect(lake: Lake, date: SessionDate, { time, move }: { time: string; move: number }) {
  const at = newYorkInstant(date, time)
  const chain = (spot: number) =>
    makeChain({
      at,
      spot,
      vol: (strike) => Math.round(1e6 * (0.17 + move / 500 - 0.3 * (strike / spot - 1))) / 1e6,
      expiries: ['20261204', '20261218', '20261231'],
      strikes: range(650, 710, 10),
    })
  await append(lake, slotOf({ SPY: chain(680 + move), QQQ: chain(678 - move) }, at, date))
  const received = [
    { symbol: 'SPY', vix: 17.25 + move, ivIndexFraction: 0.171 + move / 1_000 },
    { symbol: 'QQQ', vix: 17.25 + move, ivIndexFraction: null },
  ]
  await storeFigures(lake, dueSlot(at, date, ['SPY', 'QQQ']), { received, options: OPTIONS })
}

async function rebuild(
  lake: Lake,
  {
    options = OPTIONS,
    recordedAt = NOW,
    ...only
  }: RebuildRange & { options?: typeof OPTIONS; recordedAt?: typeof NOW },
) {
  const changed: string[] = []
  for (const day of await storedDays(lake, only)) {
    const report = await rebuildDay(lake, day, { options, recordedAt, signal: AbortSignal.any([]) })
    if (!report) throw new Error('stopped')
    const { figuresChanged, observationsChanged } = report
    if (figuresChanged + observationsChanged > 0)
      changed.push(`${day.date}: ${figuresChanged} figures, ${observationsChanged} observations`)
  }
  return changed
}

const stored = async (lake: Lake) => ({
  metrics: await readRows(lake, MARKET_METRICS),
  observations: await readRows(lake, DAILY_OBSERVATIONS),
})
const versions = async (lake: Lake) =>
  Promise.all(
    [MARKET_METRICS, DAILY_OBSERVATIONS].map(
      async (table) => (await smallDeltaTable(lake, table))?.state.version,
    ),
  )

test('lost or damaged figures are rebuilt bit for bit, before and after compaction', async () => {
  const lake = await collected()
  const before = await stored(lake)
  expect(before.metrics).toHaveLength(12)
  expect(before.metrics.at(-1)).toMatchObject({ symbol: 'SPY', iv_source: 'ib_index', iv_observations: 252 })
  const untouched = await versions(lake)
  expect(await rebuild(lake, {})).toEqual([])
  expect(await versions(lake)).toEqual(untouched)

  const wrong = before.metrics
    .filter(({ date }) => date === THURSDAY)
    .map((row) => ({ ...row, iv30: 0.5, mfiv30: null, trend_daily: 'down', contracts: 1 }))
  await replaceDay(lake, MARKET_METRICS, { date: THURSDAY, rows: wrong })
  const own = before.observations.filter(({ source }) => source === 'chain')
  await upsert(
    lake,
    DAILY_OBSERVATIONS,
    own.map((row) => ({ ...row, iv30: 0.5 })),
  )
  expect(await rebuild(lake, {})).toEqual([
    `${THURSDAY}: 6 figures, 2 observations`,
    `${FRIDAY}: 0 figures, 2 observations`,
  ])
  const after = await stored(lake)
  expect(after.metrics).toEqual(before.metrics)
  expect(after.observations.map((row) => ({ ...row, recorded_at: 0 }))).toEqual(
    before.observations.map((row) => ({ ...row, recorded_at: 0 })),
  )

  await compact(lake, { scope: { kind: 'all' }, signal: AbortSignal.any([]) })
  expect(await rebuild(lake, {})).toEqual([])
})

test('values that only the gateway knew are kept, whatever else changes', async () => {
  const lake = await collected()
  const before = await stored(lake)
  expect(await rebuild(lake, { options: { ...OPTIONS, rateFraction: 0.01 } })).toEqual([
    `${THURSDAY}: 6 figures, 2 observations`,
    `${FRIDAY}: 6 figures, 2 observations`,
  ])
  const { metrics } = await stored(lake)
  const received = (rows: typeof metrics) => rows.map(({ vix, iv30_ib_index }) => [vix, iv30_ib_index])
  expect(received(metrics)).toEqual(received(before.metrics))
  expect(metrics.map(({ mfiv30 }) => mfiv30)).not.toEqual(before.metrics.map(({ mfiv30 }) => mfiv30))
  await rebuild(lake, {})
  expect((await stored(lake)).metrics).toEqual(before.metrics)
})

test('figures that were never stored are computed from chain and ledger', async () => {
  const lake = await collected()
  const before = await stored(lake)
  await replaceDay(lake, MARKET_METRICS, { date: FRIDAY, rows: [] })
  expect(await rebuild(lake, { from: FRIDAY })).toEqual([`${FRIDAY}: 6 figures, 2 observations`])
  const { metrics } = await stored(lake)
  const iv30 = (rows: typeof metrics) => rows.map((row) => row.iv30)
  expect(iv30(metrics)).toEqual(iv30(before.metrics))
  expect(metrics.at(-1)).toMatchObject({ vix: 17.25, iv30_ib_index: null })
})

test('a session has no observation before its close', async () => {
  const lake = await collected()
  const own = async () => (await stored(lake)).observations.filter(({ source }) => source === 'chain')
  const closed = await own()
  await replaceDay(lake, DAILY_OBSERVATIONS, { date: FRIDAY, rows: [] })
  expect(await rebuild(lake, { recordedAt: newYorkInstant(FRIDAY, '15:59') })).toEqual([])
  expect(await own()).toHaveLength(2)
  expect(await rebuild(lake, { recordedAt: newYorkInstant(FRIDAY, '16:00') })).toEqual([
    `${FRIDAY}: 0 figures, 2 observations`,
  ])
  expect((await own()).map(({ iv30 }) => iv30)).toEqual(closed.map(({ iv30 }) => iv30))
})

test('figures whose chain is no longer stored stay as they are', async () => {
  const lake = await collected()
  const { metrics } = await stored(lake)
  const lost = { ...metrics.at(-1)!, timestamp: newYorkInstant(FRIDAY, '12:00') }
  await upsert(lake, MARKET_METRICS, [lost])
  expect(await rebuild(lake, {})).toEqual([])
  expect((await stored(lake)).metrics).toContainEqual(lost)
})

test('a rebuild that is stopped leaves its day as it was', async () => {
  const lake = await collected()
  const before = await stored(lake)
  const stop = new AbortController()
  const [day] = await storedDays(lake, { to: THURSDAY })
  let done = 0
  const onFigures = () => {
    if (++done === 4) stop.abort(new Error('stopped'))
  }
  const options = { ...OPTIONS, rateFraction: 0.01 }
  expect(
    await rebuildDay(lake, day!, { options, recordedAt: NOW, signal: stop.signal, onFigures }),
  ).toBeNull()
  expect(done).toBe(4)
  expect(await stored(lake)).toEqual(before)
})

test('a slot that is collected again keeps values that only its first run received', async () => {
  const lake = await collected()
  const at = epochMs(newYorkInstant(FRIDAY, '15:50'))
  const again = [{ symbol: 'SPY', vix: null, ivIndexFraction: null }]
  const before = (await stored(lake)).metrics
  await storeFigures(lake, dueSlot(at, FRIDAY, ['SPY']), { received: again, options: OPTIONS })
  expect((await stored(lake)).metrics).toEqual(before)
})

/** A lake as version 2 of the definitions left it, but for one slot whose chain is gone. */
async function ofOlderVersion(): Promise<Lake> {
  const lake = await collected()
  const older = { definition_version: DEFINITION_VERSION - 1 }
  for (const date of [THURSDAY, FRIDAY]) {
    const rows = await readRows(lake, MARKET_METRICS, { from: date, to: date })
    const lost = rows.map((row) => ({ ...row, ...older, timestamp: row.timestamp + 60_000, iv30: 0.9 }))
    await replaceDay(lake, MARKET_METRICS, {
      date,
      rows: [...rows.map((row) => ({ ...row, ...older, iv30: 0.5 })), ...lost.slice(0, 1)],
    })
  }
  const observed = await readRows(lake, DAILY_OBSERVATIONS)
  const chain = observed.filter(({ source }) => source === 'chain')
  await upsert(
    lake,
    DAILY_OBSERVATIONS,
    chain.map((row) => ({ ...row, ...older, iv30: 0.5 })),
  )
  return lake
}

describe('figures of an older version of the definitions', () => {
  test('are rebuilt from the chains, once; those whose chain is gone keep their version', async () => {
    const before = await stored(await collected())
    const lake = await ofOlderVersion()
    const { rebuildable, kept } = await olderFigures(lake)
    expect(rebuildable.map(({ date }) => date)).toEqual([THURSDAY, FRIDAY])
    expect(kept).toEqual([])
    await rebuild(lake, {})
    const after = await stored(lake)
    const ofToday = after.metrics.filter((row) => row.definition_version === DEFINITION_VERSION)
    expect(ofToday).toEqual(before.metrics)
    const others = after.metrics.filter((row) => row.definition_version !== DEFINITION_VERSION)
    expect(others.map(({ iv30 }) => iv30)).toEqual([0.9, 0.9])
    expect(await olderFigures(lake)).toEqual({ rebuildable: [], kept: [THURSDAY, FRIDAY] })
  })

  test('are rebuilt by the daemon day by day, outside sessions, never beside a cycle', async () => {
    const lake = await ofOlderVersion()
    let now = newYorkInstant(FRIDAY, '12:00')
    let cycle = false
    let rebuilt = 0
    const said: unknown[][] = []
    const log = openLog('silent')
    const record = (...words: unknown[]) => void said.push(words)
    const upgrade = await createHistoryUpgrade(lake, {
      ...{ options: OPTIONS, timetable: timetableOf('SPY', 'QQQ'), signal: AbortSignal.any([]) },
      clock: { ...systemClock, now: () => now },
      log: Object.assign(log, { info: record, warn: record }),
      isCycleRunning: () => cycle,
      onRebuilt: () => void rebuilt++,
    })
    expect(said[0]?.[1]).toContain('figures of 2 days from 2026-11-19 on follow older definitions')
    expect(upgrade.problems()).toHaveLength(1)
    expect(await upgrade.next()).toBe('later')
    now = newYorkInstant(FRIDAY, '18:00')
    cycle = true
    expect(await upgrade.next()).toBe('later')
    cycle = false
    expect(await upgrade.next()).toBe('rebuilt')
    expect((await olderFigures(lake)).rebuildable.map(({ date }) => date)).toEqual([FRIDAY])
    const surfaces = await readRows(lake, SURFACES)
    expect(new Set(surfaces.map(({ date }) => date))).toEqual(new Set([THURSDAY]))
    expect(surfaces).toHaveLength(2 * TIMES.length * 3)
    expect([await upgrade.next(), await upgrade.next()]).toEqual(['rebuilt', 'done'])
    expect([rebuilt, upgrade.problems()]).toEqual([2, []])
    expect((await olderFigures(lake)).rebuildable).toEqual([])
  })

  test('are left to the command where the setting says so', async () => {
    const lake = await ofOlderVersion()
    const upgrade = await createHistoryUpgrade(lake, {
      options: analyticsOptions.parse({ rebuildOnUpgrade: false }),
      ...{ timetable: timetableOf('SPY'), signal: AbortSignal.any([]), log: openLog('silent') },
      clock: { ...systemClock, now: () => newYorkInstant(FRIDAY, '18:00') },
      ...{ isCycleRunning: () => false, onRebuilt: () => {} },
    })
    expect(await upgrade.next()).toBe('done')
    expect(upgrade.problems()[0]?.message).toContain('run optionlake metrics --rebuild')
    expect((await olderFigures(lake)).rebuildable).toHaveLength(2)
  })
})
