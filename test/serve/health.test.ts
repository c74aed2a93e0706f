import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDaemonStatus } from '../../src/daemon/daemon-status.ts'
import { slots } from '../../src/lake/query/stats.ts'
import { append } from '../../src/lake/write/append.ts'
import { newYorkInstant, sessionContaining } from '../../src/market/calendar.ts'
import { optionSessionOn } from '../../src/market/option-hours.ts'
import { type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import { type HealthQuestion, judge } from '../../src/serve/health/health.ts'
import { healthOptions } from '../../src/serve/health/options.ts'
import type { SlotResult } from '../../src/serve/health/snapshot.ts'
import { type LedgerRow, NO_CONTENT } from '../../src/snapshot/ledger.ts'
import { askTable } from '../faults/health-faults.ts'
import { temporaryLake } from '../lake/lakes.ts'
import { after, chain, slotOf } from '../lake/slots.ts'
import { readTruthTable, storedSlot } from '../support/truth-table.ts'

const table = readTruthTable(readFileSync(join(import.meta.dirname, '../../docs/health.md'), 'utf8'))
const questions: HealthQuestion[] = ['livez', 'readyz', 'health']

test('the truth table has rows', () => {
  expect(table.length).toBeGreaterThan(35)
})

test.each(table)('$name', ({ snapshot, expected, named }) => {
  for (const question of questions) {
    const { status, state } = judge(question, snapshot)
    expect({ status, state }, question).toEqual(expected[question])
  }
  const decides = judge('health', snapshot).checks.find(({ name }) => name === named.check)
  expect(decides?.reason).toContain(named.words)
})

test('a check that is not ok says since when and what to do', () => {
  for (const { name, snapshot } of table) {
    for (const check of judge('health', snapshot).checks) {
      const silent = check.status !== 'ok' && (check.since === null || check.advice === null)
      if (check.name !== 'event_loop') expect(silent, `${name}: ${check.name}`).toBe(false)
    }
  }
})

test('without a connection health is red in session and at no other moment of two weeks with a holiday', () => {
  const { snapshot } = table[0] as (typeof table)[number]
  const from = newYorkInstant(sessionDate('2026-11-16'), '00:00')
  for (let minutes = 0; minutes < 14 * 24 * 60; minutes += 5) {
    const now = epochMs(from + minutes * 60_000)
    const outage = { connected: false, reason: 'gateway_unreachable', detail: null, notices: [] } as const
    const gateway = { ...outage, since: from }
    const { status } = judge('health', { ...snapshot, now, gateway, ledger: new Map() })
    expect(status, new Date(now).toISOString()).toBe(sessionContaining(now) ? 503 : 200)
  }
})

test("the gateway's words stand once in a reason", () => {
  const { snapshot } = table[0] as (typeof table)[number]
  const { now } = snapshot
  const message = 'connect ECONNREFUSED 127.0.0.1:9'
  const gateway = {
    ...{ connected: false, since: now, reason: 'gateway_unreachable' as const },
    ...{ detail: `nothing listens (${message})`, notices: [{ code: 502, message, advice: null, at: now }] },
  }
  const [found] = judge('health', { ...snapshot, gateway }).checks.filter(({ name }) => name === 'gateway')
  expect(found?.reason.split(message)).toHaveLength(2)
  expect(found?.reason).toContain('; the gateway said this at 10:07, with code 502')
})

const good = (table[0] as (typeof table)[number]).snapshot
const at1000 = newYorkInstant(sessionDate('2026-11-18'), '10:00')

test('an entry of an older version, without content, is judged by what it has', () => {
  const entry = { ...storedSlot(at1000), ...NO_CONTENT, zero_bid_share: null, skew_seconds: null }
  const ledger = new Map([
    ['SPY', [entry]],
    ['QQQ', [{ ...entry, answered: 400 }]],
  ])
  const check = judge('health', { ...good, ledger }).checks.find(({ name }) => name === 'slot')
  expect(check).toMatchObject({
    status: 'fail',
    reason: 'QQQ 10:00 landed with 400 of 1000 contracts (no reason)',
  })
})

test('nothing in a ledger entry or a notice breaks health', () => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, -1, 2 ** 60, 0.5, null, undefined, 'many', {}]
  const fields = Object.keys(storedSlot(at1000)).filter((name) => name !== 'slot')
  for (const field of fields) {
    for (const value of odd) {
      const entry = { ...storedSlot(at1000), [field]: value } as SlotResult
      const ledger = new Map(good.symbols.map((symbol) => [symbol, [entry]]))
      const clockOffset = { seconds: value as number, measuredAt: value as never }
      const { checks } = judge('health', { ...good, ledger, clockOffset })
      expect(checks, `${field}: ${String(value)}`).toHaveLength(13)
      for (const { reason } of checks) expect(reason).not.toMatch(/NaN|undefined|Infinity|object/)
    }
  }
})

