import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CommandContext } from '../../../src/commands/context.ts'
import { type ReplayOptions, runReplay } from '../../../src/commands/paper/replay.ts'
import { paperPage } from '../../../src/commands/paper/report-page.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { type Lake, openLake } from '../../../src/lake/open.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { readPerformance } from '../../../src/paper/backtest/journal-performance.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { openLog } from '../../../src/process/log.ts'
import { temporaryFolder } from '../../lake/lakes.ts'
import {
  FIRST_DAY,
  type Level,
  sessionsFrom,
  slotOn,
  storeHistory,
  storeSlot,
} from '../../support/backtest-lake.ts'
import { expectToFollow } from '../../support/published-schema.ts'

const DAYS = sessionsFrom(FIRST_DAY, 4)
/** An hour after the open. */
const SLOT = 12
/** Volatility is dear on the first day and back at its mean on the second. */
const DEAR = { price: 600, volFraction: 0.3 }
const CHEAP = { price: 600, volFraction: 0.15 }

async function writing<Result>(folder: string, write: (lake: Lake) => Promise<Result>): Promise<Result> {
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  try {
    return await write(lake)
  } finally {
    await lake.close()
  }
}

async function store(lake: Lake, nthDay: number, nthSlot: number, level: Level): Promise<void> {
  const date = DAYS[nthDay]!
  await storeSlot(lake, slotOn(date, nthSlot), date, level)
}

/** Four slots: a condor is sold on the first day and bought back on the second. */
const folder = mkdtempSync(join(tmpdir(), 'optionlake-backtest-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(() =>
  writing(folder, async (lake) => {
    await storeHistory(lake, { lowVol: 0.12, highVol: 0.25 })
    await store(lake, 0, SLOT, DEAR)
    await store(lake, 0, SLOT + 1, DEAR)
    await store(lake, 1, SLOT, CHEAP)
    await store(lake, 1, SLOT + 1, CHEAP)
  }),
)

async function replay(
  options: Partial<ReplayOptions> = {},
  json = true,
  signal = new AbortController().signal,
) {
  const lines: string[] = []
  const journal = options.journal ?? join(temporaryFolder(), 'journal.jsonl')
  const lifetime = openLifetime()
  const context: CommandContext = {
    config: loadConfig(null, {}, []),
    configFile: null,
    log: openLog('silent'),
    lifetime,
    signal,
    json,
    print: (line) => void lines.push(line),
    printStatus: () => {},
    printWarning: () => {},
    interactive: false,
  }
  try {
    await runReplay(context, { replay: folder, ...options, journal }, 'test')
  } finally {
    await lifetime.close()
  }
  return { answer: lines.join('\n'), journal: readFileSync(journal, 'utf8') }
}

/** What every other replay is compared with. */
let first = { answer: '', journal: '' }

test('a backtest trades the stored slots through the gateway and says what it made', async () => {
  const csv = join(temporaryFolder(), 'equity.csv')
  first = await replay({ equity: csv })
  expectToFollow('paper run', first.answer)
  // The lines of a journal are the events that a live run prints, with their number and time.
  const printed = first.journal
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { v: _version, seq: _number, at: _time, ...event } = JSON.parse(line)
      return JSON.stringify(event)
    })
  expectToFollow('paper run', printed.join('\n'))
  const report = JSON.parse(first.answer)
  expect(report).toMatchObject({
    symbols: ['SPY'],
    from: new Date(slotOn(DAYS[0]!, SLOT)).toISOString(),
    to: new Date(slotOn(DAYS[1]!, SLOT + 1)).toISOString(),
    is_stopped: false,
    unrealized: 0,
    wins: { won: 1, closed: 1, unknown: 0, fraction: 1 },
    in_market: { slots: 2, of: 4, fraction: 0.5 },
    decisions: { entries: 1 },
    orders: { intended: 2, filled: 2, refused: 0 },
  })
  const [trade] = report.trades
  expect(trade).toMatchObject({ symbol: 'SPY', strategy: 'iron_condor', quantity: 1, commissions: 8 })
  expect(trade.pnl).toBeCloseTo(trade.cash - trade.commissions, 6)
  expect(trade.pnl).toBeGreaterThan(0)
  expect(report.realized).toBe(trade.pnl)
  expect(report.slots.map((slot: { equity: number }) => slot.equity).at(-1)).toBe(report.equity)
  expect(report.max_drawdown.dollars).toBeLessThan(0)
  const rows = readFileSync(csv, 'utf8').trim().split('\n')
  expect(rows[0]).toBe('slot,realized,unrealized,equity,drawdown,open_positions,stale_marks')
  expect(rows).toHaveLength(5)
  expect(rows.at(-1)).toContain(`,${report.equity},`)
  const events = first.journal
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.map(({ kind }) => kind)).toContain('intent')
  expect(events[0]).toMatchObject({ kind: 'started', version: 'test' })
  expect(events.at(-1)).toMatchObject({ kind: 'stopped', reason: 'the replay has ended' })
}, 30_000)

