import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { syntheticMarket } from '../../../src/simulator/market/synthetic/synthetic.ts'
import { REQUESTS } from '../../../src/simulator/requests/requests.ts'
import { bench, type RecordingClient, recordingClient } from './recording-client.ts'

const noon = newYorkInstant(sessionDate('2026-11-20'), '12:00')
const market = syntheticMarket({ seed: 7, asOf: noon })
const spy = market.find({ symbol: 'SPY', secType: 'STK' })[0]!
const vix = market.find({ symbol: 'VIX' })[0]!
const call = market.find({
  symbol: 'SPY',
  expiry: '20261127',
  right: 'C',
  strike: 680,
  tradingClass: 'SPY',
})[0]!

function open(options: object = {}) {
  const made = bench(market, { answerMedianMs: 1, answerShape: 0, ...options })
  return { ...made, client: recordingClient(REQUESTS, made.state) }
}

const byId = (conId: number) => [conId, '', '', '', '0.0', '', '', '', '', '', '', '']

interface Asked {
  conId?: number
  end?: string
  size?: string
  duration?: string
  what?: string
  format?: 1 | 2
  keepUp?: boolean
  rth?: boolean
}

function ask(client: RecordingClient, id: number, asked: Asked): void {
  const { conId = spy.conId, end = '', size = '1 min', duration = '1 D', what = 'TRADES' } = asked
  const flags = [asked.rth === false ? 0 : 1, what, asked.format ?? 1, asked.keepUp ? 1 : 0, '']
  client.request(20, id, ...byId(conId), 0, end, size, duration, ...flags)
}

/** Bars of one answer: date, open, high, low, close, volume, average price, trade count. */
async function bars(
  { client, clock }: ReturnType<typeof open>,
  asked: Asked,
): Promise<{ head: string[]; rows: string[][] }> {
  ask(client, 1, asked)
  for (let turn = 0; turn < 400; turn++) {
    await clock.advance(1)
    const [answer] = client.taken()
    if (!answer) continue
    const rows: string[][] = []
    for (let at = 5; at < answer.length; at += 8) rows.push(answer.slice(at, at + 8))
    return { head: answer.slice(0, 5), rows }
  }
  throw new Error(`no answer: ${JSON.stringify(client.errors)}`)
}

test('minute bars of the open session reach up to now, with dates in either format', async () => {
  const bench = open()
  const { head, rows } = await bars(bench, { end: '20261120 11:00:00 US/Eastern' })
  expect(head).toEqual(['17', '1', '20261120 09:30:00 US/Eastern', '20261120 11:00:00 US/Eastern', '90'])
  expect(rows).toHaveLength(90)
  expect(rows[0]?.[0]).toBe('20261120 09:30:00 US/Eastern')
  expect(rows.at(-1)?.[0]).toBe('20261120 10:59:00 US/Eastern')
  const again = await bars(bench, { end: '20261120-16:00:00', format: 2 })
  expect(again.rows.map((row) => row.slice(1))).toEqual(rows.map((row) => row.slice(1)))
  expect(Number(again.rows[0]?.[0])).toBe(newYorkInstant(sessionDate('2026-11-20'), '09:30') / 1_000)
  const utc = await bars(bench, { end: '20261120 17:00:00 Europe/Berlin', duration: '1800 S' })
  expect(utc.rows.map(([date]) => date)).toEqual(rows.slice(60).map(([date]) => date))
})

test('bars of quotes have no volume, those of trades have an average price and a count', async () => {
  const bench = open()
  const quotes = await bars(bench, { what: 'MIDPOINT', duration: '1800 S' })
  expect(quotes.rows.every((row) => row.slice(5).join() === '-1,-1,-1')).toBe(true)
  const trades = await bars(bench, { duration: '1800 S' })
  expect(trades.rows).toHaveLength(30)
  for (const row of trades.rows.slice(0, -1)) {
    const [, , high, low, , volume, average, count] = row.map(Number) as number[]
    expect(average!).toBeLessThanOrEqual(high!)
    expect(average!).toBeGreaterThanOrEqual(low!)
    expect(volume!).toBeGreaterThan(1_000)
    expect(count).toBe(60)
  }
})

