import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { uniformOf } from '../../../src/market/random.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { syntheticMarket } from '../../../src/simulator/market/synthetic/synthetic.ts'
import { REQUESTS } from '../../../src/simulator/requests/requests.ts'
import { Malformed } from '../../../src/simulator/wire/frames.ts'
import { bench, recordingClient } from './recording-client.ts'

const noon = newYorkInstant(sessionDate('2026-11-20'), '12:00')
const market = syntheticMarket({ seed: 7, asOf: noon })
const spy = market.find({ symbol: 'SPY', secType: 'STK' })[0]!
const [call] = market.find({
  symbol: 'SPY',
  expiry: '20261127',
  right: 'C',
  strike: 680,
  tradingClass: 'SPY',
})
const ROUNDS = Number(process.env.OPTIONLAKE_FUZZ_ROUNDS ?? 250)
/** Requests that end with one answer, and the messages of these answers. */
const QUESTIONS = new Set([20, 87, 88, 96])
const ANSWERS = new Set(['17', '88', '89', '96', '97', '98', '106'])

const ODD = [
  '',
  '0',
  '-1',
  '1',
  '2',
  'x',
  'NaN',
  '1e400',
  '99999999999',
  '20261120 11:00:00',
  '∞',
  ' ',
  '5 mins',
]
const ENDS = [
  '',
  '20261120 11:00:00 US/Eastern',
  '20261119-16:00:00',
  '20160101 00:00:00',
  '20991231 00:00:00',
  '11:00:00',
]
const SIZES = ['1 secs', '5 secs', '30 secs', '1 min', '5 mins', '1 hour', '8 hours', '1 day', '1W', '1M']
const DURATIONS = ['60 S', '1800 S', '1 D', '3 D', '1 W', '9 M', '20 Y', '999999 Y', '0 D']
const KINDS = [
  'TRADES',
  'BID_ASK',
  'MIDPOINT',
  'HISTORICAL_VOLATILITY',
  'SCHEDULE',
  'FEE_RATE',
  'ADJUSTED_LAST',
]
const IDS = [spy.conId, call!.conId, 13_455_763, 0, 4_711]

test(`${ROUNDS} requests with values that do not belong together end with an answer or an error of their own`, async () => {
  let draws = 0
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(uniformOf(11, draws++) * values.length)] as Value
  const made = bench(market, { answerMedianMs: 1, answerShape: 0 })
  const client = recordingClient(REQUESTS, made.state)
  const unanswered: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const contract = [pick(IDS), '', '', '', '0.0', '', '', pick(['', 'SMART', 'CBOE']), '', '', '', '']
    const message = pick<Array<string | number>>([
      [
        20,
        round,
        ...contract,
        0,
        pick(ENDS),
        pick(SIZES),
        pick(DURATIONS),
        1,
        pick(KINDS),
        1,
        pick([0, 0, 1]),
        '',
      ],
      [87, round, ...contract, 0, 1, pick(KINDS), pick([1, 2])],
      [88, round, ...contract, 0, 1, pick(['1 day', '2 weeks', '20 minutes', '0 days', '9 years'])],
      [
        96,
        round,
        ...contract,
        0,
        pick(ENDS),
        pick(ENDS),
        pick([1, 10, 1_000, 0, 1e9]),
        pick(KINDS),
        1,
        0,
        '',
      ],
      [97, round, ...contract, pick(['Last', 'BidAsk', 'MidPoint', 'All']), pick([0, 10]), 0],
      [50, 3, round, ...contract, 5, pick(KINDS), 1, ''],
      [10, 5, round, ...contract, pick([1, 5, -1, 1e6]), pick([0, 1]), ''],
    ])
    if (round % 3 === 0) message[1 + Math.floor(uniformOf(12, round) * (message.length - 1))] = pick(ODD)
    const errors = client.errors.length
    try {
      client.request(...message)
    } catch (error) {
      expect(error).toBeInstanceOf(Malformed)
      continue
    }
    const isAnswered = () =>
      client.errors.slice(errors).length > 0 ||
      client.taken().some((fields) => ANSWERS.has(String(fields[0])))
    let answered = isAnswered()
    for (let wait = 0; wait < 300 && !answered && QUESTIONS.has(Number(message[0])); wait++) {
      await made.clock.advance(1)
      answered = isAnswered()
    }
    if (QUESTIONS.has(Number(message[0])) && !answered) unanswered.push(message.join('|'))
    if (round % 25 === 0) for (const request of [...client.open.values()]) request.close()
    await made.clock.advance(700)
  }
  expect(unanswered).toEqual([])
  for (const request of [...client.open.values()]) request.close()
  expect(made.state.lines.inUse).toBe(0)
  expect(made.clock.sleepers()).toBeLessThan(3)
})