test('the page of a journal has the equity of its backtest, slot by slot', async () => {
  const path = join(temporaryFolder(), 'journal.jsonl')
  writeFileSync(path, `${first.journal}{"v": 1, "cut`)
  const performance = await readPerformance(path)
  const report = JSON.parse(first.answer)
  expect(performance.read.damaged).toBe(1)
  expect(
    performance.report.equity.map(({ slot, equity }) => ({ slot: new Date(slot).toISOString(), equity })),
  ).toEqual(report.slots.map(({ slot, equity }: { slot: string; equity: number }) => ({ slot, equity })))
  const html = paperPage('<journal>', performance, { madeAt: new Date(0), version: 'test' })
  expect(html).toContain('&lt;journal&gt;')
  for (const title of ['Equity', 'Trades and exits', 'Decisions']) expect(html).toContain(`<h2>${title}</h2>`)
  expect(html).toContain('1 damaged line skipped')
  expect(html).toContain('iv_rank')
})

test('a backtest writes the same journal again, byte for byte, and at any speed', async () => {
  const again = await replay()
  const slowly = await replay({ speed: '10000' })
  expect(again.journal).toBe(first.journal)
  expect(slowly.journal).toBe(first.journal)
}, 60_000)

test('the report as text names the lake, the trades and what is not known', async () => {
  const to = new Date(slotOn(DAYS[0]!, SLOT + 1)).toISOString()
  const { answer } = await replay({ to }, false)
  expect(answer).toContain(folder)
  expect(answer).toMatch(/^slots +2, 2026-09-14 10:30 to 2026-09-14 10:35 New York$/m)
  expect(answer).toMatch(/^decisions +1 entry, 1 without one$/m)
  expect(answer).toMatch(/^won +– \(no closed position\)$/m)
  expect(answer).toMatch(/2026-09-14 10:3\d +open +SPY +iron_condor +1 +4\.00 +-?\d+\.\d\d/)
}, 30_000)

test('what cannot be replayed is refused with the option, the value and what to do', async () => {
  const refused = async (options: Partial<ReplayOptions>) => {
    try {
      await replay(options)
      return 'no failure'
    } catch (error) {
      const { exitCode, message } = error as { exitCode: number; message: string }
      return `${exitCode} ${message}`
    }
  }
  const journal = join(temporaryFolder(), 'journal.jsonl')
  writeFileSync(journal, '')
  expect(await refused({ journal })).toBe(
    `64 the journal ${journal} exists, and a backtest writes a new one: name another with --journal`,
  )
  expect(await refused({ replay: temporaryFolder() })).toMatch(/^78 /)
  expect(await refused({ from: '2027-01-04T10:00:00-05:00' })).toMatch(
    /^64 --from 2027-01-04 10:00 is after the recording: .* has 2026-09-14 10:30 to 2026-09-15 10:35 New York$/,
  )
  expect(await refused({ to: '2026-01-05T10:00:00-05:00' })).toMatch(/^64 --to 2026-01-05 10:00 is before/)
  expect(await refused({ from: '2026-09-15T10:30:00-04:00', to: '2026-09-14T10:30:00-04:00' })).toBe(
    '64 --from 2026-09-15 10:30 is later than --to 2026-09-14 10:30: swap them',
  )
  expect(await refused({ speed: 'fast' })).toMatch(/^64 --speed fast is not a pace/)
}, 30_000)

test('a backtest that is stopped between two slots cancels its orders and reports what it has', async () => {
  const stop = new AbortController()
  const path = join(temporaryFolder(), 'journal.jsonl')
  const look = setInterval(() => {
    if (existsSync(path) && readFileSync(path, 'utf8').includes('"kind":"fill"')) {
      stop.abort(new Error('stopped by SIGINT'))
    }
  }, 5)
  const { answer, journal } = await replay({ speed: '1', journal: path }, true, stop.signal)
  clearInterval(look)
  expect(JSON.parse(answer)).toMatchObject({ is_stopped: true, in_market: { of: 1 } })
  expect(JSON.parse(journal.trim().split('\n').at(-1)!)).toMatchObject({
    kind: 'stopped',
    reason: 'stopped by the user',
    orders_left: [],
    positions: ['SPY-20260914T1430-IC'],
  })
}, 30_000)

test('what is stored later changes nothing that was decided before', async () => {
  const to = new Date(slotOn(DAYS[1]!, SLOT + 1)).toISOString()
  await writing(folder, async (lake) => {
    await store(lake, 1, SLOT + 2, { price: 540, volFraction: 0.6 })
    await store(lake, 2, SLOT, { price: 500, volFraction: 0.8 })
    await storeHistory(lake, { day: DAYS[3]!, from: DAYS[1]!, lowVol: 0.5, highVol: 0.9 })
  })
  const after = await replay({ to })
  expect(after.journal).toBe(first.journal)
  const beyond = await replay()
  const lastLine = first.journal.trim().split('\n').length - 1
  const untilThen = (journal: string) => journal.split('\n').slice(0, lastLine)
  expect(untilThen(beyond.journal)).toEqual(untilThen(first.journal))
  expect(beyond.journal.length).toBeGreaterThan(first.journal.length)
}, 60_000)
