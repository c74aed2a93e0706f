import { expect, test } from 'vitest'
import { exactNormalCdf } from '../../../src/market/pricing/normal.ts'
import type { ViewState } from '../../../src/serve/page/view.ts'
import {
  namedExpirations,
  smileOptions,
  smilePath,
  switched,
} from '../../../src/serve/page/views/smile/smile-options.js'
import {
  deltaName,
  doubtfulMasks,
  drawnSmile,
  nearestQuote,
  normalCdf,
  putDelta,
  rangesOf,
  spreadNames,
  volatilityOn,
  widened,
} from '../../../src/serve/page/views/smile/smile-points.js'
import {
  absenceOf,
  daysText,
  describeQuote,
  fitRows,
  noteLines,
  smileTable,
  summaryOf,
} from '../../../src/serve/page/views/smile/smile-text.js'
import type { SmileBody } from '../../../src/serve/views/smile-api.ts'

type Smile = SmileBody['smiles'][number]

const CURVE: NonNullable<Smile['curve']> = {
  ...{ k: [-0.1, 0, 0.05], iv: [0.25, 0.2, 0.18], forward: 100, forward_error: 0.01, years: 0.25 },
  ...{ atm_iv: 0.2, atm_iv_error: 0.001, skew: -0.5, skew_error: 0.02, quotes: 3, within_one: 1 },
  ...{ within_two: 1, residual: 0.001, constrained: false, definition_version: 3 },
}

const SMILE: Smile = {
  ...{
    expiry: '20261218',
    trading_class: 'SPY',
    days: 28.2,
    expires_at: '2026-12-18T21:15:00.000Z',
    years: 0.25,
  },
  ...{ forward: 100, forward_error: 0.01, forward_reason: null, curve: CURVE, curve_reason: null },
  before: { ...CURVE, atm_iv: 0.19, iv: [0.24, 0.19, 0.17] },
  quotes: {
    ...{ strike: [80, 92, 100, 105], right: 'PPCC', bid: [0, 1, 3, 1], ask: [0.05, 1.1, 3.1, 1.1] },
    ...{ bid_iv: [null, 0.23, 0.195, 0.178], ask_iv: [0.6, 0.245, 0.203, 0.184] },
    ...{ flags: [1, 0, 0, 32], fitted: [0, 1, 1, 0] },
  },
}

const ANSWER: SmileBody = {
  ...{ source: 'test', clock: { source: 'machine', artificial: false, words: null }, symbol: 'SPY' },
  ...{ slot: '2026-11-20T16:00:00.000Z', date: '2026-11-20', age_seconds: 10, spot: 99.5 },
  ...{
    expirations: [SMILE],
    smiles: [SMILE],
    missing: [],
    flag_names: { 0: [], 1: ['no_bid'], 32: ['stale'] },
  },
  ...{
    against: 'close',
    before: { slot: '2026-11-19T20:55:00.000Z', date: '2026-11-19' },
    before_reason: null,
  },
}

function stateOf(options: Record<string, string>): ViewState {
  const at = '2026-11-20T16:00:00.000Z'
  return { symbol: 'SPY', date: '2026-11-20', at, isLive: false, isPlaying: false, slots: [], options }
}

test('settings of the address that are not legal are as if they were not there', () => {
  expect(smileOptions({})).toEqual({ expirations: [], axis: 'strike', quotes: 'otm', against: 'close' })
  const odd = smileOptions({
    exp: '20261218,<b>,20261218,20270115-SPX,1,x',
    axis: 'time',
    quotes: '*',
    vs: 'now',
  })
  expect(odd).toEqual({
    expirations: ['20261218', '20270115-SPX'],
    axis: 'strike',
    quotes: 'otm',
    against: 'close',
  })
  expect(
    smileOptions({ exp: '20261201,20261202,20261203,20261204,20261207,20261208' }).expirations,
  ).toHaveLength(5)
  expect(smilePath(stateOf({ exp: '20261218', quotes: 'all', vs: 'none' }))).toBe(
    '/api/views/smile/SPY?at=2026-11-20T16%3A00%3A00.000Z&expiry=20261218&quotes=all',
  )
  expect(smilePath({ ...stateOf({}), at: null })).toBeNull()
})

