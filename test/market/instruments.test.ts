import { expect, test } from 'vitest'
import { underlyingOf } from '../../src/market/instrument.ts'
import { instrumentNamed, optionClassesOf, usStock, usualNames } from '../../src/market/instruments.ts'

test('a short name is a future or an index of the table, any other name a US stock', () => {
  const kinds = ['SPY', 'SPX', 'VIX', 'ES', 'CL', 'MES', 'AAPL', 'BRK.B'].map((name) => {
    const { kind, exchange, calendar } = instrumentNamed(name)
    return [name, kind, exchange, calendar].join(' ')
  })
  expect(kinds).toEqual([
    'SPY STK SMART us-options-late',
    'SPX IND CBOE us-options-late',
    'VIX IND CBOE us-options-late',
    'ES FUT CME cme-equity',
    'CL FUT NYMEX nymex-energy',
    'MES FUT CME cme-equity',
    'AAPL STK SMART us-options',
    'BRK.B STK SMART us-options',
  ])
  expect(usualNames()).toContain('RTY')
  expect(usStock('CL')).toMatchObject({
    symbol: 'CL',
    kind: 'STK',
    exchange: 'SMART',
    calendar: 'us-options',
  })
})

test('an index has several option classes, a stock the one of its name', () => {
  expect(optionClassesOf(instrumentNamed('SPX'))).toEqual(['SPX', 'SPXW'])
  expect(optionClassesOf(instrumentNamed('BRK.B'))).toEqual(['BRKB'])
  expect(optionClassesOf(usStock('CL'))).toEqual(['CL'])
  expect(optionClassesOf(instrumentNamed('CL'))).toContain('LO')
  expect(optionClassesOf({ ...instrumentNamed('SPX'), tradingClasses: ['SPXW'] })).toEqual(['SPXW'])
})

test('the underlying of futures options is a future', () => {
  expect(underlyingOf({ ...instrumentNamed('ES'), kind: 'FOP' })).toEqual({
    ...{ symbol: 'ES', secType: 'FUT', exchange: 'CME', currency: 'USD' },
  })
})
