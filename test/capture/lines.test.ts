import { expect, test } from 'vitest'
import { findUnderlying } from '../../src/chain/find-underlying.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { openCaptureRig } from './capture-rig.ts'

const never = new AbortController().signal

test('without a line for the underlying the slot ends, and the ledger says that lines were missing', async () => {
  const { clock, session, capture } = await openCaptureRig('10:00:10', { rules: { lines: 1 } })
  const held = await findUnderlying(session, instrumentNamed('QQQ'), never)
  await session.subscribe(held, { genericTicks: '', onTick: () => {}, onNotice: () => {} })
  clock.setSpeed(50)
  const { append } = await capture('10:00')
  expect(append.reports).toMatchObject([
    {
      outcome: 'missing',
      reason: 'lines_exhausted',
      detail: expect.stringMatching(/max number of tickers/i),
    },
  ])
})
