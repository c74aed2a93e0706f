import { expect, onTestFinished, test } from 'vitest'
import { singleSession } from '../../src/capture/session-source.ts'
import { openSymbolBreakers } from '../../src/daemon/sessions/symbol-breakers.ts'
import { breakerOptions } from '../../src/gateway/breaker/breaker.ts'
import { type CaptureRig, openCaptureRig } from './capture-rig.ts'

function withBreakers({ clock, session }: CaptureRig) {
  const breakers = openSymbolBreakers(['IWM'], {
    clock,
    signal: new AbortController().signal,
    options: breakerOptions.parse({ failuresToOpen: 2 }),
    random: () => 0.5,
  })
  onTestFinished(() => breakers.close())
  const limits = { messagesPerSecond: 500, lines: 100, pacingWindowMs: 1_020 }
  return { breakers, sessions: { ...singleSession(session, limits), fetch: breakers.fetch } }
}

test('a slot in which the breaker opens is collected when its trial is answered', async () => {
  const rig = await openCaptureRig('10:00')
  const { breakers, sessions } = withBreakers(rig)
  rig.simulator.inject({ kind: 'option_silence', seconds: 40 })
  rig.clock.setSpeed(40)
  const { append } = await rig.capture('10:00', { sessions })
  expect(append.reports).toMatchObject([{ symbol: 'IWM', outcome: 'stored', reason: null }])
  // The breaker was open for a minute of it.
  const [report] = append.reports
  expect((report?.finished_at ?? 0) - (report?.timestamp ?? 0)).toBeGreaterThan(60_000)
  expect(breakers.states().get('IWM')?.state).toBe('closed')
})

test("the time of the slot is not the gateway's failure", async () => {
  const rig = await openCaptureRig('10:04:44')
  const { breakers, sessions } = withBreakers(rig)
  for (let run = 0; run < 3; run += 1) await rig.capture('10:00', { sessions })
  expect(breakers.states().get('IWM')?.state).toBe('closed')
})
