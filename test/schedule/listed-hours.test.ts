import { expect, test } from 'vitest'
import { newYorkInstant, sessionOn } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'
import { describeDisagreements, disagreement, parseListedHours } from '../../src/schedule/listed-hours.ts'

const friday = sessionDate('2026-11-20')
const saturday = sessionDate('2026-11-21')
const blackFriday = sessionDate('2026-11-27')

test("IB's hours give the session of each day they list", () => {
  const { sessions, problems } = parseListedHours(
    '20261120:0930-20261120:1615;20261121:CLOSED;20261127:0930-20261127:1315',
    'US/Eastern',
  )
  expect(problems).toEqual([])
  expect([...sessions.keys()].sort()).toEqual([friday, saturday, blackFriday])
  expect(sessions.get(friday)).toEqual(sessionOn(friday))
  expect(sessions.get(saturday)).toBeNull()
  expect(sessions.get(blackFriday)).toEqual(sessionOn(blackFriday))
})

test('of several segments a day the one that includes 09:30 is the session, in both forms', () => {
  const newForm = '20261119:2015-20261120:0925;20261120:0930-20261120:1615;20261120:1630-20261120:1700'
  const oldForm = '20261120:0730-0925,0930-1615,1630-1700'
  for (const text of [newForm, oldForm]) {
    const { sessions, problems } = parseListedHours(text, 'America/New_York')
    expect(sessions.get(friday), text).toEqual(sessionOn(friday))
    expect(
      problems.filter((problem) => problem.includes('2026-11-20')),
      text,
    ).toEqual([])
  }
})

test('hours in the zone of Chicago are the same instants', () => {
  const { sessions } = parseListedHours('20261120:0830-20261120:1515', 'US/Central')
  expect(sessions.get(friday)).toEqual(sessionOn(friday))
})

test("IB's EST includes summer time", () => {
  const july = sessionDate('2026-07-15')
  const { sessions } = parseListedHours('20260715:0930-20260715:1615', 'EST (Eastern Standard Time)')
  expect(sessions.get(july)).toEqual(sessionOn(july))
})

test('options that close on the hour close with their underlying', () => {
  const { sessions } = parseListedHours('20261120:0930-20261120:1600', 'US/Eastern')
  const close = newYorkInstant(friday, '16:00')
  expect(sessions.get(friday)).toMatchObject({
    closeAt: close,
    optionsCloseAt: close,
    earlyClose: false,
    breaks: [],
  })
})

test.each([
  ['0930-1700', '16:00', '17:00', 60],
  ['0930-1630', '16:00', '16:30', 30],
  ['0930-1615', '16:00', '16:15', 15],
])(
  'options that trade from %s do not make their underlying close later than 16:00',
  (hours, close, optionsClose, minutes) => {
    const [open, end] = hours.split('-')
    const session = parseListedHours(`20261120:${open}-20261120:${end}`, 'US/Eastern').sessions.get(friday)
    expect(session).toMatchObject({
      closeAt: newYorkInstant(friday, close),
      optionsCloseAt: newYorkInstant(friday, optionsClose),
      earlyClose: false,
      breaks: [],
    })
    expect(disagreement(friday, 'AAPL', session ?? null)?.what).toBe(
      `options that trade ${minutes} minutes longer than their underlying, our rules as long as it`,
    )
  },
)

test.each([
  ['', 'US/Eastern', 0],
  ['rubbish', 'US/Eastern', 1],
  ['20261340:0930-20261340:1615', 'US/Eastern', 1],
  ['20261120:1615-20261120:0930', 'US/Eastern', 1],
  ['20261120:0930-20261120:1615', 'Mars/Olympus', 1],
  ['20261120:1700-20261120:2000', 'US/Eastern', 1],
])('%j in %s gives no session, and a warning', (text, zone, problems) => {
  const hours = parseListedHours(text, zone)
  expect([...hours.sessions]).toEqual([])
  expect(hours.problems).toHaveLength(problems)
})

test('a flood of pieces is cut off', () => {
  const piece = '20261120:0930-20261120:1615;'
  const { sessions } = parseListedHours(piece.repeat(100_000), 'US/Eastern')
  expect(sessions.size).toBe(1)
})

test('a difference from our rules is one line for all symbols that it concerns', () => {
  const spy = parseListedHours('20261120:CLOSED;20261127:0930-20261127:1315', 'US/Eastern').sessions
  const aapl = parseListedHours('20261120:CLOSED;20261127:0930-20261127:1300', 'US/Eastern').sessions
  const differences = [friday, blackFriday].flatMap((date) => [
    disagreement(date, 'SPY', spy.get(date) ?? null) ?? [],
    disagreement(date, 'AAPL', aapl.get(date) ?? null) ?? [],
  ])
  expect(describeDisagreements(differences.flat())).toEqual([
    'Interactive Brokers lists for SPY, AAPL 2026-11-20 as closed, our rules as 09:30–16:00: following Interactive Brokers',
  ])
})

test('options that close later than our rules say are one line, however many days are listed', () => {
  const { sessions } = parseListedHours(
    '20261119:0930-20261119:1615;20261120:0930-20261120:1615;20261127:0930-20261127:1315',
    'US/Eastern',
  )
  const differences = [...sessions].flatMap(([date, session]) => disagreement(date, 'AAPL', session) ?? [])
  expect(differences).toHaveLength(3)
  expect(describeDisagreements(differences)).toEqual([
    'Interactive Brokers lists for AAPL options that trade 15 minutes longer than their underlying, our rules as long as it: following Interactive Brokers',
  ])
})
