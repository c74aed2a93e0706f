import { expect, test } from 'vitest'
import type { SimContract } from '../../../src/simulator/market/market.ts'
import { REQUESTS } from '../../../src/simulator/requests/requests.ts'
import { OPTIONS, SPY, VIX } from '../stub-market.ts'
import { bench, quoted, recordingClient } from './recording-client.ts'

const [CALL] = OPTIONS as [SimContract]

function open() {
  const made = bench()
  return { ...made, client: recordingClient(REQUESTS, made.state) }
}

/** The twelve contract fields of most requests; `byId` leaves all others empty. */
const byId = (conId: number) => [conId, '', '', '', '0.0', '', '', '', '', '', '', '']

test('the market rule of the contract details is in cents, and an unknown rule is error 322 of no request', () => {
  const { client } = open()
  client.request(91, 26)
  expect(client.taken()).toEqual([['93', '26', '1', '0', '0.01']])
  // Contracts with another tick have a rule of the simulator's own.
  client.request(91, 10_500)
  expect(client.taken()).toEqual([['93', '10500', '1', '0', '0.05']])
  client.request(91, 4_711)
  expect(client.errors).toEqual([[-1, 322, expect.stringContaining('Market rule with id = 4711 is missing')]])
})

test('the exchange map of a stream can be looked up, and another one is an error', () => {
  const { client } = open()
  client.request(83, 7, '9c0001')
  expect(client.taken()[0]?.slice(0, 6)).toEqual(['82', '7', '6', '0', 'AMEX', 'A'])
  client.request(83, 8, 'nowhere')
  expect(client.errors).toEqual([[8, 322, expect.stringContaining('"nowhere"')]])
})

test('symbols match by their beginning, then by name, and say whether there are options', async () => {
  const market = {
    find: ({ secType }: { secType?: string }) => [SPY, VIX].filter((one) => one.secType === secType),
  }
  const { state, clock } = bench(market)
  const client = recordingClient(REQUESTS, state)
  client.request(81, 9, 'sp')
  await clock.advance(1_000)
  const spy = ['756733', 'SPY', 'STK', '', 'USD', '1', 'OPT', 'SPDR\\u00ae S&P 500 ETF', '']
  const vix = ['13455763', 'VIX', 'IND', '', 'USD', '0', 'SPDR\\u00ae S&P 500 ETF', '']
  // Both contracts of the stub have the name of the fund.
  expect(client.taken()).toEqual([['79', '9', '2', ...spy, ...vix]])
  client.request(81, 10, ' ')
  await clock.advance(1_000)
  client.request(81, 11, 'xyz')
  await clock.advance(1_000)
  expect(client.taken()).toEqual([
    ['79', '10', '0'],
    ['79', '11', '0'],
  ])
})

test('the account has no family, no soft dollar tiers, no news provider and no white branding', () => {
  const { client } = open()
  client.request(80)
  client.request(79, 5)
  client.request(85)
  client.request(104, 6)
  expect(client.taken()).toEqual([
    ['78', '1', 'DU1234567', ''],
    ['77', '5', '0'],
    ['85', '0'],
    ['107', '6', ''],
  ])
})

test('services that the account does not have are refused with the code and the id of the request', () => {
  const { client } = open()
  client.request(52, 2, 1, SPY.conId, 'SPY', 'STK', 'SMART', '', 'USD', 'SPY', 'ReportsOwnership', 0, '')
  client.request(84, 2, 'BRFG', 'BRFG$1', '')
  client.request(86, 3, SPY.conId, 'BRFG', '', '', 10, '')
  client.request(100, 4)
  client.request(102, 5, SPY.conId)
  client.request(18, 1, 1)
  client.request(19, 1, 1, '<xml/>', 6)
  expect(client.errors.map(([id, code]) => [id, code])).toEqual([
    [1, 430],
    [2, 10_172],
    [3, 10_276],
    [4, 10_276],
    [5, 10_276],
    [-1, 321],
    [6, 321],
  ])
})

test('a client that verifies itself is refused', () => {
  const { client } = open()
  client.request(65, 1, 'api', '1')
  client.request(72, 1, 'api', '1', 'key')
  expect(client.taken().map((fields) => fields.slice(0, 3))).toEqual([
    ['66', '1', '0'],
    ['70', '1', '0'],
  ])
})

test('the calculator finds the volatility of a price, and the price of that volatility', () => {
  const { client } = open()
  client.request(54, 3, 1, ...byId(CALL.conId), 55, 680, 0, '')
  const [first] = client.taken()
  expect(first?.slice(0, 4)).toEqual(['21', '1', '53', '0'])
  const volatility = Number(first?.[4])
  expect(volatility).toBeGreaterThan(0.05)
  client.request(55, 3, 2, ...byId(CALL.conId), volatility, 680, 0, '')
  const [second] = client.taken()
  expect(Number(second?.[6])).toBeCloseTo(55, 6)
  expect(Number(second?.[11])).toBe(680)
})

test('the calculator sends the sentinels for a price that no volatility explains', () => {
  const { client } = open()
  client.request(54, 3, 1, ...byId(CALL.conId), 1, 680, 0, '')
  expect(client.taken()).toEqual([['21', '1', '53', '0', '-1', '-2', '1', '-1', '-2', '-2', '-2', '680']])
  client.request(55, 3, 2, ...byId(CALL.conId), 0, 680, 0, '')
  expect(client.taken()).toEqual([['21', '2', '53', '0', '-1', '-2', '-1', '-1', '-2', '-2', '-2', '680']])
  client.request(54, 3, 3, ...byId(SPY.conId), 1, 680, 0, '')
  client.request(54, 3, 4, ...byId(1), 1, 680, 0, '')
  expect(client.errors.map(([id, code]) => [id, code])).toEqual([
    [3, 322],
    [4, 200],
  ])
})

