import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { IvAnswer } from '../../src/analytics/answers/iv-answer.ts'
import type { FigureAnswer, MarketAnswer } from '../../src/analytics/answers/market-answer.ts'
import type { DayQuality } from '../../src/snapshot/quality-by-day.ts'
import { runCommand } from '../commands/run-command.ts'
import { answer, run, temporaryFolder } from './program.ts'

const lake = join(temporaryFolder(), 'lake')
const only = ['--symbols', 'IWM', '--lake', lake]
type Rows = { rows: (string | number | null)[][] }
/** In this process: starting a program takes a second. */
const answerHere = <T>(args: readonly string[]) => answer<T>(args, {}, runCommand)
const ask = (query: string) => answerHere<Rows>(['sql', query, '--lake', lake])
let market: MarketAnswer & { source: string }

beforeAll(async () => {
  process.chdir(temporaryFolder())
  for (const command of ['backfill', 'collect-once']) {
    const { code, stderr } = await run([command, ...only], {
      OPTIONLAKE_HARVEST_GREEKS_WAIT_MS: '500',
      // How many options the market itself has no greeks for depends on the prices of the moment.
      OPTIONLAKE_SIMULATOR_MISSING_GREEKS_FRACTION: '0.2',
    })
    expect({ command, code, stderr }).toMatchObject({ code: 0 })
  }
  market = await answer(['market', 'IWM', ...only])
}, 120_000)

test('contracts without greeks from the gateway have our own, marked in every row', async () => {
  const { rows } = await ask(
    `SELECT greeks_source, count(*), count(iv), count(delta), bool_and((flags & 8192) > 0), bool_or((flags & 2048) > 0)
     FROM option_snapshots GROUP BY greeks_source ORDER BY greeks_source`,
  )
  const [gateway, own, none] = rows as [string | null, number, number, number, boolean, boolean][]
  expect(gateway).toMatchObject(['ib_model', expect.any(Number), gateway?.[1], gateway?.[1], false, false])
  expect(own).toMatchObject(['own', expect.any(Number), own?.[1], own?.[1], true, false])
  expect(own?.[1]).toBeGreaterThan(50)
  // Without a bid there is no middle to solve from.
  expect(none?.slice(2)).toEqual([0, 0, false, true])
})

test('market shows every figure with its basis, at any time, with defaults marked', async () => {
  expect(market).toMatchObject({ symbol: 'IWM', source: 'simulated' })
  const { iv30, iv_rank, vix, trend_intraday, iv30_ib_index } = market.figures
  for (const figure of [iv30, iv30_ib_index]) expect(figure.value).toBeGreaterThan(0.05)
  expect(iv_rank).toMatchObject({ source: 'ib_index', window: 252, unit: 'percent', reason: null })
  expect(iv_rank.observations).toBeGreaterThan(240)
  expect(vix.value).toBeGreaterThan(5)
  expect(trend_intraday).toMatchObject({ value: null, reason: 'too_few_bars', observations: 1 })

  const { stdout } = await runCommand(['market', 'IWM', '--defaults', ...only])
  expect(stdout).toMatch(/^IWM · slot \d{4}-\d\d-\d\d \d\d:\d\d New York, .* old · .*\(simulated\)/)
  expect(stdout).toMatch(/iv30 +\d+\.\d\d % +chain +\d/)
  expect(stdout).toMatch(/iv_rank +\d+\.\d\d +ib_index +2\d\d of 252/)
  expect(stdout).toMatch(/trend_intraday +neutral .*default, not measured/)
  expect(stdout).toMatch(/quality: \d+\.\d % zero bids/)
  expect(stdout).toMatch(/iv30 .* expirations\n/)
  expect(stdout).toMatch(/rows with a flag: .*greeks_own \d+/)
  expect(stdout).not.toContain('optionlake backfill')
})

test('before the first slot a known symbol has reasons, and an unknown one is refused', async () => {
  const two = ['--symbols', 'IWM,DIA', '--lake', lake]
  const unstored = await answerHere<MarketAnswer>(['market', 'DIA', ...two])
  expect(unstored).toMatchObject({ slot: null, figures: { iv30: { value: null, reason: 'no_chain' } } })
  const iv = await answerHere<IvAnswer>(['iv', 'DIA', ...two])
  expect(iv).toMatchObject({ slot: null, current: { value: null }, history: [], low: null })
  expect(iv.ranks.iv_rank).toMatchObject({ value: null, reason: 'no_current_value', observations: 0 })
  const shown = await runCommand(['iv', 'DIA', '--plot', ...two])
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toMatch(
    /^DIA 30-day implied volatility – \(no chain\) · no slot stored yet \(optionlake collect-once\) · /,
  )

  const early = await runCommand(['market', 'IWM', '--at', '2020-01-02T10:00:00-05:00', ...only])
  expect(early).toMatchObject({ code: 0, stderr: '' })
  expect(early.stdout).toMatch(/^IWM · no slot at or before 2020-01-02 10:00 New York · /)
  // A stored symbol is known, whatever the configuration contains.
  expect(await runCommand(['iv', 'IWM', '--symbols', 'DIA', '--lake', lake])).toMatchObject({ code: 0 })
  for (const command of ['market', 'iv']) {
    expect(await runCommand([command, 'NOPE', ...only])).toMatchObject({
      code: 64,
      stdout: '',
      stderr: expect.stringMatching(/"NOPE" is neither configured nor in .*: known symbols are IWM\n/),
    })
  }
})

