import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { groupChain } from '../../src/analytics/chain.ts'
import type { SecondOrderColumns } from '../../src/analytics/second-order-rows.ts'
import { withOwnGreeks } from '../../src/analytics/volatility/own-greeks.ts'
import { openLake } from '../../src/lake/open.ts'
import { append } from '../../src/lake/write/append.ts'
import { systemClock } from '../../src/market/clock.ts'
import { expiryTimesOf } from '../../src/market/option-hours.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import { rowOf, SLOT } from '../analytics/chains.ts'
import { esRows, spxRows, vixRows } from '../analytics/index-chains.ts'
import { slotOf } from '../lake/slots.ts'
import { runCommand } from './run-command.ts'

let folder = ''
let root = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'optionlake-chain-'))
  const lake = await openLake(folder, { source: 'simulated', mode: 'write', clock: systemClock })
  const date = '2026-11-20' as Parameters<typeof slotOf>[2]
  const spy = [675, 680, 685].map((strike, at) => rowOf({ strike, con_id: at + 1 }))
  const spx = groupChain(spxRows(), { slot: SLOT, expiresAt: expiryTimesOf('SPX') })
  const carry = { rateFraction: 0.04, dividends: [] }
  const parts = { SPX: withOwnGreeks(spx, carry), ES: esRows(), VIX: vixRows(), SPY: spy }
  await append(lake, slotOf(parts, SLOT, date))
  root = lake.layout.root
  await lake.close()
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const chain = (...args: string[]) => runCommand(['chain', ...args, '--lake', root])
const titlesOf = (stdout: string) => stdout.split('\n').filter((line) => /^\d{8}/.test(line))
const jsonOf = async (...args: string[]): Promise<SnapshotRow[]> =>
  JSON.parse((await chain(...args, '--json')).stdout).rows

describe('optionlake chain', () => {
  test('shows the classes of one expiry apart, with settlement and style', async () => {
    const { stdout } = await chain('SPX', '--expiry', '20261217')
    expect(titlesOf(stdout)).toEqual([
      '20261217 · SPXW, PM, european · 98 contracts',
      '20261217 · SPX, AM, european · 98 contracts',
    ])
    // Nine lines of strikes each, none twice in a table.
    expect(stdout.match(/ 6800 /g)).toHaveLength(2)
  })

  test('of one class only, whatever its letters', async () => {
    expect(titlesOf((await chain('SPX', '--class', 'spx')).stdout)).toEqual(['20261217 · 98 contracts'])
    const rows = await jsonOf('SPX', '--class', 'SPXW')
    expect(new Set(rows.map(({ trading_class }) => trading_class))).toEqual(new Set(['SPXW']))
    expect(rows[0]?.expires_at).toBe('2026-12-04T21:00:00.000Z')
  })

  test('with --greeks all has the greeks that are not stored', async () => {
    const { stdout } = await chain('SPX', '--expiry', '20261217', '--class', 'SPXW', '--greeks', 'all')
    expect(stdout).toMatch(/call rho +call vanna +call volga +call charm +strike +put rho/)
    const rows = (await jsonOf('SPX', '--greeks', 'all', '--all')) as (SnapshotRow & SecondOrderColumns)[]
    const atmCall = rows.find(({ strike, right }) => strike === 6_800 && right === 'C')!
    const atmPut = rows.find(({ strike, right }) => strike === 6_800 && right === 'P')!
    expect([atmCall.rho! > 0, atmPut.rho! < 0]).toEqual([true, true])
    // European options of one strike differ by a forward, which has neither vega nor a changing delta.
    expect(atmCall.vanna).toBeCloseTo(atmPut.vanna!, 6)
    for (const { iv, rho, charm } of rows)
      expect([rho === null, charm === null]).toEqual([iv === null, iv === null])
    const near = (await jsonOf('SPX', '--atm', '--greeks', 'all')) as (SnapshotRow & SecondOrderColumns)[]
    // Priced with all strikes of their expirations, though only the nearest are shown.
    expect(rows).toEqual(expect.arrayContaining(near))
    expect((await jsonOf('SPX', '--atm'))[0]).not.toHaveProperty('rho')
  })

  test('knows no other greeks to add', async () => {
    const { code, stderr } = await chain('SPX', '--greeks', 'some')
    expect(code).toBe(64)
    expect(stderr).toMatch(/--greeks \S+ is not known: write all/)
  })

  test('names the classes that there are', async () => {
    const { code, stderr } = await chain('SPX', '--class', 'SPXX')
    expect(code).toBe(64)
    expect(stderr).toContain('SPX has no options of class "SPXX" in this slot: --class may be SPX, SPXW')
  })

  test('options on futures are shown around their own future', async () => {
    const { stdout } = await chain('ES')
    expect(stdout).toMatch(/^ES 6830\.00 · /)
    expect(titlesOf(stdout)).toEqual([
      '20261204 · EW1, PM, european · future 6830.00 · 80 contracts',
      '20261218 · ES, AM, american · future 6830.00 · 80 contracts',
      '20261231 · EW, PM, european · future 6893.50 · 80 contracts',
    ])
    const money = await jsonOf('ES', '--atm')
    expect(money.map(({ strike }) => strike)).toEqual([6_825, 6_825, 6_825, 6_825, 6_900, 6_900])
  })

  test('options on the VIX are shown around their forward', async () => {
    const { stdout } = await chain('VIX', '--expiry', '20261215')
    expect(stdout).toMatch(/^VIX 15\.00 · /)
    expect(titlesOf(stdout)).toEqual(['20261215 · forward 17.40 · 50 contracts'])
    expect((await jsonOf('VIX', '--atm')).map(({ strike }) => strike)).toEqual([17.5, 17.5, 18, 18, 19, 19])
  })

  test('a chain of one class looks as it always did', async () => {
    expect(titlesOf((await chain('SPY')).stdout)).toEqual(['20261218 · 3 contracts'])
  })
})

test('optionlake market names class, settlement and style where there are several', async () => {
  const { stdout } = await runCommand(['market', 'SPX', '--lake', root])
  expect(stdout).toMatch(/^20261217 +SPX +AM +european +27\.94 /m)
  expect(stdout).toMatch(/^20261217 +SPXW +PM +european +27\.21 /m)
  const spy = await runCommand(['market', 'SPY', '--lake', root])
  expect(spy.stdout).toMatch(/^20261218 +28\.22 /m)
})
