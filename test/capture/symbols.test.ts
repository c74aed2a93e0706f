import { expect, test } from 'vitest'
import { openCaptureRig } from './capture-rig.ts'

const SYMBOLS = {
  symbols: ['SPY', 'QQQ', 'IWM'],
  // On the fast clock, a pause of the machine must not look like a silent gateway.
  'harvest.timeoutMs': 60_000,
}
/** Contracts without a bid never have greeks, and are waited for twice. */
const SHORT_WAIT = { 'harvest.greeksWaitMs': 300 }
/** Fast enough for a wait of minutes. */
const SPEED = 40

test.each([
  ['unknown', 1, 'missing', 'unknown_symbol', /unknown symbol "QQQ"/],
  ['refused', 1, 'missing', 'request_refused', /QQQ STK: the gateway refused with 203/],
  ['unanswered', SPEED, 'missing', 'no_chain', /contract details of QQQ STK: no answer within 60000 ms/],
  ['slow', SPEED, 'stored', null, null],
] as const)(
  'a symbol that is %s has its own row, and the others are whole',
  async (how, speed, outcome, reason, detail) => {
    const values = speed === 1 ? { ...SYMBOLS, ...SHORT_WAIT } : SYMBOLS
    const { clock, simulator, capture } = await openCaptureRig('10:00', { values })
    simulator.inject({ kind: 'symbol_trouble', symbol: 'QQQ', how })
    clock.setSpeed(speed)
    const { append } = await capture('10:00')
    expect(append.reports).toMatchObject([
      { symbol: 'SPY', outcome: 'stored', skipped: 0 },
      { symbol: 'QQQ', outcome, reason, skipped: 0 },
      { symbol: 'IWM', outcome: 'stored', skipped: 0 },
    ])
    if (detail) expect(append.reports[1]?.detail).toMatch(detail)
    // A symbol that has ended is not waited for.
    const [spy] = append.reports
    if (speed === 1) expect((spy?.finished_at ?? 0) - (spy?.started_at ?? 0)).toBeLessThan(30_000)
  },
)

test('an unanswered VIX holds up nothing', async () => {
  const { clock, simulator, capture } = await openCaptureRig('10:00', { values: SHORT_WAIT })
  simulator.inject({ kind: 'symbol_trouble', symbol: 'VIX', how: 'unanswered' })
  const startedAt = clock.now()
  const { append, harvestSeconds } = await capture('10:00')
  expect(append.reports).toMatchObject([{ symbol: 'IWM', outcome: 'stored', vix: null }])
  expect(harvestSeconds).toBeLessThan(10)
  expect(clock.now() - startedAt).toBeLessThan(15_000)
})
