import { expect, onTestFinished, test } from 'vitest'
import { skippedClasses } from '../../src/chain/collected-classes.ts'
import { discover } from '../../src/chain/discover.ts'
import { findUnderlying } from '../../src/chain/find-underlying.ts'
import { universeOptions } from '../../src/chain/universe.ts'
import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { openSession } from '../../src/gateway/session/session.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { usStock } from '../../src/market/instruments.ts'
import { sessionDate } from '../../src/market/units.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { variableSpeedClock } from '../support/variable-speed-clock.ts'

const EX_DATE = sessionDate('2026-11-20')
const options = universeOptions.parse({ policy: 'plain', plainExpirations: 2 })

test('after a split of three for two only the standard class is collected, and the adjusted one is named', async () => {
  const asOf = newYorkInstant(EX_DATE, '12:00')
  const action = { kind: 'split', symbol: 'AAPL', date: EX_DATE, shares: 3, for: 2 } as const
  const clock = variableSpeedClock(asOf, 1)
  const market = syntheticMarket({ seed: 7, asOf, actions: [action] })
  const simulator = await startSimulator(market, simulatorOptions.parse({}), { clock, seed: 7 })
  onTestFinished(() => simulator.close())
  const session = await openSession(gatewayOptions.parse({ port: simulator.port }), { clock })
  onTestFinished(() => session.close())
  const { signal } = new AbortController()
  const instrument = { ...usStock('AAPL'), tradingClasses: ['AAPL', 'AAPL1'] }
  const underlying = await findUnderlying(session, instrument, signal)
  const terms = { today: EX_DATE, options, instrument, cached: null, signal }
  const { cache, contracts, unlistedClasses } = await discover(session, underlying, terms)
  expect(skippedClasses(cache.classes, instrument)).toEqual([{ tradingClass: 'AAPL1', reason: 'adjusted' }])
  // Configured or not, it is not collected.
  expect(unlistedClasses).toEqual(['AAPL1'])
  expect(contracts.length).toBeGreaterThan(20)
  const classes = contracts.map(({ tradingClass, multiplier }) => `${tradingClass} ${multiplier}`)
  expect(new Set(classes)).toEqual(new Set(['AAPL 100']))
})
