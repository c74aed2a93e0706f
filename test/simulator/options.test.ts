import { expect, test } from 'vitest'
import { IB_LIMITS, simulatorOptions } from '../../src/simulator/options.ts'

test('options have the defaults of the embedded gateway and refuse unknown keys', () => {
  expect(simulatorOptions.parse({})).toMatchObject({ messagesPerSecond: 2_000, lines: 1_000, port: 0 })
  expect(IB_LIMITS).toMatchObject({ messagesPerSecond: 50, lines: 100 })
  expect(() => simulatorOptions.parse({ linse: 5 })).toThrow('linse')
})