test('every size of bar is served, weeks and months as sums of days', async () => {
  const bench = open()
  const sizes = ['1 min', '2 mins', '3 mins', '5 mins', '10 mins', '15 mins', '20 mins', '30 mins']
  for (const size of [...sizes, '1 hour', '2 hours', '3 hours', '4 hours', '8 hours']) {
    const { rows } = await bars(bench, { size, duration: '2 D' })
    expect(rows.length).toBeGreaterThan(1)
  }
  const days = await bars(bench, { size: '1 day', duration: '2 M' })
  expect(days.rows).toHaveLength(42)
  const week = await bars(bench, { size: '1 week', duration: '1 M' })
  const november = days.rows.filter(([date]) => date! >= '20261109' && date! <= '20261113')
  const bar = week.rows.find(([date]) => date === '20261113')!.map(Number)
  expect(bar[1]).toBe(Number(november[0]![1]))
  expect(bar[2]).toBe(Math.max(...november.map((row) => Number(row[2]))))
  expect(bar[4]).toBe(Number(november.at(-1)![4]))
  expect(bar[5]).toBe(november.reduce((sum, row) => sum + Number(row[5]), 0))
  const months = await bars(bench, { size: '1 month', duration: '1 Y' })
  expect(months.rows.length).toBeGreaterThan(11)
  expect(months.rows.at(-2)?.[0]).toBe('20261030')
})

test('what no market has is error 162, what Interactive Brokers refuses has its code', async () => {
  const { client, clock } = open()
  const wrong: Array<[Asked, number]> = [
    [{ what: 'FEE_RATE' }, 162],
    [{ what: 'OPTION_IMPLIED_VOLATILITY', conId: vix.conId }, 162],
    [{ conId: call.conId, size: '1 day' }, 162],
    [{ end: '20150101 12:00:00' }, 162],
    [{ size: '1 secs', duration: '1 D' }, 162],
    [{ size: '30 secs', duration: '600 S', end: '20260420 12:00:00' }, 162],
    [{ conId: 4_711 }, 200],
    [{ what: 'NOISE' }, 321],
    [{ size: '7 mins' }, 321],
    [{ duration: '400 D' }, 321],
    [{ end: 'soon' }, 10_314],
    [{ end: '20261120 11:00:00', keepUp: true }, 321],
  ]
  for (const [index, [asked]] of wrong.entries()) ask(client, index, asked)
  await clock.advance(20)
  expect(client.errors.map(([id, code]) => [id, code])).toEqual(
    expect.arrayContaining(wrong.map(([, code], index) => [index, code])),
  )
  // After a 321, which some clients take for a warning, 162 ends the query.
  const warned = wrong.flatMap(([, code], index) => (code === 321 ? [index] : []))
  expect(warned.map((id) => codesOf(id))).toEqual(warned.map(() => [321, 162]))
  expect(client.errors).toHaveLength(wrong.length + warned.length)
  expect(client.open.size).toBe(0)

  function codesOf(wanted: number) {
    return client.errors.flatMap(([id, code]) => (id === wanted ? [code] : []))
  }
})

test('short bars have the pacing of Interactive Brokers, longer ones have not', async () => {
  const { client, clock } = open()
  const codes = async () => {
    await clock.advance(5)
    return client.errors.splice(0).map(([, code]) => code)
  }
  const short = { size: '5 secs', duration: '60 S' }
  ask(client, 1, short)
  ask(client, 2, short)
  expect(await codes()).toEqual([162])
  for (const minute of [0, 1, 2, 3, 4])
    ask(client, 10 + minute, { ...short, end: `20261120 11:0${minute}:00` })
  expect(await codes()).toEqual([162])
  await clock.advance(15_000)
  ask(client, 3, short)
  expect(await codes()).toEqual([])
  for (let id = 100; id < 200; id++)
    ask(client, id, {
      ...short,
      end: `20261119 11:00:${String(id % 60).padStart(2, '0')}`,
      conId: id % 2 ? spy.conId : vix.conId,
    })
  expect((await codes()).length).toBeGreaterThan(50)
  for (let id = 200; id < 240; id++) ask(client, id, { size: '1 hour' })
  expect(await codes()).toEqual([])
})

