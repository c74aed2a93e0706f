import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { handleCycleError } from '../../../src/capture/cycle/cycle-errors.ts'
import type { FetchAttempt } from '../../../src/capture/session-source.ts'
import type { FetchedSymbol } from '../../../src/capture/symbol/fetched-symbol.ts'
import { openSymbolBreakers, type SymbolBreakers } from '../../../src/daemon/sessions/symbol-breakers.ts'
import { BreakerOpen, breakerOptions } from '../../../src/gateway/breaker/breaker.ts'
import type { GapReason } from '../../../src/harvest/harvest.ts'
import { openLog } from '../../../src/process/log.ts'
import { manualClock } from '../../support/manual-clock.ts'

const SLOT_MS = 285_000
const open: SymbolBreakers[] = []
beforeEach(
  () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }),
)
afterEach(() => {
  for (const breakers of open.splice(0)) breakers.close()
  vi.useRealTimers()
})

function rig() {
  const clock = manualClock()
  const stop = new AbortController()
  const breakers = openSymbolBreakers(['SPY', 'QQQ'], {
    clock,
    signal: stop.signal,
    options: breakerOptions.parse({}),
    random: () => 0.5,
  })
  open.push(breakers)
  const stateOf = (symbol: string) => breakers.states().get(symbol)?.state
  /** Opossum's timers are the machine's: they are advanced together with the manual clock. */
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 500) {
      await vi.advanceTimersByTimeAsync(Math.min(left, 500))
      await clock.advance(Math.min(left, 500))
    }
  }
  /** One slot of five minutes; the seconds of its attempts, from its start. */
  const slot = async (attempt: FetchAttempt, symbol = 'SPY') => {
    const fromMs = clock.monotonicMs()
    const atSeconds: number[] = []
    const timed: FetchAttempt = (signal) => {
      atSeconds.push((clock.monotonicMs() - fromMs) / 1_000)
      return attempt(signal)
    }
    const result = breakers
      .fetch(symbol, timed, fromMs + SLOT_MS)
      .catch((error: unknown) => error as Error | BreakerOpen)
    await pass(300_000)
    return { result: await result, atSeconds }
  }
  return { clock, breakers, stop, stateOf, pass, slot }
}

/** A fetch whose only contract is a gap of that reason. */
const harvested = (reason: GapReason) =>
  ({ symbol: 'SPY', harvest: { answered: [], gaps: [{ reason }] } }) as unknown as FetchedSymbol
const served = { symbol: 'SPY', harvest: { answered: [{}], gaps: [] } } as unknown as FetchedSymbol
const nothing = async () => {
  throw new Error('nothing was answered')
}

test('a fetch that fails is repeated after 2, 4 and 8 seconds, and each attempt counts', async () => {
  const { slot, stateOf } = rig()
  const { result, atSeconds } = await slot(nothing)
  expect(result).toMatchObject({ message: 'nothing was answered' })
  expect(atSeconds).toEqual([0, 2, 6, 14])
  expect(stateOf('SPY')).toBe('closed')
})

test('five failures in a row come within two slots, and open the breaker of that symbol alone', async () => {
  const { slot, stateOf } = rig()
  await slot(nothing)
  const { result, atSeconds } = await slot(nothing)
  // The first attempt opened it; a trial every minute followed, until the time of the slot was over.
  expect(atSeconds).toHaveLength(5)
  expect(atSeconds[0]).toBe(0)
  for (const [at, seconds] of atSeconds.entries()) expect(Math.abs(seconds - at * 60)).toBeLessThan(2)
  expect(result).toBeInstanceOf(BreakerOpen)
  const context = {
    ...{ log: openLog('silent'), signal: new AbortController().signal, sessions: { outage: () => null } },
  }
  expect(handleCycleError(result, context)).toMatchObject({
    reason: 'breaker_open',
    detail: expect.stringContaining('nothing was answered'),
  })
  expect(stateOf('QQQ')).toBe('closed')
  expect((await slot(async () => served, 'QQQ')).result).toBe(served)
})

test('a slot whose breaker opens is collected once the gateway answers again', async () => {
  const { clock, slot, stateOf } = rig()
  await slot(nothing)
  const fromMs = clock.monotonicMs()
  const { result, atSeconds } = await slot(async () => {
    if (clock.monotonicMs() - fromMs < 90_000) throw new Error('nothing was answered')
    return served
  })
  expect(result).toBe(served)
  expect(atSeconds).toHaveLength(3)
  expect(atSeconds[2]).toBeGreaterThanOrEqual(119)
  expect(stateOf('SPY')).toBe('closed')
})

test.each(['not_entitled', 'no_such_contract', 'stopped', 'deadline'] as const)(
  'a chain of which every contract is %s counts neither as a failure nor as a success',
  async (reason) => {
    const { breakers, slot, stateOf } = rig()
    for (let cycle = 0; cycle < 20; cycle++) await breakers.fetch('SPY', async () => harvested(reason), 0)
    expect(stateOf('SPY')).toBe('closed')
    await slot(nothing)
    await breakers.fetch('SPY', async () => harvested(reason), 0)
    await breakers.fetch('SPY', nothing, 0).catch(() => {})
    expect(stateOf('SPY')).toBe('open')
  },
)

test('a stop ends the wait for an open breaker, and is not its failure', async () => {
  const { clock, breakers, stop, slot, pass } = rig()
  await slot(nothing)
  const result = breakers
    .fetch('SPY', nothing, clock.monotonicMs() + SLOT_MS)
    .catch((error: unknown) => error)
  await pass(10_000)
  expect(breakers.states().get('SPY')?.state).toBe('open')
  stop.abort(new Error('stopped'))
  expect(await result).toMatchObject({ message: 'stopped' })
  expect(clock.sleepers()).toBe(0)
})

test('the breakers of two daemons know nothing of each other', async () => {
  const [one, other] = [rig(), rig()]
  await one.slot(nothing)
  await one.slot(nothing)
  // Its last trial was a minute before the end of the slot.
  expect([one.stateOf('SPY'), other.stateOf('SPY')]).toEqual(['half_open', 'closed'])
})
