import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { widthOf } from '../../src/commands/terminal/wrap.ts'
import { openLake } from '../../src/lake/open.ts'
import { FUTURE_SNAPSHOTS, UNDERLYING_BARS } from '../../src/lake/tables/small-tables.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { systemClock } from '../../src/market/clock.ts'
import { epochMs, type SessionDate } from '../../src/market/units.ts'
import type { FutureRow } from '../../src/snapshot/future-snapshots.ts'
import type { UnderlyingBarRow } from '../../src/snapshot/underlying-bars.ts'
import { openSimulatedDaemon } from '../daemon/simulated-daemon.ts'
import { smallRun, writeRun } from '../experiments/support/step-records.ts'
import { linesOfATrade } from '../paper/trading-desk.ts'
import { FIRST_DAY, sessionsFrom, slotOn, storeHistory, storeSlot } from '../support/backtest-lake.ts'
import { atTerminal } from './at-terminal.ts'
import { emulatedScreen } from './emulated-screen.ts'
import { runCommand } from './run-command.ts'

const COLUMNS = 60
const [FIRST, SECOND] = sessionsFrom(FIRST_DAY, 2) as [SessionDate, SessionDate]

let root = ''
const lake = () => join(root, 'lake')
const runs = () => join(root, 'runs')
const journal = () => join(root, 'paper.jsonl')

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'ol-'))
  const written = await openLake(lake(), { source: 'simulated', mode: 'write', clock: systemClock })
  await storeHistory(written, { day: FIRST, lowVol: 0.12, highVol: 0.3 })
  for (const date of [FIRST, SECOND])
    await storeSlot(written, slotOn(date, 1), date, { price: 600, volFraction: 0.2 })
  const timestamp = slotOn(SECOND, 1)
  const futures = ['20261218', '20270319'].map(
    (expiry, at): FutureRow => ({
      ...{ timestamp, symbol: 'ES', date: SECOND, expiry, contract_month: expiry.slice(0, 6) },
      ...{ con_id: at + 1, local_symbol: `ES${at}`, trading_class: 'ES', exchange: 'CME', currency: 'USD' },
      ...{ multiplier: 50, front_rank: at + 1, roll_days: 8, bid: 6_000 + at, ask: 6_001 + at },
      ...{ bid_size: 3, ask_size: 4, last: null, volume: null, open_interest: 100, settlement: 5_990 },
      ...{
        spot_index: 'SPX',
        spot_price: 5_995,
        spot_at: timestamp,
        data_type: 'live',
        quoted_at: timestamp,
      },
      ...{ flags: 256, definition_version: 2 },
    }),
  )
  await upsert(written, FUTURE_SNAPSHOTS, futures)
  const bars = [0, 1, 2].map(
    (nth): UnderlyingBarRow => ({
      ...{
        timestamp: slotOn(SECOND, nth),
        symbol: 'SPY',
        con_id: 1,
        kind: 'STK',
        expiry: null,
        date: SECOND,
      },
      ...{ open: 600, high: 601, low: 599.5, close: 600.25 + nth, ticks: 300, price_basis: 'trade' },
      ...{ session: 'regular', coverage_seconds: 300, data_type: 'live' },
      ...{ first_at: slotOn(SECOND, nth), last_at: epochMs(slotOn(SECOND, nth) + 299_000) },
    }),
  )
  await upsert(written, UNDERLYING_BARS, bars)
  await written.close()

  const order = { id: 'o1', side: 'BUY', price: 1000.1, qty: 100 } as const
  const fill = { order_id: 'o1', side: 'BUY', price: 1000.1, qty: 100 } as const
  for (const mode of ['passive', 'active'] as const) {
    const steps = [1000, 1001, 1002].map((mid, at) => ({
      ...{ mid, ...(mode === 'active' && at === 0 && { orders: [order] }) },
      ...(mode === 'active' && at === 1 && { fills: [fill] }),
    }))
    writeRun(
      runs(),
      `${mode}.jsonl`,
      smallRun({ steps, ...(mode === 'passive' && { mode, experiment: mode }) }),
    )
  }

  writeFileSync(journal(), `${(await linesOfATrade()).join('\n')}\n`)
}, 60_000)

afterAll(() => rmSync(root, { recursive: true, force: true }))

