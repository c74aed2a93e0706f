import { onTestFinished } from 'vitest'
import { type ExchangeOptions, exchangeOptions } from '../../../src/exchange/options.ts'
import { loadOfferedScenarios } from '../../../src/exchange/server/offered-scenarios.ts'
import { type ExchangeServer, openExchange } from '../../../src/exchange/server/server.ts'
import { type Clock, systemClock } from '../../../src/market/clock.ts'

/** A server on a free port that offers one scenario, closed after the test. Errors of the program fail the test. */
export async function exchangeForTest({
  options = {},
  scenario = 'normal_market',
  steps = 20,
  names = [],
  clock = systemClock,
}: {
  readonly options?: Partial<ExchangeOptions>
  readonly scenario?: string
  readonly steps?: number
  readonly names?: readonly string[]
  readonly clock?: Clock
} = {}): Promise<ExchangeServer> {
  const errors: unknown[] = []
  const server = await openExchange({
    options: { ...exchangeOptions.parse({ port: 0 }), ...options },
    scenarios: loadOfferedScenarios([scenario], { seed: null, steps }),
    ...{ names, clock },
    onError: (error) => void errors.push(error),
  })
  onTestFinished(async () => {
    await server.close()
    if (errors.length > 0) throw errors[0]
  })
  return server
}
