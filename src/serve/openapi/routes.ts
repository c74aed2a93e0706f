import { TENOR_POINTS } from '../../analytics/answers/tenor-answer.ts'
import { ESTIMATORS } from '../../analytics/realized/estimators.ts'
import { MOST_SMILES } from '../../analytics/stored/surfaces/choose-expirations.ts'
import { alertsServed } from '../../schemas/http/alerts.ts'
import { chainTableAnswer } from '../../schemas/http/chain-table.ts'
import {
  gatewayViewAnswer,
  harvestAnswer,
  lakeViewAnswer,
  quotesAnswer,
  statusAnswer,
} from '../../schemas/http/collection.ts'
import { coverageAnswer } from '../../schemas/http/coverage.ts'
import { events } from '../../schemas/http/events.ts'
import {
  barsServed,
  chainServed,
  futuresServed,
  ivServed,
  marketServed,
  positioningServed,
  realizedServed,
  surfaceServed,
} from '../../schemas/http/figures.ts'
import { gatewayServed } from '../../schemas/http/gateway.ts'
import { healthAnswer } from '../../schemas/http/health.ts'
import { sessionsAnswer, slotsAnswer } from '../../schemas/http/slots.ts'
import { smileAnswer, tenorsAnswer, termAnswer } from '../../schemas/http/smile.ts'
import {
  expectedMovesAnswer,
  moveDayAnswer,
  positioningByStrikeAnswer,
  slotFiguresAnswer,
  volatilityAnswer,
} from '../../schemas/http/volatility.ts'
import { ESTIMATOR, MAX_IV_DAYS } from '../figures-api.ts'
import { listOf, symbolAmong, wholeNumber } from '../route-parameters.ts'
import { MAX_SESSIONS } from '../sessions-api.ts'
import { against, namedExpiration, TENOR_DAYS } from '../views/smile-api.ts'
import {
  at,
  type DocumentedRoute,
  date,
  days,
  json,
  OPENAPI_PATH,
  ofClass,
  ofExpiry,
  word,
} from './documented.ts'

const health = { kind: 'json', schema: healthAnswer, alsoWith503: true } as const
const greeks = word('Adds rho, vanna, volga and charm to each row.', 'all')
const compared = {
  parameter: against,
  meaning: 'Adds the session before: its last slot, or that of the same time of day.',
}

