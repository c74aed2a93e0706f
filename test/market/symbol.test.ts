import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.ts'
import { SYMBOL_PATTERN, storedSymbol } from '../../src/market/symbol.ts'

test.each([
  ['SPY', 'SPY'],
  ['BRK.B', 'BRK.B'],
  ['BRK B', 'BRK.B'],
  ['ABCDEFGHIJ', 'ABCDEFGHIJ'],
])('%s is stored as %s', (written, stored) => {
  expect(storedSymbol(written)).toBe(stored)
  expect(stored).toMatch(SYMBOL_PATTERN)
  const { symbols } = loadConfig(null, { OPTIONLAKE_SYMBOLS: JSON.stringify([written]) })
  expect(symbols).toMatchObject([{ symbol: stored, kind: 'STK' }])
})

test.each(['BRK/B', 'brk b', 'BRK  B', ' BRK B', 'BRK B ', 'BRK ', 'ABCDEFGHIJK', 'ABCDEFGH IJ', '../B'])(
  '%j is not a symbol',
  (written) => {
    expect(storedSymbol(written)).toBe(written)
    expect(() => loadConfig(null, { OPTIONLAKE_SYMBOLS: JSON.stringify([written]) })).toThrow(
      'must be a symbol in capital letters, such as SPY',
    )
  },
)

test('the two forms of one symbol are one symbol', () => {
  expect(() => loadConfig(null, { OPTIONLAKE_SYMBOLS: '["BRK.B", "BRK B"]' })).toThrow(
    'must not name BRK.B twice',
  )
})
