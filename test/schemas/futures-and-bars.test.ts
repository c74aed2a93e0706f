import { expect, test } from 'vitest'
import { FUTURE_SNAPSHOTS, UNDERLYING_BARS } from '../../src/lake/tables/small-tables.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import type { FutureRow } from '../../src/snapshot/future-snapshots.ts'
import type { UnderlyingBarRow } from '../../src/snapshot/underlying-bars.ts'
import { runCommand } from '../commands/run-command.ts'
import { temporaryLake } from '../lake/lakes.ts'
import { DAY, SLOT } from '../lake/slots.ts'
import { expectToFollow } from '../support/published-schema.ts'

const future = (at: number, expiry: string): FutureRow => ({
  ...{ timestamp: SLOT, symbol: 'ES', date: DAY, expiry, contract_month: expiry.slice(0, 6) },
  ...{ con_id: at + 1, local_symbol: `ES${at}`, trading_class: 'ES', exchange: 'CME', currency: 'USD' },
  ...{ multiplier: 50, front_rank: at + 1, roll_days: 8, bid: 6_000 + at, ask: 6_001 + at },
  ...{ bid_size: 3, ask_size: 4, last: null, volume: null, open_interest: 100, settlement: 5_990 },
  ...{ spot_index: 'SPX', spot_price: 5_995, spot_at: SLOT, data_type: 'live', quoted_at: SLOT },
  ...{ flags: 256, definition_version: 2 },
})

const bar: UnderlyingBarRow = {
  ...{ timestamp: SLOT, symbol: 'ES', con_id: 1, kind: 'FUT', expiry: '20261218', date: DAY },
  ...{ open: 18, high: 19, low: 17.5, close: 18.25, ticks: 20, price_basis: 'trade', session: 'regular' },
  ...{ coverage_seconds: 300, data_type: 'live', first_at: SLOT, last_at: SLOT + 299_000 },
}

test('futures and bars follow their schemas', async () => {
  const lake = await temporaryLake()
  await upsert(lake, FUTURE_SNAPSHOTS, [future(0, '20261218'), future(1, '20270319')])
  await upsert(lake, UNDERLYING_BARS, [bar])
  const where = ['ES', '--lake', lake.layout.root, '--json']
  const futures = await runCommand(['futures', ...where])
  expectToFollow('futures', futures.stdout)
  expect(JSON.parse(futures.stdout).futures[0].flags).toEqual(['opening'])
  expectToFollow('bars', (await runCommand(['bars', ...where])).stdout)
})
