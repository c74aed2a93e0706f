import { expect, test } from 'vitest'
import {
  cellText,
  columnsOf,
  csvOf,
  expirationName,
  isShown,
  provenanceOf,
  settingsOf,
  strikesShown,
} from '../../../src/serve/page/views/chain/chain-rows.js'
import { chainTable } from '../../../src/serve/views/chain-table.ts'
import { QUALITY_FLAGS } from '../../../src/snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { chainRow } from '../../support/served-sources.ts'

/** Strikes 640 … 680, the underlying at 661.5. */
const strikes = [640, 650, 660, 670, 680]
const table = chainTable(
  'SPY',
  strikes.flatMap((strike) =>
    (['C', 'P'] as const).flatMap((right) =>
      strike === 680 && right === 'P' ? [] : [{ ...chainRow(), strike, right, ...oddities(strike, right) }],
    ),
  ),
)

function oddities(strike: number, right: string): Partial<SnapshotRow> {
  if (strike === 640 && right === 'P') return { bid: null, bid_size: null, flags: QUALITY_FLAGS.no_bid }
  if (strike === 680) return { iv: null, delta: null, volume: 12, greeks_source: null }
  return {}
}

const DEFAULTS = settingsOf({})

function shown(options: Record<string, string>) {
  return strikesShown(table, settingsOf(options)).map((at) => table.strike[at])
}

test('settings of an address that are not legal are the defaults', () => {
  expect(settingsOf({ columns: 'greeks', sides: '<b>', rows: '' })).toEqual({
    ...DEFAULTS,
    columns: 'greeks',
  })
})

test('strikes around the money, and filters that a call or a put must pass', () => {
  expect(shown({})).toEqual(strikes)
  expect(shown({ rows: 'traded' })).toEqual([680])
  expect(shown({ rows: 'quoted', sides: 'puts' })).toEqual([650, 660, 670])
  expect(shown({ sides: 'otm' })).toEqual(strikes)
  expect(isShown(table, 'calls', 0, settingsOf({ sides: 'otm' }))).toBe(false)
  expect(isShown(table, 'puts', 0, settingsOf({ sides: 'otm' }))).toBe(true)
  const wide = { ...table, strike: Array.from({ length: 101 }, (_, at) => at), at_the_money: 50 }
  expect(strikesShown({ ...wide, calls: whole(101), puts: whole(101) }, DEFAULTS)).toHaveLength(25)
})

function whole(count: number) {
  return { ...table.calls, has_row: new Array(count).fill(true) }
}

test('the bid stands before the ask on both sides of the strike', () => {
  const { calls, puts } = columnsOf(settingsOf({ columns: 'all' }))
  const keys = (columns: typeof calls) => columns.map(({ key }) => key)
  expect(keys(calls).slice(-4)).toEqual(['bid_size', 'ask_size', 'bid', 'ask'])
  expect(keys(puts).slice(0, 4)).toEqual(['bid', 'ask', 'bid_size', 'ask_size'])
  expect(new Set(keys(puts))).toEqual(new Set(keys(calls)))
  expect(columnsOf(settingsOf({ sides: 'calls' })).puts).toEqual([])
})

test('a number says where it comes from, and an absent one why', () => {
  const { calls } = columnsOf(DEFAULTS)
  const column = (key: string) => {
    const found = calls.find((one) => one.key === key)
    if (!found) throw new Error(key)
    return found
  }
  expect(cellText(table.calls, column('bid'), 0)).toBe('11.20')
  expect(cellText(table.calls, column('iv'), 0)).toBe('17.12')
  expect(provenanceOf(table, 'calls', column('iv'), 0)).toMatchObject({
    slot: '2026-11-18T15:00:00.000Z',
    source: "the gateway's model",
  })
  expect(provenanceOf(table, 'calls', column('bid'), 0)).toMatchObject({
    as_of: '2026-11-18T15:00:12.300Z',
    source: 'live',
  })
  expect(cellText(table.puts, column('bid'), 0)).toBe('–')
  expect(provenanceOf(table, 'puts', column('bid'), 0)).toMatchObject({ reason: 'no bid', flags: 'no_bid' })
  expect(provenanceOf(table, 'calls', column('iv'), 4).reason).toContain('no volatility')
  expect(provenanceOf(table, 'puts', column('bid'), 4).reason).toContain('never answered')
})

test('a repeated quote names the slot that it is of, in New York time', () => {
  const [column] = columnsOf(DEFAULTS).calls
  const calls = { ...table.calls, carried_from: ['2026-11-18T14:55:00.000Z'] }
  expect(provenanceOf({ ...table, calls }, 'calls', column!, 0).note).toBe(
    'repeats the quote of Wed 18 Nov 09:55',
  )
})

test('the file has the stored values of what is shown, and nothing else', () => {
  const lines = csvOf(table, settingsOf({ sides: 'puts', columns: 'greeks', strikes: 'all' })).split('\r\n')
  expect(lines[0]).toBe(
    'symbol,slot,expiry,trading_class,underlying_price,strike,put_bid,put_ask,put_iv,put_delta,put_gamma,put_theta,put_vega',
  )
  expect(lines[1]).toBe(
    'SPY,2026-11-18T15:00:00.000Z,20261218,SPY,661.5,640,,11.3,0.1712,0.52,0.013,-0.2,0.75',
  )
  expect(lines.at(-1)).toBe('')
  expect(lines).toHaveLength(7)
})

test('a text that a spreadsheet would compute, or that has a comma, is written as text', () => {
  const chosen = { expiry: '20261218', trading_class: '=1+1,"x"', days: 30, contracts: 1 }
  expect(csvOf({ ...table, chosen }, DEFAULTS).split('\r\n')[1]).toContain(`"'=1+1,""x"""`)
})

test('an expiration has its class only where another class has the same expiry', () => {
  const one = { expiry: '20261218', trading_class: 'SPX', days: 30, contracts: 4 }
  expect(expirationName(one, [one])).toBe('Fri 18 Dec, 30 days')
  expect(expirationName(one, [one, { ...one, trading_class: 'SPXW' }])).toBe('Fri 18 Dec, 30 days, SPX')
})
