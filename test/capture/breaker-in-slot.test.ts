import { expect, onTestFinished, test, vi } from 'vitest'
import { singleSession } from '../../src/capture/session-source.ts'
import { openSymbolBreakers } from '../../src/daemon/sessions/symbol-breakers.ts'
import { breakerOptions } from '../../src/gateway/breaker/breaker.ts'
import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { openSession } from '../../src/gateway/session/session.ts'
import { type CaptureRig, DATE, openCaptureRig } from './capture-rig.ts'

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

test('a session that ends while the first price is waited for costs an attempt, and not the slot', async () => {
  const rig = await openCaptureRig('10:00')
  const { clock, simulator, chains } = rig
  const { sessions } = withBreakers(rig)
  await vi.waitFor(() => expect(chains.chain('IWM', DATE)?.completeness.isKnown).toBe(true))
  const options = gatewayOptions.parse({ port: simulator.port, connectTimeoutMs: 600_000 })
  let session = rig.session
  const ready = async () => {
    if (!session.isOpen) session = await openSession(options, { clock })
    return session
  }
  onTestFinished(() => session.close())
  simulator.inject({ kind: 'farm_broken', seconds: 20 })
  clock.setSpeed(40)
  setTimeout(() => rig.session.close(), 200)
  const { append } = await rig.capture('10:00', { sessions: { ...sessions, ready } })
  expect(append.reports).toMatchObject([{ symbol: 'IWM', outcome: 'stored', reason: null }])
})