/** The answer and everything beside it, as a terminal of 60 columns has it. */
async function printed(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly tooWide: string[]; readonly lines: string[]; readonly code: number }> {
  const { code, stdout, stderr } = await atTerminal(COLUMNS, () => runCommand(args, environment))
  const lines = [stdout, stderr].flatMap((text) => {
    // Wider than the terminal, so that a line that is too wide is seen and not folded.
    const screen = emulatedScreen(1_000)
    screen.write(text)
    return screen.lines()
  })
  // A path alone has no place to break.
  return {
    code,
    lines,
    tooWide: lines.filter((line) => widthOf(line) > COLUMNS && line.trim().includes(' ')),
  }
}

test.each([
  [['status']],
  [['status', '--quality']],
  [['stats']],
  [['chain', 'SPY']],
  [['chain', 'SPY', '--all', '--greeks', 'all', '--no-plot']],
  [['futures', 'ES']],
  [['market', 'SPY']],
  [['surface', 'SPY']],
  [['bars', 'SPY', '--plot']],
  [['iv', 'SPY', '--plot']],
  [['positioning', 'SPY', '--all']],
  [['realized', 'SPY']],
  [['sql', 'SELECT * FROM option_snapshots LIMIT 3']],
  [['sql', 'SELECT symbol, count(*) AS number FROM slots GROUP BY 1']],
  [['export', '--features', '--describe']],
  [['metrics', '--rebuild', '--no-surfaces']],
  [['compact']],
  [['verify']],
  [['repair']],
  [['vacuum', '--dry-run']],
  [['backup', 'BACKUP']],
  [['restore', '--as-of', '2', '--dry-run']],
  [['restore', '--from', 'BACKUP', '--lake', 'RESTORED']],
  [['experiment', 'run', '--list-experiments']],
  [['experiment', 'run', '--list-scenarios']],
  [['experiment', 'summary', '--dir', 'RUNS', '--output', 'SUMMARY']],
  [['experiment', 'stats', 'RUNS/active.jsonl']],
  [['experiment', 'compare', 'RUNS/passive.jsonl', 'RUNS/active.jsonl']],
  [['experiment', 'impact', '--dir', 'RUNS']],
  [['paper', 'status', '--journal', 'JOURNAL']],
])('%j fits 60 columns', async (args) => {
  const places: Readonly<Record<string, string>> = {
    BACKUP: join(root, 'copy'),
    RESTORED: join(root, 'back'),
    RUNS: runs(),
    SUMMARY: join(root, 's.csv'),
    JOURNAL: journal(),
  }
  const named = args.map((arg) => arg.replace(/^[A-Z]+(?=$|\/)/, (name) => places[name] ?? name))
  const { code, lines, tooWide } = await printed(
    named.includes('--lake') ? named : [...named, '--lake', lake()],
  )
  expect({ code, tooWide }, lines.join('\n')).toEqual({ code: 0, tooWide: [] })
  expect(lines.join('')).not.toBe('')
})

test('the commands that ask a gateway fit 60 columns too', async () => {
  const { simulator, close } = await openSimulatedDaemon('2026-11-20', '12:00')
  onTestFinished(close)
  const gateway = ['--gateway', `127.0.0.1:${simulator.port}`, '--clock', 'gateway', '--symbols', 'IWM']
  const universe = {
    OPTIONLAKE_UNIVERSE_POLICY: 'plain',
    OPTIONLAKE_UNIVERSE_PLAIN_EXPIRATIONS: '1',
    OPTIONLAKE_UNIVERSE_STRIKE_WINDOW_FRACTION: '0.02',
    OPTIONLAKE_UNIVERSE_MIN_STRIKE_WINDOW_FRACTION: '0.02',
    OPTIONLAKE_HARVEST_GREEKS_WAIT_MS: '300',
    OPTIONLAKE_GATEWAY_MESSAGES_PER_SECOND: '500',
    OPTIONLAKE_HTTP_PORT: '0',
  }
  for (const command of [['doctor'], ['plan'], ['backfill'], ['collect-once']]) {
    const { code, lines, tooWide } = await printed(
      [...command, ...gateway, '--lake', join(root, 'new')],
      universe,
    )
    expect({ command, code, tooWide }, lines.join('\n')).toEqual({ command, code: 0, tooWide: [] })
  }
})
