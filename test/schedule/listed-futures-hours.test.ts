import { expect, test } from 'vitest'
import { newYorkDate, newYorkTime, type TradingSession } from '../../src/market/calendar.ts'
import { calendarSessionOn } from '../../src/market/trade-dates.ts'
import { type EpochMs, type SessionDate, sessionDate } from '../../src/market/units.ts'
import { parseFuturesHours } from '../../src/schedule/listed-futures-hours.ts'
import { describeDisagreements, disagreement } from '../../src/schedule/listed-hours.ts'

const ruleOn = (date: SessionDate) => calendarSessionOn(date, 'cme-equity')
const central = (text: string) => parseFuturesHours(text, 'US/Central', ruleOn)
const at = (time: EpochMs) => `${newYorkDate(time)} ${newYorkTime(time)}`

function hoursOf(session: TradingSession | null | undefined) {
  if (!session) return session
  const pauses = session.breaks.map(({ from, to }) => `${at(from)} – ${at(to)}`)
  return [at(session.openAt), ...pauses, at(session.optionsCloseAt)]
}

test("a week of a future's hours gives the sessions of our rules", () => {
  const { sessions, problems } = central(
    '20261213:1700-20261214:1600;20261214:1700-20261215:1600;20261215:1700-20261216:1600;' +
      '20261216:1700-20261217:1600;20261217:1700-20261218:1600;20261219:CLOSED;20261220:1700-20261221:1600',
  )
  expect(problems).toEqual([])
  expect([...sessions.keys()].sort()).toEqual([
    '2026-12-14',
    '2026-12-15',
    '2026-12-16',
    '2026-12-17',
    '2026-12-18',
    '2026-12-21',
  ])
  for (const [date, session] of sessions) expect(session, date).toEqual(ruleOn(date))
})

test('the halves of a holiday are one trade date with a break', () => {
  const { sessions } = central(
    '20261124:1700-20261125:1600;20261125:1700-20261126:1200;20261126:1700-20261127:1215;20261128:CLOSED',
  )
  expect([...sessions.keys()]).toEqual(['2026-11-25', '2026-11-27'])
  expect(sessions.get(sessionDate('2026-11-27'))).toEqual(ruleOn(sessionDate('2026-11-27')))
})

test('a trade date whose last part is not listed yet has no session', () => {
  const { sessions, problems } = central('20261124:1700-20261125:1600;20261125:1700-20261126:1200')
  expect([[...sessions.keys()], problems]).toEqual([['2026-11-25'], []])
})

test('a session in progress keeps the part that is no longer listed', () => {
  // On the evening of a holiday the list begins with it.
  const tuesday = sessionDate('2026-01-20')
  const { sessions } = central('20260119:1700-20260120:1600;20260120:1700-20260121:1600')
  expect(sessions.get(tuesday)).toEqual(ruleOn(tuesday))
  expect(hoursOf(sessions.get(tuesday))?.[0]).toBe('2026-01-18 18:00')
})

test('a list that names the holiday as closed leaves out its half', () => {
  const { sessions } = central('20260118:CLOSED;20260119:CLOSED;20260119:1700-20260120:1600')
  expect(hoursOf(sessions.get(sessionDate('2026-01-20')))).toEqual(['2026-01-19 18:00', '2026-01-20 17:00'])
})

test('several segments of a trade date are a session with breaks, the older form too', () => {
  const wednesday = sessionDate('2026-11-18')
  const expected = ['2026-11-17 18:00', '2026-11-18 16:15 – 2026-11-18 16:30', '2026-11-18 17:00']
  const texts = [
    '20261117:1700-20261118:1515;20261118:1530-20261118:1600',
    '20261117:1700-20261118:1515,20261118:1530-20261118:1600',
  ]
  for (const text of texts) expect(hoursOf(central(text).sessions.get(wednesday)), text).toEqual(expected)
  const evening = central('20261117:1700-20261117:2400;20261118:0000-20261118:1600')
  expect(hoursOf(evening.sessions.get(wednesday))).toEqual(['2026-11-17 18:00', '2026-11-18 17:00'])
})

test('listed hours follow the clock change', () => {
  for (const [text, date] of [
    ['20260308:1700-20260309:1600', '2026-03-09'],
    ['20261101:1700-20261102:1600', '2026-11-02'],
  ] as const) {
    expect(central(text).sessions.get(sessionDate(date)), date).toEqual(ruleOn(sessionDate(date)))
  }
  // An exchange that trades through the change: its session is 22 hours in spring and 24 in autumn.
  for (const [text, date, hours] of [
    ['20260307:1800-20260308:1700', '2026-03-09', 22],
    ['20261031:1800-20261101:1700', '2026-11-02', 24],
  ] as const) {
    const { sessions, problems } = parseFuturesHours(
      `${text};${date.replaceAll('-', '')}:0000-${date.replaceAll('-', '')}:1700`,
      'US/Eastern',
      ruleOn,
    )
    const session = sessions.get(sessionDate(date))
    const until = session?.breaks[0]?.from ?? 0
    expect([problems, (until - (session?.openAt ?? 0)) / 3_600_000]).toEqual([[], hours])
  }
})

test.each([
  ['20261117:1700-20261118:1600;20261118:0900-20261118:1200', 'segments of 2026-11-18 overlap'],
  ['20261118:1600-20261117:1700', '"20261118:1600-20261117:1700" closes before it opens'],
  ['20261116:1700-20261118:1600', '"20261116:1700-20261118:1600" is longer than a day'],
  ['20261118:CLOSED;20261117:1700-20261118:1600', '2026-11-18 is listed as closed and as open'],
  ['20261118:lunch', '"20261118:lunch" cannot be read'],
])('%s is named, and the other days are read', (text, problem) => {
  const { sessions, problems } = central(`${text};20261119:1700-20261120:1600`)
  expect(problems).toEqual([problem])
  expect([...sessions.keys()]).toEqual(['2026-11-20'])
})

test('a difference from our rules is one line with both hours', () => {
  const date = sessionDate('2026-11-27')
  const { sessions } = central('20261126:1700-20261127:1200;20261128:CLOSED')
  const found = disagreement(date, 'ES', sessions.get(date) ?? null, ruleOn(date))
  expect(describeDisagreements(found ? [found] : [])).toEqual([
    'Interactive Brokers lists for ES 2026-11-27 as 2026-11-25 18:00 to 2026-11-27 13:00 without 2026-11-26 13:00–18:00, ' +
      'our rules as 2026-11-25 18:00 to 2026-11-27 13:15 without 2026-11-26 13:00–18:00: following Interactive Brokers',
  ])
  expect(disagreement(date, 'ES', ruleOn(date), ruleOn(date))).toBeNull()
})
