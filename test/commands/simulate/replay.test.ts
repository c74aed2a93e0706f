import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openLakeRecording } from '../../../src/commands/gateway/simulate/lake-recording.ts'
import { chainAsOf } from '../../../src/lake/query/chains.ts'
import { MARKET_METRICS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { clockFrom } from '../../../src/market/clock.ts'
import { type EpochMs, epochMs } from '../../../src/market/units.ts'
import { openReplay } from '../../../src/simulator/market/replay/replay.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { startSimulator } from '../../../src/simulator/server.ts'
import type { MarketMetricsRow } from '../../../src/snapshot/figures/market-metrics.ts'
import { readingLake, temporaryFolder, temporaryLake } from '../../lake/lakes.ts'
import { chain, DAY, FIVE_MINUTES, row, SLOT, slotOf } from '../../lake/slots.ts'
import { comparedColumns, rowDifferences } from '../../support/replayed-rows.ts'
import { runCommand } from '../run-command.ts'

const WIDE = {
  OPTIONLAKE_UNIVERSE_POLICY: 'all',
  OPTIONLAKE_UNIVERSE_STRIKE_WINDOW_FRACTION: '10',
  OPTIONLAKE_GATEWAY_MESSAGES_PER_SECOND: '1500',
  OPTIONLAKE_HARVEST_GREEKS_WAIT_MS: '100',
  OPTIONLAKE_HARVEST_TIMEOUT_MS: '500',
}

test('collecting a replayed slot gives its rows again', async () => {
  const recorded = await temporaryLake()
  const rows = [
    ...chain(60).map((one) => ({ ...one, iv: 0.184213, flags: one.bid === null ? 1 : 0 })),
    // Nobody bids; not traded today; without greeks; delayed; greeks of our own; an incomplete quote.
    row({ strike: 700, con_id: 1_001, bid: null, bid_size: 0, flags: 1 }),
    row({ strike: 701, con_id: 1_002, volume: null, last: null, open_interest: null, flags: 128 }),
    row({ strike: 702, con_id: 1_003, ...NO_GREEKS, bid: null, bid_size: null, flags: 1 | 2_048 | 131_072 }),
    row({ strike: 703, con_id: 1_004, data_type: 'delayed', flags: 16_384 }),
    row({ strike: 704, con_id: 1_005, greeks_source: 'own', flags: 4_096 | 8_192 | 131_072 }),
    row({ strike: 705, con_id: 1_006, ask: null, ask_size: null, flags: 2 | 131_072 }),
    row({ strike: 706, con_id: 1_007, bid: 0, last: 0.01, volume: 3, trading_class: 'SPY', flags: 1 | 64 }),
  ]
  await append(recorded, slotOf({ SPY: rows }))
  await upsert(recorded, MARKET_METRICS, [FIGURES])
  await append(recorded, slotOf({ SPY: chain(60, { bid: 9, ask: 9.5 }) }, epochMs(SLOT + FIVE_MINUTES)))
  const port = await replayed(recorded.layout.root, SLOT)

  const lake = join(temporaryFolder(), 'lake')
  const gateway = ['--gateway', `127.0.0.1:${port}`, '--clock', 'gateway', '--symbols', 'SPY', '--lake', lake]
  const { code, stderr } = await runCommand(['collect-once', ...gateway], WIDE)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const collected = await chainAsOf(await readingLake(lake), 'SPY', { at: SLOT })
  const again = rowDifferences(await chainAsOf(recorded, 'SPY', { at: SLOT }), collected)
  expect(again).toEqual({ rows: 67, differences: [] })
  expect(comparedColumns()).toContain('open_interest')
}, 30_000)

const FIGURES = {
  ...Object.fromEntries(MARKET_METRICS.columns.map(({ name }) => [name, null])),
  ...{ timestamp: SLOT, symbol: 'SPY', date: DAY, contracts: 67, with_iv: 66 },
  ...{ vix: 17.25, iv30_ib_index: 0.16 },
} as unknown as MarketMetricsRow

const NO_GREEKS = { iv: null, delta: null, gamma: null, theta: null, vega: null, greeks_source: null }

test('a lake is replayed as it was when it was opened', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(10) }))
  const recording = await openLakeRecording(lake.layout.root)
  onTestFinished(() => recording.close())
  await append(lake, slotOf({ SPY: chain(10), QQQ: chain(10) }, epochMs(SLOT + FIVE_MINUTES)))
  expect(recording).toMatchObject({ symbols: ['SPY'], firstSlot: SLOT, lastSlot: SLOT })
  expect(await recording.slotAfter('SPY', SLOT)).toBeNull()
  expect(await recording.chainAt('SPY', epochMs(SLOT - 1))).toBeNull()
})

test('what cannot be replayed is refused with the name, the value and what to do', async () => {
  const folder = temporaryFolder()
  const refused = async (...args: string[]) => {
    const { code, stderr } = await runCommand(['simulate', '--port', '0', ...args])
    return [code, stderr.replaceAll(folder, 'FOLDER').trim()]
  }
  expect(await refused('--replay', folder)).toEqual([
    78,
    'no lake at FOLDER: collect first: optionlake collect-once',
  ])
  const empty = await temporaryLake(join(folder, 'empty'))
  expect(await refused('--replay', empty.layout.root)).toEqual([
    78,
    'the lake FOLDER/empty has no rows to replay: collect first: optionlake collect-once',
  ])
  await append(empty, slotOf({ SPY: chain(10) }))
  await append(empty, slotOf({ SPY: chain(10) }, epochMs(SLOT + FIVE_MINUTES)))
  const lake = ['--replay', empty.layout.root]
  expect(await refused(...lake, '--from', '2026-11-20T10:29:59-05:00')).toEqual([
    64,
    '--from 2026-11-20 10:29 New York is outside the recording of FOLDER/empty: it has 2026-11-20 10:30 to 2026-11-20 10:35 New York',
  ])
  expect((await refused(...lake, '--from', 'noon'))[1]).toMatch(
    /--from noon is not a time: write for example 10:00 /,
  )
  for (const speed of ['0', '-1', 'NaN', '1e3', '10001', ''])
    expect((await refused(...lake, '--speed', speed))[1]).toContain(
      `--speed ${speed} is not a pace: write a number above 0 and up to 10,000, such as 10`,
    )
  expect((await refused(...lake, '--now', '2026-11-20T10:00:00Z'))[1]).toContain(
    '--now does not go with --replay: give the start of a replay with --from',
  )
  expect((await refused(...lake, '--chain', 'a.csv'))[1]).toContain(
    '--chain and --replay name two markets: give one of them',
  )
  expect((await refused('--speed', '2'))[1]).toContain(
    '--speed goes with --replay or --scenario: give that too',
  )
})

async function replayed(folder: string, from: EpochMs): Promise<number> {
  const recording = await openLakeRecording(folder)
  const clock = clockFrom(from)
  const replay = await openReplay(recording, clock)
  const simulator = await startSimulator(replay.market, simulatorOptions.parse({}), { clock, seed: 1 })
  onTestFinished(async () => {
    await simulator.close()
    replay.close()
    await recording.close()
  })
  return simulator.port
}