test('a chip adds its expiration, takes it away, and the last one leaves the usual ones', () => {
  expect(switched(['20261218'], '20261127')).toBe('20261127,20261218')
  expect(switched(['20261127', '20261218'], '20261127')).toBe('20261218')
  expect(switched(['20261218'], '20261218')).toBeNull()
  const two = [
    { expiry: '20261218', trading_class: 'SPX' },
    { expiry: '20261218', trading_class: 'SPXW' },
    { expiry: '20261231', trading_class: 'SPXW' },
  ]
  expect(namedExpirations(two).map(({ name }) => name)).toEqual(['20261218-SPX', '20261218-SPXW', '20261231'])
})

test('deltas are those of the forward and rise with the strike', () => {
  for (const z of [-3, -0.5, 0, 1.2]) expect(normalCdf(z)).toBeCloseTo(exactNormalCdf(z), 6)
  expect(putDelta(0, 0.1)).toBeCloseTo(1 - exactNormalCdf(0.05), 6)
  expect(putDelta(-0.1, 0.1)).toBeLessThan(putDelta(0.1, 0.1))
  expect([0.1, 0.25, 0.5, 0.75, 0.98].map(deltaName)).toEqual(['10P', '25P', '50', '25C', '2C'])
})

test('a curve is read between its points and nowhere else', () => {
  expect(volatilityOn(CURVE, -0.05)).toBeCloseTo(0.225, 12)
  expect(volatilityOn(CURVE, 0.05)).toBe(0.18)
  expect(volatilityOn(CURVE, 0.06)).toBeNull()
  expect(volatilityOn({ k: [], iv: [] }, 0)).toBeNull()
})

test('quotes, curves and the money have places on each axis', () => {
  const byStrike = drawnSmile(SMILE, 'strike')
  expect(byStrike.quotes.map(({ x }) => x)).toEqual([80, 92, 100, 105])
  expect(byStrike.atTheMoney).toEqual({ x: 100, y: 0.2, error: 0.001 })
  expect(byStrike.curve?.x[0]).toBeCloseTo(100 * Math.exp(-0.1), 9)
  expect(drawnSmile(SMILE, 'k').quotes[2]?.x).toBe(0)
  const byDelta = drawnSmile(SMILE, 'delta')
  for (const line of [byDelta.quotes.map(({ x }) => x), byDelta.curve?.x ?? []]) {
    expect(line).toEqual([...line].sort((a, b) => a - b))
    for (const x of line) expect(x > 0 && x < 1).toBe(true)
  }
  expect(drawnSmile({ ...SMILE, forward: null }, 'strike').quotes).toEqual([])
})

test('axes hold the curves and the fitted quotes; a wide quote far out does not stretch them', () => {
  const ranges = rangesOf([drawnSmile(SMILE, 'strike')], 'strike')
  expect(ranges?.x[0]).toBeGreaterThan(89)
  expect(ranges?.x[1]).toBeLessThan(106)
  expect(ranges?.y[1]).toBeLessThan(0.26)
  expect(ranges?.y[0]).toBeLessThan(0.17)
  expect(rangesOf([drawnSmile(SMILE, 'delta')], 'delta')?.x).toEqual([0, 1])
  const bare = { ...SMILE, curve: null, before: null, quotes: { ...SMILE.quotes, fitted: [0, 0, 0, 0] } }
  expect(rangesOf([drawnSmile(bare, 'k')], 'k')?.y[1]).toBeGreaterThan(0.6)
  expect(rangesOf([], 'strike')).toBeNull()
  expect(widened([1, 2], [0, 1.5])).toEqual([0, 2])
  expect(widened(null, [0, 1])).toEqual([0, 1])
})

