import { expect, test } from 'vitest'
import { barSources, findTargets } from '../../src/bars/bar-targets.ts'
import type { ContractDetails } from '../../src/gateway/session/requests/contracts.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { calendarSessionOn } from '../../src/market/trade-dates.ts'
import { conId, expiryDate, sessionDate } from '../../src/market/units.ts'

function silver(id: number, expiry: string, multiplier: number): ContractDetails {
  return {
    ...{ conId: conId(id), symbol: 'SI', secType: 'FUT', expiry: expiryDate(expiry), multiplier },
    ...{ realExpirationDate: null, contractMonth: expiry.slice(0, 6), lastTradeAt: null },
    ...{ strike: null, right: null, exchange: 'COMEX', primaryExchange: '', currency: 'USD' },
    ...{ localSymbol: `SI ${id}`, tradingClass: 'SI', minTick: 0.005, longName: 'Silver' },
    ...{ underlyingConId: null, underlyingSymbol: '', underlyingSecType: '' },
    ...{ timeZoneId: '', tradingHours: '', liquidHours: '' },
  }
}

test('a future of another multiplier under the same symbol is not streamed', async () => {
  const instrument = {
    ...instrumentNamed('CL'),
    ...{ symbol: 'SI', exchange: 'COMEX', multiplier: 5_000 },
  }
  const [source] = barSources([instrument], { indices: [], futures: 2 }, (date) =>
    calendarSessionOn(date, 'nymex-energy'),
  )
  if (!source) throw new Error('no source')
  const details = [silver(3, '20270127', 5_000), silver(1, '20261228', 1_000), silver(2, '20261229', 5_000)]
  const targets = await findTargets({ contractDetails: async () => details }, source, {
    ...{ date: sessionDate('2026-11-19'), rollDays: 4, signal: new AbortController().signal },
  })
  expect(targets.map(({ instrument: { conId: id } }) => id)).toEqual([2, 3])
})
