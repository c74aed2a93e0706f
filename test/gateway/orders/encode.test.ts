import { afterEach, expect, test } from 'vitest'
import { orderLimits } from '../../../src/gateway/orders/limits.ts'
import type { OrderRequest } from '../../../src/gateway/orders/order.ts'
import { openOrderEntry } from '../../../src/gateway/orders/order-entry.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession } from '../../../src/gateway/session/session.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { conId } from '../../../src/market/units.ts'
import { Malformed, readFields } from '../../../src/simulator/wire/frames.ts'
import { readPlacedOrder } from '../../../src/simulator/wire/place-order.ts'
import { orderPeer } from '../../support/order-peer.ts'
import { optionOf, order, stockOf } from './entry-gateway.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** The frames of these orders at a gateway of that version. */
async function framesOf(
  serverVersion: number,
  requests: readonly OrderRequest[],
): Promise<readonly string[][]> {
  const peer = await orderPeer({ accounts: () => 'DU1234567', serverVersion })
  closers.push(peer.close)
  const session = await openSession(gatewayOptions.parse({ port: peer.port, messagesPerSecond: 1_000 }), {
    clock: systemClock,
  })
  const limits = orderLimits.parse({ maxOrderQuantity: 1_000_000, maxOrdersPerMinute: 1_000 })
  const entry = openOrderEntry(session, { accounts: ['DU1234567'], limits, clock: systemClock })
  closers.push(async () => {
    entry.close()
    await session.close()
  })
  await entry.whenReady(new AbortController().signal, 5_000)
  await Promise.all(requests.map((request) => entry.place(request)))
  await session.currentTime()
  return peer.orders() as readonly string[][]
}

/** Contract id to security id: fields 2 to 15. */
const CONTRACT_FIELDS = 16
/** Those at which the layout changes, and the newest. */
const VERSIONS = [176, 177, 178, 183, 184, 187, 189, 190, 192, 193]

const legs = [
  { conId: conId(11), side: 'BUY', ratio: 1, exchange: 'SMART' },
  { conId: conId(12), side: 'SELL', ratio: 2, exchange: 'SMART' },
] as const
const SPREAD: OrderRequest['instrument'] = {
  ...{ kind: 'combination', symbol: 'SPY', exchange: 'SMART', currency: 'USD', legs },
}
const OPTION = optionOf(13, { strike: 672.5, right: 'P', expiry: '20261218', symbol: 'BRK.B' })

test('at every server version the gateway reads every field of an order, and none is left over', async () => {
  for (const version of VERSIONS) {
    const [stock, option, spread] = await framesOf(version, [
      order(stockOf(756733), { side: 'SELL', quantity: 100, limitPrice: 0.1 + 0.2, timeInForce: 'GTC' }),
      order(OPTION, { orderRef: 'an option', transmit: false }),
      order(SPREAD, { limitPrice: -0.35, quantity: 3, timeInForce: 'IOC' }),
    ])
    const read = (fields: readonly string[] | undefined, secType: string) => {
      const rest = readFields(fields ?? [], CONTRACT_FIELDS - 2)
      const placed = readPlacedOrder(rest, { secType, exchange: 'SMART', version })
      expect(() => rest.text(), `a field is left over at version ${version}`).toThrow(Malformed)
      return placed
    }
    expect(stock?.slice(0, 14)).toEqual([
      '3',
      '47',
      '756733',
      'SPY',
      'STK',
      '',
      '',
      '',
      '',
      'SMART',
      '',
      'USD',
      '',
      '',
    ])
    expect(read(stock, 'STK')).toMatchObject({
      attributes: {
        ...{
          action: 'SELL',
          totalQuantity: '100',
          orderType: 'LMT',
          lmtPrice: '0.3',
          auxPrice: '',
          tif: 'GTC',
        },
        ...{
          account: 'DU1234567',
          transmit: '1',
          whatIf: '0',
          outsideRth: '0',
          hidden: '0',
          exemptCode: '-1',
        },
        ...{ ocaGroup: '', parentId: '', goodTillDate: '', algoStrategy: '', adjustedOrderType: '' },
      },
      ...{ legs: [], parts: [] },
    })
    expect(option?.slice(2, 14)).toEqual([
      '13',
      'BRK B',
      'OPT',
      '20261218',
      '672.5',
      'P',
      '100',
      'SMART',
      '',
      'USD',
      '',
      'BRK.B',
    ])
    expect(read(option, 'OPT').attributes).toMatchObject({
      ...{ orderType: 'MKT', lmtPrice: '', transmit: '0', orderRef: 'an option', totalQuantity: '1' },
    })
    expect(read(spread, 'BAG')).toMatchObject({
      attributes: { lmtPrice: '-0.35', totalQuantity: '3', tif: 'IOC' },
      legs: [
        { conId: 11, ratio: 1, action: 'BUY', exchange: 'SMART', rest: ['0', '0', '', '-1'] },
        { conId: 12, ratio: 2, action: 'SELL', exchange: 'SMART', rest: ['0', '0', '', '-1'] },
      ],
      ...{ legPrices: [], routing: [], parts: [] },
    })
  }
})