/** Every route of the API and of the probes, in the order of the document. The files of the page are not part of it. */
export const ROUTES: readonly DocumentedRoute[] = [
  { path: '/livez', tag: 'health', summary: 'Whether the process runs', answer: health },
  { path: '/readyz', tag: 'health', summary: 'Whether the newest due slot is stored', answer: health },
  { path: '/health', tag: 'health', summary: 'Every check; 503 if one fails', answer: health },
  {
    ...{ path: '/api/health', tag: 'health', summary: 'Every check, always with 200: for the page' },
    ...{ parameters: {}, answer: json(healthAnswer) },
  },
  {
    ...{ path: '/metrics', tag: 'health', summary: 'Metrics for Prometheus' },
    answer: {
      kind: 'text',
      contentType: 'text/plain',
      meaning: "Prometheus' text format 0.0.4.",
    },
  },
  {
    ...{ path: OPENAPI_PATH, tag: 'live', summary: 'This document', parameters: {} },
    answer: { kind: 'document' },
  },
  {
    ...{ path: '/api/events', tag: 'live', summary: 'What the daemon stores and does, as it happens' },
    ...{ parameters: {}, answer: { kind: 'events', events } },
  },
  {
    ...{
      path: '/api/gateway',
      tag: 'live',
      summary: 'What the daemon knows of its gateway and its last slots',
    },
    ...{ parameters: {}, answer: json(gatewayServed) },
  },
  {
    ...{ path: '/api/alerts', tag: 'live', summary: 'What became of the alerts of each receiver' },
    ...{ parameters: {}, answer: json(alertsServed) },
  },
  {
    ...{
      path: '/api/slots',
      tag: 'stored data',
      summary: 'The ledger of a trade date, with the expected slots',
    },
    parameters: { date: date('Trade date; by default that of the newest session.') },
    answer: json(slotsAnswer),
  },
  {
    ...{
      path: '/api/sessions',
      tag: 'stored data',
      summary: 'The trade dates with stored slots, newest first',
    },
    parameters: {
      symbol: { parameter: symbolAmong([]), meaning: 'Of one collected symbol; by default of all.' },
      most: { parameter: wholeNumber(1, MAX_SESSIONS), meaning: 'At most so many; by default 273.' },
    },
    answer: json(sessionsAnswer),
  },
  {
    ...{ path: '/api/chains/{symbol}', tag: 'stored data', summary: 'The stored chain of a slot' },
    ...{ symbols: 'collected', parameters: { at, greeks }, answer: json(chainServed) },
  },
  {
    ...{ path: '/api/chains/{symbol}/latest', tag: 'stored data', summary: 'The newest stored chain' },
    ...{ symbols: 'collected', parameters: { greeks }, answer: json(chainServed) },
  },
  {
    ...{
      path: '/api/market-data/{symbol}',
      tag: 'stored data',
      summary: 'Every figure of a slot with its basis',
    },
    symbols: 'collected',
    parameters: {
      defaults: word('Replaces missing figures by customary values, marked is_default.', 'true'),
      at,
    },
    answer: json(marketServed),
  },
  {
    ...{
      path: '/api/iv/{symbol}',
      tag: 'stored data',
      summary: 'Daily implied volatility, its rank and percentile',
    },
    symbols: 'collected',
    parameters: { days: days(MAX_IV_DAYS, 'Calendar days of the history; by default 365.'), at },
    answer: json(ivServed),
  },
  {
    ...{ path: '/api/realized/{symbol}', tag: 'stored data', summary: 'Realized volatility and its cone' },
    symbols: 'collected',
    parameters: {
      days: days(MAX_IV_DAYS, 'Calendar days on which windows of the cone end; by default 365.'),
      estimator: { parameter: ESTIMATOR, meaning: 'Of the cone; by default yang_zhang.' },
      at,
    },
    answer: json(realizedServed),
  },
  {
    ...{ path: '/api/positioning/{symbol}', tag: 'stored data', summary: 'Open interest and gamma exposure' },
    ...{ symbols: 'collected', parameters: { at }, answer: json(positioningServed) },
  },
  {
    ...{ path: '/api/surface/{symbol}', tag: 'stored data', summary: 'The volatility surface of a slot' },
    symbols: 'collected',
    parameters: { at, expiry: ofExpiry('Only expirations of this day.') },
    answer: json(surfaceServed),
  },
  {
    ...{ path: '/api/bars/{symbol}', tag: 'stored data', summary: 'Five-minute bars, at most 31 days' },
    symbols: 'any',
    parameters: {
      date: date('One trade date; by default the newest with bars.'),
      from: date('First trade date of a range, with `to`.'),
      to: date('Last trade date of a range, with `from`.'),
    },
    answer: json(barsServed),
  },
  {
    ...{
      path: '/api/futures/{symbol}',
      tag: 'stored data',
      summary: 'The futures of a slot, with basis and roll yield',
    },
    ...{ symbols: 'collected', parameters: { at }, answer: json(futuresServed) },
  },
  {
    ...{
      path: '/api/futures/{symbol}/latest',
      tag: 'stored data',
      summary: 'The futures of the newest slot',
    },
    ...{ symbols: 'collected', parameters: {}, answer: json(futuresServed) },
  },
  {
    ...{ path: '/api/views/status', tag: 'views', summary: 'What is collected now and next' },
    ...{ parameters: {}, answer: json(statusAnswer) },
  },
  {
    ...{ path: '/api/views/figures', tag: 'views', summary: 'Stored figures of all symbols side by side' },
    ...{ parameters: { at }, answer: json(slotFiguresAnswer) },
  },
  {
    ...{
      path: '/api/views/gateway',
      tag: 'views',
      summary: 'The connection with the gateway at this moment',
    },
    ...{ parameters: {}, answer: json(gatewayViewAnswer) },
  },
  {
    ...{
      path: '/api/views/lake',
      tag: 'views',
      summary: 'Rows, files and bytes of every table, and the growth',
    },
    ...{ parameters: {}, answer: json(lakeViewAnswer) },
  },
  {
    ...{
      path: '/api/views/coverage/{symbol}',
      tag: 'views',
      summary: 'What became of every slot of a range of dates',
    },
    symbols: 'collected',
    parameters: {
      range: word('By default a month.', 'week', 'month', 'year'),
      to: date('Last trade date; by default the newest.'),
    },
    answer: json(coverageAnswer),
  },
  {
    ...{
      path: '/api/views/chain/{symbol}',
      tag: 'views',
      summary: 'One expiration, calls and puts side by side',
    },
    symbols: 'collected',
    parameters: {
      ...{ at, expiry: ofExpiry('By default the expiration nearest to 30 days.') },
      class: ofClass,
    },
    answer: json(chainTableAnswer),
  },
  {
    ...{
      path: '/api/views/harvest/{symbol}',
      tag: 'views',
      summary: 'How the slots of a trade date were collected',
    },
    symbols: 'collected',
    parameters: { date: date('By default the newest.') },
    answer: json(harvestAnswer),
  },
  {
    ...{ path: '/api/views/quotes/{symbol}', tag: 'views', summary: 'When the quotes of a slot came' },
    ...{ symbols: 'collected', parameters: { at }, answer: json(quotesAnswer) },
  },
  {
    ...{ path: '/api/views/smile/{symbol}', tag: 'views', summary: 'The smiles of a slot' },
    symbols: 'collected',
    parameters: {
      at,
      expiry: {
        parameter: listOf(namedExpiration, MOST_SMILES),
        meaning: 'Expirations, YYYYMMDD or YYYYMMDD-CLASS; by default the one nearest to 30 days.',
      },
      quotes: word('Only out of the money, or all; by default otm.', 'otm', 'all'),
      against: compared,
    },
    answer: json(smileAnswer),
  },
  {
    ...{ path: '/api/views/term/{symbol}', tag: 'views', summary: 'The term structure of a slot' },
    ...{ symbols: 'collected', parameters: { at, against: compared }, answer: json(termAnswer) },
  },
  {
    ...{ path: '/api/views/tenors/{symbol}', tag: 'views', summary: 'The history of fixed tenors' },
    symbols: 'collected',
    parameters: {
      date: date('The day whose slots are given; by default the newest.'),
      days: days(TENOR_DAYS, 'Calendar days of the history; by default 365.'),
      point: word('Point of the grid; by default atm.', ...TENOR_POINTS),
    },
    answer: json(tenorsAnswer),
  },
  {
    ...{
      path: '/api/views/volatility/{symbol}',
      tag: 'views',
      summary: 'Implied and realized volatility of a year',
    },
    symbols: 'collected',
    parameters: {
      at: { ...at, meaning: 'Instead of date: the day of the newest stored slot at or before this time.' },
      date: date('The session after the last one of the history; by default the newest.'),
      sessions: word('Length of the history; by default 252.', '60', '126', '252'),
      estimator: word('Of realized volatility; by default yang_zhang.', ...ESTIMATORS),
    },
    answer: json(volatilityAnswer),
  },
  {
    ...{
      path: '/api/views/expected-move/{symbol}',
      tag: 'views',
      summary: 'The expected move of each expiration',
    },
    ...{ symbols: 'collected', parameters: { at }, answer: json(expectedMovesAnswer) },
  },
  {
    path: '/api/views/expected-move/{symbol}/day',
    ...{ tag: 'views', summary: 'One expiration at the money over a day, and what came of expected moves' },
    symbols: 'collected',
    parameters: {
      at: { ...at, meaning: 'Instead of date: the day of the newest stored slot at or before this time.' },
      date: date('Trade date; by default the newest.'),
      expiry: ofExpiry('By default the expiration of the date, or else the next.'),
      class: ofClass,
    },
    answer: json(moveDayAnswer),
  },
  {
    ...{
      path: '/api/views/positioning/{symbol}',
      tag: 'views',
      summary: 'Positioning by strike, in columns',
    },
    symbols: 'collected',
    parameters: { at, expiry: ofExpiry('Only expirations of this day.') },
    answer: json(positioningByStrikeAnswer),
  },
]
