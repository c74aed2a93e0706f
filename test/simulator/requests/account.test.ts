import { expect, test } from 'vitest'
import type { SimContract } from '../../../src/simulator/market/market.ts'
import {
  ACCOUNT_REQUESTS,
  CHANGE_DELAY_MS,
  FIGURES_UPDATE_MS,
  PNL_UPDATE_MS,
} from '../../../src/simulator/requests/account.ts'
import { OPTIONS, SPY } from '../stub-market.ts'
import { bench, quoted, recordingClient } from './recording-client.ts'

const ACCOUNT = 'DU1234567'
const UNSET = String(Number.MAX_VALUE)
const [CALL] = OPTIONS as [SimContract]

/** 100 SPY bought at 680 and 2 calls sold at 5, then quoted at 690 and 6. */
function traded() {
  const made = bench()
  made.quotes.set(SPY.conId, quoted(680, { close: 675 }))
  made.quotes.set(CALL.conId, quoted(5, { close: 4 }))
  made.trade(SPY, 100)
  made.trade(CALL, -2)
  made.quotes.set(SPY.conId, quoted(690, { close: 675 }))
  made.quotes.set(CALL.conId, quoted(6, { close: 4 }))
  return { ...made, client: recordingClient(ACCOUNT_REQUESTS, made.state) }
}

const stockFields = (exchange: string) => [
  ...['756733', 'SPY', 'STK', '', '0', '', '', exchange, 'USD', 'SPY', 'SPY'],
]
const callFields = (exchange: string) => [
  ...[String(CALL.conId), 'SPY', 'OPT', CALL.expiry, '630', 'C', '100', exchange, 'USD'],
  ...[CALL.localSymbol, 'SPY'],
]

test('positions come with their end and then at every change, until they are cancelled', () => {
  const { client, quotes, trade } = traded()
  client.request(61, 1)
  expect(client.taken()).toEqual([
    ['61', '3', ACCOUNT, ...stockFields('SMART'), '100', '680.01'],
    ['61', '3', ACCOUNT, ...callFields('SMART'), '-2', '499.35'],
    ['62', '1'],
  ])
  trade(SPY, -40)
  expect(client.taken()).toEqual([['61', '3', ACCOUNT, ...stockFields('SMART'), '60', '680.01']])
  trade(SPY, -60)
  expect(client.taken()).toEqual([['61', '3', ACCOUNT, ...stockFields('SMART'), '0', '0']])
  client.request(64, 1)
  quotes.set(SPY.conId, quoted(700))
  trade(SPY, 1)
  expect(client.taken()).toEqual([])
})

test('what changes while the server is lost is told once it is back', async () => {
  const { client, clock, state, trade } = traded()
  client.request(61, 1)
  client.request(92, 7, ACCOUNT, '')
  client.taken()
  state.injected.set('server_lost', { kind: 'server_lost', code: 1_100, streams: 'kept' })
  trade(SPY, -40)
  trade(SPY, -10)
  await clock.advance(1_000)
  expect(client.taken()).toEqual([])
  state.injected.delete('server_lost')
  await clock.advance(1_000)
  expect(client.taken()).toEqual([
    ['94', '7', expect.any(String), expect.any(String), expect.any(String)],
    ['61', '3', ACCOUNT, ...stockFields('SMART'), '50', '680.01'],
  ])
  trade(SPY, -50)
  expect(client.taken()).toEqual([['61', '3', ACCOUNT, ...stockFields('SMART'), '0', '0']])
})

test('positions by account have the id of the request and no model', () => {
  const { client, trade } = traded()
  client.request(74, 1, 31, ACCOUNT, '')
  expect(client.taken()).toEqual([
    ['71', '1', '31', ACCOUNT, ...stockFields('SMART'), '100', '680.01', ''],
    ['71', '1', '31', ACCOUNT, ...callFields('SMART'), '-2', '499.35', ''],
    ['72', '1', '31'],
  ])
  client.request(75, 1, 31)
  trade(SPY, 1)
  expect(client.taken()).toEqual([])
  client.request(74, 1, 32, 'DU9', '')
  expect(client.errors).toEqual([[32, 321, expect.stringContaining('Invalid account code')]])
})