/** One limit order for 100 SPY as the official client 10.19 writes it at version 176. */
const UNSET = '1.7976931348623157e+308'
const OFFICIAL_176 = `3|1|0|SPY|STK|||||SMART||USD|||||BUY|100|LMT|679.5||DAY||DU1234567||0|ref|1|0|0|0|0|0|0|0||0||||||||0||-1|0|||0|||0|0||0||||||0|||||0|||||||||||0|||0|0|||0||0|0|0|0||${UNSET}|${UNSET}|${UNSET}|${UNSET}|${UNSET}|0||||${UNSET}|||||0|0|0||2147483647|2147483647|0||`
const NOT_SET = new Set(['', '0', UNSET, '2147483647'])

test('field by field, an order is the one that the official client writes, but for the spelling of "not set"', async () => {
  const [ours] = await framesOf(176, [
    order(stockOf(756733), { quantity: 100, limitPrice: 679.5, orderRef: 'ref' }),
  ])
  const theirs = OFFICIAL_176.split('|')
  expect(ours).toHaveLength(115)
  expect(theirs).toHaveLength(115)
  const different = theirs.flatMap((theirField, at) => {
    const ourField = ours?.[at] ?? ''
    const isSame = ourField === theirField || (NOT_SET.has(ourField) && NOT_SET.has(theirField))
    return isSame ? [] : [`field ${at}: ${ourField}, not ${theirField}`]
  })
  // The number of the order, and the contract id, which the official client was not given.
  expect(different).toEqual(['field 1: 47, not 1', 'field 2: 756733, not 0'])
})

test.each([
  ['a price that is no number', { limitPrice: Number.NaN }],
  ['an infinite price', { limitPrice: Number.POSITIVE_INFINITY }],
  ["the protocol's unset price", { limitPrice: Number.MAX_VALUE }],
  ['a price of zero', { limitPrice: 0 }],
  ['a quantity of zero', { quantity: 0 }],
  ['a negative quantity', { quantity: -1 }],
  ['a fraction of a share', { quantity: 1.5 }],
  ['a quantity that is no number', { quantity: Number.NaN }],
  ['a quantity that is missing', { quantity: undefined as never }],
  ['a transmit that is missing', { transmit: undefined as never }],
  ['a time in force that is missing', { timeInForce: undefined as never }],
  ['a price that is missing', { limitPrice: undefined as never }],
  ['an unknown side', { side: 'SSHORT' as never }],
  ['an empty orderRef', { orderRef: '' }],
  ['an orderRef with a terminator', { orderRef: 'a\u0000b' }],
  ['an orderRef that is too long', { orderRef: 'x'.repeat(41) }],
])('%s is refused, and nothing is written', async (_name, terms) => {
  await expect(framesOf(193, [order(stockOf(1), terms)])).rejects.toMatchObject({
    kind: 'invalid',
    exitCode: 64,
  })
})

test.each([
  ['one leg', [legs[0]]],
  ['five legs', [1, 2, 3, 4, 5].map((id) => ({ ...legs[0], conId: conId(id) }))],
  ['the same leg twice', [legs[0], legs[0]]],
  ['a ratio of zero', [legs[0], { ...legs[1], ratio: 0 }]],
  ['a leg without an exchange', [legs[0], { ...legs[1], exchange: '' }]],
])('a combination with %s is refused', async (_name, wrong) => {
  const instrument = { ...SPREAD, legs: wrong } as OrderRequest['instrument']
  await expect(framesOf(193, [order(instrument)])).rejects.toMatchObject({ kind: 'invalid' })
})
