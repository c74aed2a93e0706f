import { expect, test } from 'vitest'
import { formatRoute, parseRoute, routeFaults } from '../../../src/serve/page/state/route.js'

const known = { views: ['status', 'smile'], symbols: ['SPY', 'QQQ'] }

test('an address names view, symbol, slot and the options of the view', () => {
  expect(parseRoute('#/smile/QQQ?at=2026-11-20T10:05:00-05:00&axis=delta', known)).toEqual({
    view: 'smile',
    symbol: 'QQQ',
    at: '2026-11-20T15:05:00.000Z',
    options: { axis: 'delta' },
  })
})

test('what an address does not say is the first view, the first symbol and the newest slot', () => {
  for (const hash of ['', '#', '#/', '#//', '#/nothing/NOBODY', '#/%E0%A4/%zz?at=yesterday']) {
    expect(parseRoute(hash, known)).toEqual({ view: 'status', symbol: 'SPY', at: null, options: {} })
  }
})

test('what an address says wrongly is named in one line', () => {
  for (const right of ['', '#/', '#/smile', '#/smile/QQQ?at=2026-11-20T10:05:00-05:00&axis=delta']) {
    expect(routeFaults(right, known)).toBe('')
  }
  expect(routeFaults('#/smiles/NOBODY?at=yesterday', known)).toBe(
    'The address was not understood: no view is called smiles; NOBODY is not collected; yesterday is not a time with its offset.',
  )
  expect(routeFaults('#/%E0%A4/SPY', known)).toContain('no view is called %E0%A4')
  expect(routeFaults(`#/${'x'.repeat(5_000)}`, known).length).toBeLessThan(120)
})

test('an address is written as it was read', () => {
  const addresses = [
    '#/smile/QQQ?at=2026-11-20T10:05:00-05:00&axis=delta',
    '#/status/SPY?at=2026-07-01T15:55:00-04:00',
    '#/status/SPY',
  ]
  for (const address of addresses) expect(formatRoute(parseRoute(address, known))).toBe(address)
})

test('a time without an offset, or that does not exist, is not guessed', () => {
  for (const at of ['2026-11-20T10:05:00', '2026-11-20', '10:05', '2026-13-40T10:05:00Z']) {
    expect(parseRoute(`#/smile/SPY?at=${at}`, known).at).toBeNull()
  }
  // A plus that a mail program has decoded.
  expect(parseRoute('#/smile/SPY?at=2026-11-20T16:05:00+01:00', known).at).toBe('2026-11-20T15:05:00.000Z')
})

test('options are bounded, and none can take the place of the slot', () => {
  const many = Array.from({ length: 50 }, (_, at) => `o${'x'.repeat(at)}=1`).join('&')
  const { options } = parseRoute(`#/smile/SPY?${many}&__proto__=1&UP=1&long=${'x'.repeat(500)}`, known)
  expect(Object.keys(options).length).toBeLessThanOrEqual(20)
  expect(options).not.toHaveProperty('UP')
  expect(options).not.toHaveProperty('long')
  expect(formatRoute({ view: 'smile', symbol: 'SPY', at: null, options: { at: 'x', '<b>': 'y' } })).toBe(
    '#/smile/SPY',
  )
})