test('a poor content is reported since its first slot in a row', () => {
  const slots = [0, 1, 2, 3].map((at) => epochMs(at1000 - (3 - at) * 300_000))
  const poor = (slot: EpochMs) => ({ ...storedSlot(slot), delayed_rows: 900 })
  const entries = slots.map((slot, at) => (at === 1 ? storedSlot(slot) : poor(slot)))
  const ledger = new Map(good.symbols.map((symbol) => [symbol, entries]))
  const check = judge('health', { ...good, ledger }).checks.find(({ name }) => name === 'slot')
  expect(check?.since).toBe(slots[2])
})

test('the settings decide from when on a content is poor', () => {
  const entry = { ...storedSlot(at1000), delayed_rows: 300 }
  const ledger = new Map(good.symbols.map((symbol) => [symbol, [entry]]))
  const stateWith = (settings: Record<string, number>) =>
    judge('readyz', { ...good, ledger, settings: healthOptions.parse(settings) }).state
  expect(stateWith({})).toBe('warn')
  expect(stateWith({ delayedFailFraction: 0.2 })).toBe('fail')
  expect(stateWith({ delayedWarnFraction: 0.3 })).toBe('ok')
})

test('the advice on a slot fits its reason', () => {
  const now = newYorkInstant(sessionDate('2026-11-18'), '10:11')
  const adviceOn = (cycleSeconds: number | null, entry = storedSlot(at1000)) => {
    const ledger = new Map(good.symbols.map((symbol) => [symbol, [entry]]))
    const scheduler = { lookAgeSeconds: 2, cycleSeconds }
    const { checks } = judge('health', { ...good, now, ledger, scheduler })
    return checks.find(({ name }) => name === 'slot')
  }
  for (const late of [adviceOn(200), adviceOn(null)]) {
    expect(late?.status).toBe('warn')
    expect(late?.advice).not.toContain('The daemon was not running')
  }
  // A handful that the plan left out does not explain what did not answer.
  const landed = { ...storedSlot(epochMs(at1000 + 300_000)), outcome: 'partial', answered: 600 } as const
  const cut = { ...landed, reason: 'deadline', skipped: 20 } as const
  expect(adviceOn(null, cut)?.advice).toContain('The cycle was cut at its deadline')
  expect(adviceOn(null, { ...cut, skipped: 500 })?.advice).toContain('The plan leaves out many contracts')
})

test('a restarted daemon says the same from the ledger', async () => {
  const lake = await temporaryLake()
  const one = slotOf({ SPY: chain(20) }, after(0))
  const content = { live_rows: 0, frozen_rows: 0, delayed_rows: 20, unquoted_rows: 0, quote_age_seconds: 9 }
  const symbols = one.symbols.map((part) => ({ ...part, report: { ...part.report, ...content } }))
  const { reports } = await append(lake, { ...one, symbols })
  const seen = (entries: readonly LedgerRow[]) => {
    const status = createDaemonStatus()
    for (const entry of entries) status.slotReported(entry)
    const { ledger } = status.read()
    const now = epochMs(one.slot + 420_000)
    return judge('health', { ...good, now, symbols: ['SPY'], ledger }).checks
  }
  expect(seen(await slots(lake))).toEqual(seen(reports))
  expect(seen(reports).find(({ name }) => name === 'slot')?.reason).toContain('100 % delayed')
})

test('the truth table holds over HTTP too', async () => {
  expect(await askTable(table)).toEqual([])
})

test('each symbol is judged by the slots of its own hours', () => {
  const clock = (time: string) => newYorkInstant(sessionDate('2026-11-18'), time)
  const slotOn = (time: string, landed: Readonly<Record<string, string>>) => {
    const symbols = Object.keys(landed)
    const timetable = {
      grid: { intervalSeconds: 300, afterClose: true },
      symbols,
      sessionOn: optionSessionOn,
    }
    const ledger = new Map(symbols.map((symbol) => [symbol, [storedSlot(clock(landed[symbol] as string))]]))
    const { checks } = judge('health', { ...good, now: clock(time), symbols, timetable, ledger })
    return checks.find(({ name }) => name === 'slot')
  }
  expect(slotOn('16:11', { SPY: '16:05', AAPL: '15:55' })).toMatchObject({
    status: 'ok',
    reason: 'SPY 16:05, AAPL 15:55 landed',
  })
  expect(slotOn('16:11', { SPY: '16:05', AAPL: '15:50' })).toMatchObject({
    status: 'fail',
    reason: '15:55 has not landed: AAPL was not collected',
  })
  // Its options have closed, and its last slot can only be judged now.
  expect(slotOn('16:02', { AAPL: '15:50' })?.status).toBe('warn')
  expect(slotOn('16:14:59', { AAPL: '15:50' })?.status).toBe('fail')
  expect(slotOn('16:15', { AAPL: '15:50' })?.status).toBe('ok')
})
