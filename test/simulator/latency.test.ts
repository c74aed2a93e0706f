import { expect, test } from 'vitest'
import { createLatencies } from '../../src/simulator/latency.ts'
import { IB_LIMITS } from '../../src/simulator/options.ts'

test('latencies have the configured median, and are the same for the same seed, contract and request', () => {
  const latencies = createLatencies(IB_LIMITS, 3)
  const drawn = Array.from({ length: 4_001 }, (_, i) => latencies.firstQuoteMs(i, 1)).sort((a, b) => a - b)
  expect(drawn[2_000]).toBeGreaterThan(380)
  expect(drawn[2_000]).toBeLessThan(420)
  expect((drawn[3_800] as number) / 400).toBeCloseTo(2.3, 0)
  expect(createLatencies(IB_LIMITS, 3).firstQuoteMs(5, 1)).toBe(latencies.firstQuoteMs(5, 1))
  expect(createLatencies(IB_LIMITS, 4).firstQuoteMs(5, 1)).not.toBe(latencies.firstQuoteMs(5, 1))

  const lacking = Array.from({ length: 10_000 }, (_, i) => latencies.lacksGreeks(i)).filter(Boolean)
  expect(lacking.length).toBeGreaterThan(420)
  expect(lacking.length).toBeLessThan(580)
})
