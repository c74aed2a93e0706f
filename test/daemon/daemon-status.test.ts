import { expect, test } from 'vitest'
import { gatewayState } from '../../src/daemon/daemon-status.ts'
import { epochMs } from '../../src/market/units.ts'

const ready = { name: 'ready', since: epochMs(0) } as const

test('health says when the gateway has few lines to give, and not when a window of TWS uses a few', () => {
  const few = gatewayState(ready, [], { linesUsable: 15, linesLimit: 100 })
  expect(few).toMatchObject({
    ...{ connected: true, reason: 'lines_exhausted' },
    detail: 'the gateway has 15 of 100 market-data lines to give',
  })
  const most = gatewayState(ready, [], { linesUsable: 90, linesLimit: 100 })
  expect(most).toMatchObject({ connected: true, reason: null, detail: null })
})