test('fifty requests may be open, those that are kept up to date included', async () => {
  const { client, clock, state } = open()
  state.connections.add({ client: () => client, drop() {}, goHalfOpen() {}, pause() {}, resume() {} })
  for (let id = 1; id <= 50; id++) ask(client, id, { keepUp: true, duration: '300 S' })
  await clock.advance(50)
  ask(client, 51, {})
  ask(client, 1, {})
  await clock.advance(50)
  expect(client.errors.map(([id, code]) => [id, code])).toEqual(
    expect.arrayContaining([
      [51, 322],
      [1, 322],
    ]),
  )
  expect(client.errors).toHaveLength(2)
  client.request(25, 1, 1)
  client.taken()
  ask(client, 51, { duration: '300 S' })
  await clock.advance(50)
  expect(client.taken().some(([kind, id]) => kind === '17' && id === '51')).toBe(true)
})

test('a cancel ends an open request with error 162, and one that is not open is error 366', async () => {
  const { client, clock } = open({ answerMedianMs: 1_000 })
  ask(client, 1, {})
  client.request(25, 1, 1)
  client.request(25, 1, 1)
  await clock.advance(2_000)
  expect(client.errors.map(([id, code]) => [id, code])).toEqual([
    [1, 162],
    [1, 366],
  ])
  expect(client.taken()).toEqual([])
})

test('bars that are kept up to date follow the market, and a bar that ends is followed by the next', async () => {
  const { client, clock, state } = open()
  ask(client, 1, { keepUp: true, duration: '300 S', size: '30 secs' })
  await clock.advance(20)
  const [first] = client.taken()
  expect(first?.[0]).toBe('17')
  await clock.advance(40_000)
  const updates = client.taken()
  expect(updates.every(([kind, id]) => kind === '90' && id === '1')).toBe(true)
  const dates = [...new Set(updates.map((fields) => fields[3]))]
  expect(dates).toEqual(['20261120 12:00:00 US/Eastern', '20261120 12:00:30 US/Eastern'])
  const last = updates.at(-1)!.map(Number)
  expect(last[5]).toBe(market.quote(spy, state.clock.now()).last)
  client.request(25, 1, 1)
  await clock.advance(5_000)
  expect(client.taken()).toEqual([])
  expect(client.open.size).toBe(0)
})

test('the daily bar of the open session is kept up to date, and its volume is that of the quote', async () => {
  const { client, clock, state } = open()
  ask(client, 1, { keepUp: true, duration: '3 D', size: '1 day' })
  await clock.advance(20)
  const [first] = client.taken()
  expect(first?.[4]).toBe('4')
  await clock.advance(3_000)
  const last = client.taken().at(-1)!
  expect(last[3]).toBe('20261120')
  expect(Number(last[9])).toBe(market.quote(spy, state.clock.now()).volume)
})

test('the schedule has the hours of each session, regular or all', async () => {
  const { client, clock } = open()
  ask(client, 1, { what: 'SCHEDULE', size: '1 day', duration: '2 D', end: '20261128 12:00:00' })
  ask(client, 2, { what: 'SCHEDULE', size: '1 day', duration: '1 D', rth: false })
  await clock.advance(10)
  const [regular, all] = client.taken()
  expect(regular?.slice(0, 2)).toEqual(['106', '1'])
  expect(regular?.slice(4)).toEqual([
    ...['US/Eastern', '2'],
    ...['20261119-09:30:00', '20261119-16:00:00', '20261119'],
    ...['20261120-09:30:00', '20261120-16:00:00', '20261120'],
  ])
  expect(all?.slice(6)).toEqual(['20261120-04:00:00', '20261120-20:00:00', '20261120'])
})

test('the schedule of an index is in the time of Chicago, from its first to its last time', async () => {
  const { client, clock } = open()
  ask(client, 1, { conId: 416_904, what: 'SCHEDULE', size: '1 day', duration: '1 D' })
  await clock.advance(10)
  const [schedule] = client.taken()
  expect(schedule?.slice(3)).toEqual([
    ...['20261120-11:00:00', 'US/Central', '1'],
    ...['20261120-08:30:00', '20261120-15:15:00', '20261120'],
  ])
})
