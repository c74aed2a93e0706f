import { expect, test } from 'vitest'
import { REQUESTS } from '../../../src/simulator/requests/requests.ts'
import { futuresMarket, time } from '../market/synthetic/futures/market.ts'
import { bench, type RecordingClient, recordingClient } from './recording-client.ts'

const market = futuresMarket({ seed: 7, asOf: time('2026-11-20', '12:00') })

function open() {
  const made = bench(market, { answerMedianMs: 1, answerShape: 0 })
  return { ...made, client: recordingClient(REQUESTS, made.state) }
}

/** The twelve fields of a contract. */
const described = (fields: { secType: string; symbol?: string; expiry?: string; exchange?: string }) => [
  ...[0, fields.symbol ?? '', fields.secType, fields.expiry ?? '', '0.0', '', ''],
  ...[fields.exchange ?? 'CME', '', '', '', ''],
]
const es = (expiry: string) => described({ symbol: 'ES', secType: 'FUT', expiry })

/** Frames of a kind, once there is one, or the errors. */
async function answers({ client, clock }: ReturnType<typeof open>, kind: number): Promise<string[][]> {
  const found: string[][] = []
  for (let turn = 0; turn < 500 && found.length === 0 && client.errors.length === 0; turn++) {
    await clock.advance(10)
    found.push(...client.taken().filter(([one]) => Number(one) === kind))
  }
  return found
}

function details(client: RecordingClient, contract: ReadonlyArray<string | number>, expired = 0) {
  client.request(9, 8, 1, ...contract, expired, '', '', '')
}

test('contract details of a month say where, how much and until when', async () => {
  const opened = open()
  details(opened.client, es('202612'))
  const [row] = await answers(opened, 10)
  expect(row?.slice(2, 12)).toEqual([
    ...['ES', 'FUT', '20261218 08:30:00 US/Central', '20261218', '0', '', 'CME', 'USD', 'ESZ6', 'ES'],
  ])
  expect(row).toEqual(expect.arrayContaining(['0.25', '50', '202612', 'US/Central', 'IND', '20261218']))
})

test('the month of oil is that of delivery, not of the expiry', async () => {
  const opened = open()
  details(opened.client, described({ symbol: 'CL', secType: 'FUT', expiry: '202701', exchange: 'NYMEX' }))
  const rows = await answers(opened, 10)
  expect(rows.map((row) => row[10])).toEqual(['CLF7'])
  expect(rows[0]?.[4]).toBe('20261221 14:30:00 US/Eastern')
})

test('an expired future is unknown, unless expired ones are wanted', async () => {
  const unknown = open()
  details(unknown.client, es('20260918'))
  expect(await answers(unknown, 10)).toEqual([])
  expect(unknown.client.errors.map(([, code]) => code)).toEqual([200])
  const known = open()
  details(known.client, es('20260918'), 1)
  expect((await answers(known, 10)).map((row) => row[10])).toEqual(['ESU6'])
})

test('the chain of a future has a row for each class, at its exchange alone', async () => {
  const [future] = market.find({ symbol: 'ES', secType: 'FUT' })
  const opened = open()
  opened.client.request(78, 1, 'ES', 'CME', 'FUT', future!.conId)
  const rows = await answers(opened, 75)
  expect(new Set(rows.map((row) => row[2]))).toEqual(new Set(['CME']))
  expect(rows.map((row) => row[4])).toEqual(expect.arrayContaining(['ES', 'EW', 'EW1', 'E4A']))
  expect(rows.every((row) => Number(row[3]) === future!.conId && row[5] === '50')).toBe(true)
  const other = open()
  other.client.request(78, 2, 'ES', 'NYMEX', 'FUT', future!.conId)
  expect(await answers(other, 75)).toEqual([])
})

test('a stream has open interest as tick 86 if it is requested, and the settlement as tick 9', async () => {
  const opened = open()
  const { client, clock } = opened
  client.request(1, 11, 1, ...es('20261218'), 0, '588', 0, 0, '')
  client.request(1, 11, 2, ...es('20261218'), 0, '', 0, 0, '')
  const frames: string[][] = []
  for (let turn = 0; turn < 100; turn++) {
    await clock.advance(50)
    frames.push(...client.taken())
  }
  const typesOf = (id: string) =>
    new Set(
      frames
        .filter(([kind, , one]) => (kind === '1' || kind === '2') && one === id)
        .map((one) => Number(one[3])),
    )
  expect([...typesOf('1')]).toEqual(expect.arrayContaining([0, 1, 2, 3, 4, 8, 9, 86]))
  expect(typesOf('2').has(86)).toBe(false)
  const close = frames.find(([kind, , id, type]) => kind === '1' && id === '1' && type === '9')
  const [contract] = market.find({ symbol: 'ES', secType: 'FUT' })
  expect(Number(close?.[4])).toBe(market.quote(contract!, time('2026-11-19', '16:00')).last)
})

