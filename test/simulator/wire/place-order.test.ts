import { expect, test } from 'vitest'
import { Malformed, readFields } from '../../../src/simulator/wire/frames.ts'
import { numberOf, readPlacedOrder } from '../../../src/simulator/wire/place-order.ts'

/** One limit order for 100 SPY as each client writes it, from the fields after its contract on. */
const CONTRACT_FIELDS = 14
const IB_ASYNC_178 =
  '3|1|756733||||0.0|||SMART|||||||BUY|100|LMT|679.5||DAY||DU1234567|O|0|ref|1|0|0|0|0|0|0|0||0.0|||||||0||-1|0|||0|||0|0||0||||||0|||||0|||||||||||0|||0|0|||0||0|0|0|0|||||||0|||||||||0|0|0|0|||0|||'
const UNSET = '1.7976931348623157e+308'
const OFFICIAL_176 = `3|1|0|SPY|STK|||||SMART||USD|||||BUY|100|LMT|679.5||DAY||DU1234567||0|ref|1|0|0|0|0|0|0|0||0||||||||0||-1|0|||0|||0|0||0||||||0|||||0|||||||||||0|||0|0|||0||0|0|0|0||${UNSET}|${UNSET}|${UNSET}|${UNSET}|${UNSET}|0||||${UNSET}|||||0|0|0||2147483647|2147483647|0|||`
/** Of the newer official client: the end differs by version. */
const OFFICIAL_NEW = `3|1|0|SPY|STK|||||SMART||USD|||||BUY|100|LMT|679.5||DAY||DU1234567||0|ref|1|0|0|0|0|0|0|0||0|||||||0||-1|0|||0|||0|0||0||||||0|||||0|||||||||||0|||0|0|||0||0|0|0|0||${UNSET}|${UNSET}|${UNSET}|${UNSET}|${UNSET}|0||||${UNSET}|||||0|0|0||2147483647|2147483647|0|||`

/** Reads a message of which nothing may be left over. */
function read(message: string, version: number, { secType = 'STK', exchange = 'SMART' } = {}) {
  const values = message.replace(/\|$/, '').split('|')
  const fields = readFields(values, CONTRACT_FIELDS)
  const placed = readPlacedOrder(fields, { secType, exchange, version })
  expect(() => fields.text()).toThrow(Malformed)
  return placed
}

test.each([
  ['ib_async 2.1', 178, IB_ASYNC_178],
  ['the official client 10.19', 176, OFFICIAL_176],
  ['the official client at 185', 185, `${OFFICIAL_NEW}|0|`],
  ['the official client at 188', 188, `${OFFICIAL_NEW}|0||2147483647|`],
  ['the official client at 189', 189, `${OFFICIAL_NEW}|0||2147483647|0|`],
  ['the official client at 191', 191, `${OFFICIAL_NEW}|0|0|`],
  ['the official client at 193', 193, `${OFFICIAL_NEW}|0|0|2147483647|`],
])('the order of %s is read to its last field', (_client, version, message) => {
  const { attributes, legs, parts } = read(message, version)
  expect(attributes).toMatchObject({
    action: 'BUY',
    totalQuantity: '100',
    orderType: 'LMT',
    lmtPrice: '679.5',
    tif: 'DAY',
    account: 'DU1234567',
    orderRef: 'ref',
    transmit: '1',
    whatIf: '0',
  })
  expect({ legs, parts }).toEqual({ legs: [], parts: [] })
})

test('legs, routing and conditions of a combination are read, and conditions are named', () => {
  const message =
    '3|2|0|SPY|BAG||0.0|||SMART||USD|||||BUY|2|LMT|0.5|||||O|0||1|0|0|0|0|0|0|0|2|1|1|BUY|SMART|0|0||-1|2|3|SELL|SMART|0|0||-1|0|1|NonGuaranteed|1||0.0|||||||0||-1|0|||0|||0|0||0||||||0|||||0|||||||||||0|||0|0|||0||0|0|0|1|1|a|1|600.0|756733|SMART|0|0|0|||||||0|||||||||0|0|0|0|||0|||'
  const placed = read(message, 178, { secType: 'BAG' })
  expect(placed.legs).toMatchObject([
    { conId: 1, ratio: 1, action: 'BUY', exchange: 'SMART' },
    { conId: 2, ratio: 3, action: 'SELL', exchange: 'SMART' },
  ])
  expect(placed.routing).toEqual([{ tag: 'NonGuaranteed', value: '1' }])
  expect(placed.parts).toEqual(['conditions'])
})

test('a message that ends too early, and a list without an end, are malformed', () => {
  const short = IB_ASYNC_178.split('|').slice(0, 60).join('|')
  expect(() => read(`${short}|`, 178)).toThrow(Malformed)
  const endless = IB_ASYNC_178.replace('|0||0|0|0|0|||||||0', '|0||0|0|0|99999999|||||||0')
  expect(endless).not.toBe(IB_ASYNC_178)
  expect(() => read(endless, 178)).toThrow(Malformed)
})

test('a number is a number, not set, or none', () => {
  expect(['', UNSET, '1.7976931348623157E308', '2147483647'].map(numberOf)).toEqual([null, null, null, null])
  expect(['0', '-0.05', '1e3'].map(numberOf)).toEqual([0, -0.05, 1_000])
  expect(['abc', 'Infinity', 'NaN', '0x10', ' ', '1e999'].map(numberOf)).toEqual(Array(6).fill(Number.NaN))
})
