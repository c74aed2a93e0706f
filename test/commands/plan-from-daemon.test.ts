import { expect, test } from 'vitest'
import type { AskedDaemon } from '../../src/commands/gateway/ask-daemon.ts'
import { chainsOfDaemon } from '../../src/commands/gateway/plan-from-daemon.ts'
import { configSchema } from '../../src/config/schema.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'

test('futures without options have no chain that a plan could ask the daemon for', () => {
  const daemon = {
    url: 'http://127.0.0.1:1',
    answer: { at: '2026-11-19T03:00:00Z', origin: 'simulated', symbols: [] },
  } as unknown as AskedDaemon
  const of = (name: string) =>
    chainsOfDaemon(daemon, { ...configSchema.parse({}), symbols: [instrumentNamed(name)] })
  expect(of('ES')).toEqual([])
  expect(() => of('SPY')).toThrow('does not collect SPY')
})