test('an option on a future streams its open interest as an option does', async () => {
  const { client, clock } = open()
  const [option] = market.find({ symbol: 'ES', secType: 'FOP', tradingClass: 'EW', right: 'P', strike: 7000 })
  const contract = [option!.conId, '', '', '', '0.0', '', '', 'CME', '', '', '', '']
  client.request(1, 11, 1, ...contract, 0, '101', 0, 0, '')
  const types = new Set<string>()
  for (let turn = 0; turn < 100; turn++) {
    await clock.advance(50)
    for (const [kind, , , type] of client.taken()) types.add(`${kind} ${type}`)
  }
  expect([...types]).toEqual(expect.arrayContaining(['1 1', '1 2', '2 27', '2 28']))
})

const history = (
  client: RecordingClient,
  asked: { size: string; duration: string; rth: 0 | 1; end?: string },
) =>
  client.request(
    ...[
      20,
      1,
      ...es('20261218'),
      0,
      asked.end ?? '',
      asked.size,
      asked.duration,
      asked.rth,
      'TRADES',
      1,
      0,
      '',
    ],
  )

test('a day of history begins on the evening before, in regular hours in the morning', async () => {
  const all = open()
  history(all.client, { size: '5 mins', duration: '1 D', rth: 0 })
  const [answer] = await answers(all, 17)
  expect(answer?.[2]).toBe('20261119 18:00:00 US/Eastern')
  expect(answer?.[5]).toBe('20261119 18:00:00 US/Eastern')
  const regular = open()
  history(regular.client, { size: '5 mins', duration: '1 D', rth: 1 })
  const [morning] = await answers(regular, 17)
  expect(morning?.[5]).toBe('20261120 09:30:00 US/Eastern')
})

test('daily bars carry the trade date, and none is lost where the request is answered in parts', async () => {
  const opened = open()
  history(opened.client, { size: '1 day', duration: '70 D', rth: 0 })
  const [answer] = await answers(opened, 17)
  const dates = answer!
    .slice(5)
    .filter((_, at) => at % 8 === 0)
    .filter((date) => date !== '')
  expect(dates).toHaveLength(70)
  expect(new Set(dates).size).toBe(70)
  expect(dates.at(-1)).toBe('20261119')
})

test('the schedule has a session for each trade date, from the evening before', async () => {
  const opened = open()
  const flags = [0, 'SCHEDULE', 1, 0, '']
  opened.client.request(20, 1, ...es('20261218'), 0, '', '1 day', '3 D', ...flags)
  const [answer] = await answers(opened, 106)
  expect(answer?.slice(4, 9)).toEqual([
    ...['US/Central', '3', '20261117-17:00:00', '20261118-16:00:00', '20261118'],
  ])
  expect(answer?.at(-1)).toBe('20261120')
})

test('single trades come tick by tick, also from the past', async () => {
  const opened = open()
  opened.client.request(97, 1, ...es('20261218'), 'Last', 20, 0)
  const frames = await answers(opened, 98)
  expect(Number(frames[0]?.[2])).toBeGreaterThanOrEqual(20)
})

test('realtime bars and single trades go on through the night', async () => {
  const opened = open()
  const { client, clock } = opened
  await clock.advance(time('2026-11-23', '02:00') - time('2026-11-20', '12:00'))
  client.taken()
  client.request(50, 3, 1, ...es('20261218'), 5, 'TRADES', 0, '')
  client.request(50, 3, 2, ...es('20261218'), 5, 'TRADES', 1, '')
  client.request(97, 3, ...es('20261218'), 'AllLast', 0, 0)
  for (let turn = 0; turn < 30; turn++) await clock.advance(500)
  const frames = client.taken()
  const barsOf = (id: string) => frames.filter(([kind, , one]) => kind === '50' && one === id)
  expect(barsOf('1').length).toBeGreaterThanOrEqual(2)
  // Regular hours begin in the morning.
  expect(barsOf('2')).toEqual([])
  expect(frames.some(([kind, id]) => kind === '99' && id === '3')).toBe(true)
  expect(client.errors).toEqual([])
})