test('a scan ranks the stocks by their change, and its cancel is error 162', async () => {
  const other: SimContract = {
    ...SPY,
    conId: 320_227_571,
    symbol: 'QQQ',
    localSymbol: 'QQQ',
    tradingClass: 'QQQ',
  }
  const { state, clock, quotes } = bench({ find: () => [SPY, other] })
  const client = recordingClient(REQUESTS, state)
  quotes.set(SPY.conId, { last: 101, close: 100, volume: 10 })
  quotes.set(other.conId, { last: 104, close: 100, volume: 5 })
  const scan = (requestId: number, code: string, aboveVolume: number | '' = '') =>
    client.request(22, requestId, -1, 'STK', 'STK.US.MAJOR', code, '', '', aboveVolume, '', '')
  const symbols = () => client.taken().map((fields) => [fields[2], fields[6], fields[22]])
  scan(1, 'TOP_PERC_GAIN')
  await clock.advance(1_000)
  expect(symbols()).toEqual([['1', 'QQQ', 'SPY']])
  scan(2, 'MOST_ACTIVE', 7)
  await clock.advance(1_000)
  expect(symbols()).toEqual([['2', 'SPY', undefined]])
  client.request(23, 1, 1)
  client.request(23, 1, 2)
  expect(client.errors).toEqual([
    [1, 162, expect.stringContaining('API scanner subscription cancelled: 1')],
    [2, 162, expect.stringContaining('API scanner subscription cancelled: 2')],
  ])
  await clock.advance(60_000)
  expect(client.taken()).toEqual([])
  // An open scan comes again, and not while its farm is down.
  scan(3, 'TOP_PERC_LOSE')
  await clock.advance(31_000)
  expect(symbols()).toEqual([
    ['3', 'SPY', 'QQQ'],
    ['3', 'SPY', 'QQQ'],
  ])
  state.injected.set('farm_broken', { kind: 'farm_broken', farm: 'history' })
  await clock.advance(60_000)
  expect(client.taken()).toEqual([])
})

test('a scan that matches nothing ends with an empty list, and an unknown scan is error 162', async () => {
  const { state, clock } = bench({ find: () => [SPY] })
  const client = recordingClient(REQUESTS, state)
  client.request(22, 1, 10, 'STK', 'STK.US', 'TOP_PERC_LOSE', '', '', '', '', '')
  await clock.advance(1_000)
  expect(client.taken()).toEqual([['20', '3', '1', '0']])
  client.request(22, 2, 10, 'STK', 'STK.US', '27', '', '', '', '', '')
  client.request(22, 3, 10, 'STK', 'STK.EU', 'MOST_ACTIVE', '', '', '', '', '')
  expect(client.errors).toEqual([
    [2, 162, expect.stringContaining('Scanner type with code 27 is disabled')],
    [3, 162, expect.stringContaining('STK.EU')],
  ])
  client.request(24, 1)
  expect(client.taken()[0]?.[2]).toContain('<scanCode>TOP_PERC_GAIN</scanCode>')
})

test('all clients share the display groups', () => {
  const { state, client } = open()
  const other = recordingClient(REQUESTS, state, 2)
  client.request(67, 1, 1)
  client.request(68, 1, 2, 4)
  other.request(68, 1, 9, 4)
  client.request(69, 1, 2, '756733@SMART')
  expect(client.taken()).toEqual([
    ['67', '1', '1', '1|2|3|4|5|6|7'],
    ['68', '1', '2', 'none'],
    ['68', '1', '2', '756733@SMART'],
  ])
  expect(other.taken()).toEqual([
    ['68', '1', '9', 'none'],
    ['68', '1', '9', '756733@SMART'],
  ])
  other.request(70, 1, 9)
  client.request(69, 1, 2, 'none')
  expect(other.taken()).toEqual([])
  client.request(68, 1, 3, 8)
  client.request(69, 1, 44, 'none')
  expect(client.errors.map(([id, code]) => [id, code])).toEqual([
    [3, 322],
    [44, 300],
  ])
})

test('an exercise is refused with the reason, and at last by the clearing of a paper account', () => {
  const { client, quotes, trade } = open()
  const contract = [CALL.conId, '', '', '', '0.0', '', '', '', '', '', '']
  const exercise = (requestId: number, action: number, quantity: number, override = 0) =>
    client.request(21, 2, requestId, ...contract, action, quantity, 'DU1234567', override)
  quotes.set(CALL.conId, quoted(5))
  quotes.set(SPY.conId, quoted(CALL.strike - 1, { last: CALL.strike - 1 }))
  exercise(1, 1, 1)
  trade(CALL, 2)
  exercise(2, 1, 3)
  exercise(3, 1, 2)
  exercise(4, 1, 2, 1)
  exercise(5, 3, 2)
  quotes.set(SPY.conId, quoted(CALL.strike + 1, { last: CALL.strike + 1 }))
  exercise(6, 2, 2)
  exercise(7, 1, 2)
  expect(client.errors).toEqual([
    [1, 322, expect.stringContaining('1 contracts to exercise, 0 held')],
    [2, 322, expect.stringContaining('3 contracts to exercise, 2 held')],
    [3, 322, expect.stringContaining('Exercise ignored because option is not in-the-money.')],
    [4, 322, expect.stringContaining('paper account')],
    [5, 322, expect.stringContaining('exercise action 3')],
    [6, 322, expect.stringContaining('Lapse ignored because option is in-the-money.')],
    [7, 322, expect.stringContaining('paper account')],
  ])
})
