import { expect, onTestFinished, test } from 'vitest'
import { singleSession } from '../../src/capture/session-source.ts'
import { findUnderlying } from '../../src/chain/find-underlying.ts'
import { openUnderlyingStreams } from '../../src/harvest/underlying-streams.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { openSimulatedSession } from '../support/simulated-session.ts'

const never = new AbortController().signal

test('underlyings that were silenced by an outage have prices again on the one session of a command', async () => {
  const { clock, simulator, session, close } = await openSimulatedSession(0, 50)
  onTestFinished(close)
  const sessions = singleSession(session, { messagesPerSecond: 45, pacingWindowMs: 1_020, lines: 100 })
  const streams = openUnderlyingStreams([await findUnderlying(session, instrumentNamed('SPY'), never)], {
    ...{ clock, signal: never },
  })
  await streams.attach(session)
  await streams.waitFor('prices', 10_000)
  let losses = 0
  const remove = sessions.onStreamsLost(session, () => {
    losses += 1
    void streams.reattach(session)
  })
  simulator.inject({ kind: 'farm_broken', seconds: 5 })
  await clock.sleep(10_000)
  expect(losses).toBe(0)
  simulator.inject({ kind: 'server_lost', streams: 'lost', seconds: 5 })
  await clock.sleep(10_000)
  const restoredAt = clock.now()
  await clock.sleep(30_000)
  expect(streams.price('SPY')?.at).toBeGreaterThan(restoredAt)
  expect(losses).toBe(1)
  remove()
  simulator.inject({ kind: 'server_lost', streams: 'lost', seconds: 5 })
  await clock.sleep(10_000)
  expect(losses).toBe(1)
  streams.close()
})
