import { afterAll, expect, test } from 'vitest'
import { discover } from '../../../src/chain/discover.ts'
import { findUnderlying } from '../../../src/chain/find-underlying.ts'
import { universeOptions } from '../../../src/chain/universe.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession } from '../../../src/gateway/session/session.ts'
import { optionClassOf, symbolFromWire, wireSymbol } from '../../../src/gateway/session/wire/symbols.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { instrumentNamed } from '../../../src/market/instruments.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { startSimulator } from '../../../src/simulator/server.ts'
import { sharedMarket } from '../../support/supervised-gateway.ts'

const lifetime = openLifetime()
afterAll(() => lifetime.close())
const { signal } = new AbortController()

test.each([
  ['SPY', 'SPY', 'SPY'],
  ['BRK.B', 'BRK B', 'BRKB'],
  ['BF.A', 'BF A', 'BFA'],
])('%s is %s at the gateway, and the class of its options is %s', (symbol, wire, optionClass) => {
  expect(wireSymbol(symbol)).toBe(wire)
  expect(symbolFromWire(wire)).toBe(symbol)
  expect(optionClassOf(symbol)).toBe(optionClass)
})

test('BRK.B is found with its options, which keep its symbol and the class that the gateway names', async () => {
  const simulator = await startSimulator(sharedMarket(), simulatorOptions.parse({}), {
    clock: systemClock,
    seed: 7,
  })
  lifetime.onClose(() => simulator.close())
  const session = await openSession(gatewayOptions.parse({ port: simulator.port }), { clock: systemClock })
  lifetime.onClose(() => session.close())
  const underlying = await findUnderlying(session, instrumentNamed('BRK.B'), signal)
  expect(underlying.symbol).toBe('BRK.B')
  const { contracts, cache } = await discover(session, underlying, {
    today: sessionDate('2026-11-19'),
    options: universeOptions.parse({ policy: 'plain', plainExpirations: 1 }),
    instrument: instrumentNamed('BRK.B'),
    cached: null,
    signal,
  })
  expect(contracts.length).toBeGreaterThan(20)
  expect(new Set(contracts.map(({ symbol, tradingClass }) => `${symbol} ${tradingClass}`))).toEqual(
    new Set(['BRK.B BRKB']),
  )
  expect(cache.hours?.liquidHours).toContain('1600')
})