test('names that would cover each other stand below each other', () => {
  const names = [
    { x: 0, y: 20, width: 50 },
    { x: 10, y: 18, width: 50 },
    { x: 100, y: 19, width: 50 },
    { x: 20, y: 2, width: 50 },
  ]
  expect(spreadNames(names, { gap: 13, top: 10 }).map(({ x, y }) => [x, y])).toEqual([
    [20, 10],
    [10, 23],
    [100, 19],
    [0, 36],
  ])
})

test('the time left is in the unit that says it', () => {
  expect([28.2, 1.5, 0.02].map(daysText)).toEqual(['28 d', '36 h', '29 min'])
})

test('the cursor reads the quote whose bar is nearest', () => {
  const drawn = [drawnSmile(SMILE, 'strike')]
  const found = nearestQuote(drawn, { x: 101, y: 0.2, perX: 10, perY: 1_000 })
  expect(found?.quote.strike).toBe(100)
  expect(nearestQuote([], { x: 0, y: 0, perX: 1, perY: 1 })).toBeNull()
  const line = describeQuote(ANSWER, found!)
  expect(line).toBe('18 Dec 100 call · bid 3.00 = 19.50 %, ask 3.10 = 20.30 % · curve 20.00 %')
  const bad = nearestQuote(drawn, { x: 80, y: 0.6, perX: 10, perY: 1_000 })
  expect(describeQuote(ANSWER, bad!)).toContain(
    'bid 0.00 = –, ask 0.05 = 60.00 % · curve – · not used by the fit · flags: no_bid',
  )
  expect([...doubtfulMasks(ANSWER.flag_names)]).toEqual([32])
})

test('the table of fits has each number with its error, and a reason where there is none', () => {
  const [row] = fitRows(ANSWER)
  expect(row).toMatchObject({
    forward: { text: '100.00 ± 0.010' },
    atm: { text: '20.00 % ± 0.10' },
    change: { text: '+1.00' },
    skew: { text: '−0.50 ± 0.02' },
    within: { text: '100 %' },
  })
  const without = { ...SMILE, curve: null, curve_reason: 'too_few_quotes', before: null }
  const [absent] = fitRows({ ...ANSWER, smiles: [without], before: null, before_reason: 'no_session_before' })
  expect(absent).toMatchObject({
    atm: { text: '–', from: { reason: expect.stringContaining('too few two-sided quotes') } },
    change: { text: '–', from: { reason: 'no surface of the session before is stored' } },
    note: expect.stringContaining('too few'),
  })
})

test('what is absent, missing or older is said', () => {
  expect(noteLines(ANSWER, { at: ANSWER.slot }).at(-1)).toBe('Dashed: Thu 19 Nov 15:55.')
  const lines = noteLines(
    {
      ...ANSWER,
      smiles: [{ ...SMILE, curve: null, curve_reason: 'not_stored' }],
      missing: [{ expiry: '20261231', trading_class: null }],
    },
    { at: '2026-11-20T16:05:00.000Z' },
  )
  expect(lines[0]).toContain('no options; these are of Fri 20 Nov 11:00')
  expect(lines[1]).toMatch(/^No curve: no surface is stored for this slot/)
  expect(lines[2]).toBe('Not in this slot: Thu 31 Dec.')
  expect(absenceOf({ ...ANSWER, slot: null, smiles: [] })).toContain('No slot of SPY')
  expect(absenceOf({ ...ANSWER, smiles: [], missing: [{ expiry: '20261231', trading_class: null }] })).toBe(
    'None of the chosen expirations is in this slot.',
  )
  expect(summaryOf(ANSWER)).toBe('Fri 20 Nov 11:00: Fri 18 Dec (28 d): 20.0 % at the money, skew −0.50.')
  expect(smileTable(ANSWER).rows[1]).toEqual([
    '2026-12-18',
    '92',
    'P',
    '1.00',
    '1.10',
    '23.00 %',
    '24.50 %',
    '24.17 %',
    '',
  ])
})