test('account updates are values, portfolio, time and the end; later what has changed', async () => {
  const { client, clock, trade } = traded()
  client.request(6, 2, 1, '')
  await clock.advance(0)
  const first = client.taken()
  const values = first.filter(([kind]) => kind === '6')
  const value = (tag: string, currency = 'USD') =>
    values.find((fields) => fields[2] === tag && fields[4] === currency)?.[3]
  // 1,000,000 − 68,001 + 998.70
  expect(value('TotalCashValue')).toBe('932997.70')
  expect(value('NetLiquidation')).toBe('1000797.70')
  expect(value('StockMarketValue')).toBe('69000.00')
  expect(value('OptionMarketValue')).toBe('-1200.00')
  expect(value('UnrealizedPnL')).toBe('797.70')
  expect(value('CashBalance', 'BASE')).toBe('932997.70')
  expect(value('AccountReady', '')).toBe('true')
  expect(first.slice(values.length)).toEqual([
    ['7', '8', ...stockFields(''), '100', '690', '69000', '680.01', '999', '0', ACCOUNT],
    ['7', '8', ...callFields(''), '-2', '6', '-1200', '499.35', expect.any(String), '0', ACCOUNT],
    ['8', '1', '12:00'],
    ['54', '1', ACCOUNT],
  ])

  trade(SPY, -100)
  expect(client.taken()).toEqual([])
  await clock.advance(CHANGE_DELAY_MS)
  const second = client.taken()
  expect(second.map(([kind]) => kind)).toContain('6')
  expect(second.some(([kind, , tag]) => kind === '6' && tag === 'AccountCode')).toBe(false)
  // A position closed today stays in the portfolio with its realized profit.
  const closed = ['7', '8', ...stockFields(''), '0', '690', '0', '0', '0', '998', ACCOUNT]
  expect(second).toContainEqual(closed)
  await clock.advance(FIGURES_UPDATE_MS)
  expect(client.taken().map(([kind]) => kind)).toEqual(['7', '7', '8'])

  client.request(6, 2, 0, '')
  trade(SPY, 100)
  await clock.advance(FIGURES_UPDATE_MS)
  expect(client.taken()).toEqual([])
})

test('account updates by account have the same values under the id of the request', async () => {
  const { client, clock, trade } = traded()
  client.request(76, 1, 41, ACCOUNT, '', 1)
  const first = client.taken()
  expect(first.at(-1)).toEqual(['74', '1', '41'])
  expect(first).toContainEqual(['73', '1', '41', ACCOUNT, '', 'NetLiquidation', '1000797.70', 'USD'])
  trade(SPY, 100)
  await clock.advance(CHANGE_DELAY_MS)
  expect(client.taken()).toContainEqual(['73', '1', '41', ACCOUNT, '', 'TotalCashValue', '863996.70', 'USD'])
  client.request(77, 1, 41)
  await clock.advance(FIGURES_UPDATE_MS)
  expect(client.taken()).toEqual([])
})

test('an account summary has the tags that were asked for, in their order, and then what changes', async () => {
  const { client, clock, quotes } = traded()
  client.request(62, 1, 51, 'All', 'NetLiquidation, TotalCashValue,Nonsense,Cushion')
  expect(client.taken()).toEqual([
    ['63', '1', '51', ACCOUNT, 'NetLiquidation', '1000797.70', 'USD'],
    ['63', '1', '51', ACCOUNT, 'TotalCashValue', '932997.70', 'USD'],
    ['63', '1', '51', ACCOUNT, 'Cushion', expect.stringMatching(/^0\.\d{6}$/), ''],
    ['64', '1', '51'],
  ])
  quotes.set(SPY.conId, quoted(691))
  await clock.advance(FIGURES_UPDATE_MS)
  expect(client.taken()).toEqual([
    ['63', '1', '51', ACCOUNT, 'NetLiquidation', '1000897.70', 'USD'],
    ['63', '1', '51', ACCOUNT, 'Cushion', expect.any(String), ''],
  ])
})

test('$LEDGER is in the base currency, or in the one named, or in all', () => {
  const { client } = traded()
  const currencies = (tags: string) => {
    client.request(62, 1, 52, ACCOUNT, tags)
    const rows = client.taken().filter(([kind]) => kind === '63')
    client.request(63, 1, 52)
    expect(rows.map((fields) => fields[4])).toContain('CashBalance')
    return [...new Set(rows.map((fields) => fields[6]))]
  }
  expect(currencies('$LEDGER')).toEqual(['BASE'])
  expect(currencies('$LEDGER:USD')).toEqual(['USD'])
  expect(currencies('$LEDGER:ALL')).toEqual(['USD', 'BASE'])
})