test('iv shows history, ranks and a plot that fits the terminal', async () => {
  const iv = await answerHere<IvAnswer>(['iv', 'IWM', '--days', '90', ...only])
  expect(iv.iv_source).toBe('ib_index')
  expect(iv.history.length).toBeGreaterThan(55)
  expect(iv.history.length).toBeLessThan(66)
  expect(iv.low?.iv30).toBeLessThan(iv.high?.iv30 as number)
  expect(iv.ranks.iv_percentile_60d).toMatchObject({ window: 60, fill: 1 })

  const { stdout } = await run(['iv', 'IWM', '--plot', ...only])
  expect(stdout).toMatch(/sessions +rank +percentile +observations/)
  expect(stdout).toMatch(
    /low \d+\.\d\d % on \d{4}-\d\d-\d\d, high \d+\.\d\d % on \d{4}-\d\d-\d\d, \d+ sessions/,
  )
  expect(stdout).toMatch(/\d+\.\d % ┤.*[⠁-⣿]/)
  expect(stdout).toMatch(/╌.* now \d+\.\d/)
  expect(
    stdout
      .split('\n')
      .slice(2)
      .every((line) => line.length <= 80),
  ).toBe(true)
  expect(await runCommand(['iv', 'IWM', '--days', 'many', ...only])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('--days many is not a whole number of days from 1 to 9,999'),
  })
})

test('market computes the stored figures, and a rebuild changes no bit of them', async () => {
  const query = 'SELECT * EXCLUDE (null_reasons) FROM market_metrics'
  const before = await answerHere<Rows & { columns: string[] }>(['sql', query, '--lake', lake])
  const stored = Object.fromEntries(before.columns.map((name, at) => [name, before.rows[0]?.[at]]))
  const { figures, quality } = market
  const plain = ({ value }: FigureAnswer) => (typeof value === 'boolean' ? Number(value) : value)
  for (const [name, figure] of Object.entries(figures)) expect(stored[name], name).toBe(plain(figure))
  expect(stored).toMatchObject(quality)

  // For a finished session, the first rebuild makes the observation, which a single run does not.
  const first = await answerHere<{ changed: Record<string, { rows: number }> }>([
    'metrics',
    '--rebuild',
    ...only,
  ])
  const observed = await ask(`SELECT count(*) FROM daily_observations WHERE source = 'chain'`)
  expect(first.changed).toMatchObject({
    market_metrics: { rows: 0, days: [] },
    daily_observations: { rows: observed.rows[0]?.[0] },
  })
  const again = await runCommand(['metrics', '--rebuild', ...only])
  expect(again.stdout).toMatch(
    /^1 day, 1 slot, 1 row in [\d.]+ s \([\d.]+ slots\/s\), 1 surface in [\d.]+ s; every value was the same · .*\(simulated\)/,
  )
  expect((await ask(query)).rows).toEqual(before.rows)

  await runCommand(['metrics', '--rebuild', ...only], { OPTIONLAKE_ANALYTICS_RATE_FRACTION: '0.01' })
  const back = await runCommand(['metrics', '--rebuild', ...only])
  expect(back.stdout).toMatch(/changed: 1 row of market_metrics on \d{4}-\d\d-\d\d/)
  expect((await ask(query)).rows).toEqual(before.rows)
  expect(await runCommand(['metrics', ...only])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('--rebuild'),
  })
  const early = await runCommand(['metrics', '--rebuild', '--to', '2020-01-02', ...only])
  expect(early.stdout).toMatch(/^nothing to rebuild: no chain is stored to 2020-01-02 · /)
  const swapped = ['--from', '2026-11-20', '--to', '2026-11-02']
  expect(await runCommand(['metrics', '--rebuild', ...swapped, ...only])).toMatchObject({ code: 64 })
})

test("status shows the quality of each day's quotes, from the ledger", async () => {
  const { quality } = await answerHere<{ quality: DayQuality[] }>(['status', '--quality', ...only])
  expect(await answerHere(['status', ...only])).toMatchObject({ quality })
  expect(quality).toMatchObject([{ symbol: 'IWM', slots: 1, answered_share: 1 }])
  expect(quality[0]?.zero_bid_share).toBeGreaterThan(0)
  expect(quality[0]?.parity_residual).toBeLessThan(1)
  // The synthetic market has no arbitrage on executable prices.
  expect(quality[0]).toMatchObject({
    vertical_violations: 0,
    butterfly_violations: 0,
    calendar_violations: 0,
  })
  const { stdout } = await runCommand(['status', ...only])
  expect(stdout).toMatch(/session +symbol +slots +answered % .* zero bids % +parity/)
})