test('an account summary names a group and tags, and a third one is error 322 until one is cancelled', () => {
  const { client } = traded()
  client.request(62, 1, 1, '', 'NetLiquidation')
  client.request(62, 1, 2, 'All', '')
  client.request(62, 1, 3, 'Nobody', 'NetLiquidation')
  client.request(62, 1, 4, 'All', 'NetLiquidation')
  client.request(62, 1, 5, ACCOUNT, 'NetLiquidation')
  client.request(62, 1, 6, 'All', 'NetLiquidation')
  client.request(62, 1, 5, 'All', 'NetLiquidation')
  expect(client.errors).toEqual([
    [1, 321, expect.stringContaining('Group name cannot be null')],
    [2, 321, expect.stringContaining('Tags cannot be null')],
    [3, 321, expect.stringContaining('Group name is invalid')],
    [6, 322, expect.stringContaining('Maximum number of account summary requests exceeded')],
    [5, 322, expect.stringContaining('Duplicate ticker id')],
  ])
  client.request(63, 1, 4)
  client.request(62, 1, 6, 'All', 'NetLiquidation')
  expect(client.errors).toHaveLength(5)
})

test('profit and loss come at once and then when they change, until they are cancelled', async () => {
  const { client, clock, quotes } = traded()
  client.request(92, 61, ACCOUNT, '')
  client.request(94, 62, ACCOUNT, '', SPY.conId)
  const cents = (fields: string[] | undefined) =>
    fields?.map((field) => String(Number(Number(field).toFixed(2))))
  const [total, single] = client.taken()
  expect(cents(total)).toEqual(['94', '61', '797.7', '797.7', '0'])
  expect(cents(single)).toEqual(['95', '62', '100', '999', '999', '0', '69000'])
  await clock.advance(PNL_UPDATE_MS)
  expect(client.taken()).toEqual([])
  quotes.set(SPY.conId, quoted(695, { close: 675 }))
  await clock.advance(PNL_UPDATE_MS)
  const [laterTotal, laterSingle] = client.taken()
  expect(cents(laterTotal)).toEqual(['94', '61', '1297.7', '1297.7', '0'])
  expect(cents(laterSingle)).toEqual(['95', '62', '100', '1499', '1499', '0', '69500'])
  client.request(93, 61)
  client.request(95, 62)
  quotes.set(SPY.conId, quoted(600))
  await clock.advance(PNL_UPDATE_MS)
  expect(client.taken()).toEqual([])
})

test('subscriptions to profit and loss that began at different moments look at the market together', async () => {
  let looks = 0
  const quote = () => {
    looks++
    return quoted(690 + looks / 100, { close: 675 })
  }
  const { state, clock, trade } = bench({ quote })
  const client = recordingClient(ACCOUNT_REQUESTS, state)
  trade(SPY, 100)
  for (let id = 1; id <= 5; id++) {
    client.request(92, id, ACCOUNT, '')
    await clock.advance(70)
  }
  client.taken()
  looks = 0
  await clock.advance(PNL_UPDATE_MS)
  expect(looks).toBe(1)
  expect(new Set(client.taken().map(([, , ...figures]) => figures.join())).size).toBe(1)
})

test('figures that are not known are the largest double, and never NaN', () => {
  const { client, quotes } = traded()
  client.request(94, 71, ACCOUNT, '', 12_345)
  expect(client.taken()).toEqual([['95', '71', '0', UNSET, UNSET, UNSET, UNSET]])
  quotes.delete(SPY.conId)
  client.request(92, 72, ACCOUNT, '')
  client.request(94, 73, ACCOUNT, '', SPY.conId)
  expect(client.taken()).toEqual([
    ['94', '72', UNSET, UNSET, '0'],
    ['95', '73', '100', UNSET, UNSET, '0', UNSET],
  ])
})

test('profit and loss need the name of the account', () => {
  const { client } = traded()
  client.request(92, 81, '', '')
  client.request(94, 82, 'DU9', '', SPY.conId)
  client.request(92, 83, 'All', '')
  expect(client.errors).toEqual([
    [81, 321, expect.stringContaining('Account must not be empty')],
    [82, 321, expect.stringContaining('Invalid account code')],
    [83, 321, expect.stringContaining('Invalid account code')],
  ])
})

test('a cancel ends only a request of its own kind', () => {
  const { client } = traded()
  client.request(92, 91, ACCOUNT, '')
  client.request(62, 1, 92, 'All', 'NetLiquidation')
  client.request(63, 1, 91)
  client.request(93, 92)
  expect([...client.open.keys()]).toEqual([91, 92])
})
