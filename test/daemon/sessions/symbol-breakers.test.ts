import { afterEach, expect, test } from 'vitest'
import { handleCycleError } from '../../../src/capture/cycle/cycle-errors.ts'
import type { FetchedSymbol } from '../../../src/capture/symbol/fetched-symbol.ts'
import { openSymbolBreakers, type SymbolBreakers } from '../../../src/daemon/sessions/symbol-breakers.ts'
import { BreakerOpen, breakerOptions } from '../../../src/gateway/breaker/breaker.ts'
import type { GapReason } from '../../../src/harvest/harvest.ts'
import { openLog } from '../../../src/process/log.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'

let breakers: SymbolBreakers
afterEach(() => breakers.close())

function open(): ManualClock {
  const clock = manualClock()
  const { signal } = new AbortController()
  breakers = openSymbolBreakers(['SPY', 'QQQ'], {
    clock,
    signal,
    options: breakerOptions.parse({}),
    random: () => 0.5,
  })
  return clock
}

/** A fetch whose only contract is a gap of that reason. */
const harvested = (reason: GapReason) =>
  ({ symbol: 'SPY', harvest: { answered: [], gaps: [{ reason }] } }) as unknown as FetchedSymbol

/** One fetch without time for a further try. */
const once = (action: () => Promise<FetchedSymbol>, symbol = 'SPY') => breakers.fetch(symbol, action, 0)

test('five cycles without an answer open the breaker of that symbol alone, for a minute', async () => {
  const clock = open()
  let asked = 0
  const nothing = async () => {
    asked++
    throw new Error('nothing was answered')
  }
  for (let cycle = 0; cycle < 5; cycle++) await expect(once(nothing)).rejects.toThrow('nothing')
  const refused = await once(nothing).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(BreakerOpen)
  expect(asked).toBe(5)
  expect(Object.fromEntries(breakers.states())).toMatchObject({
    SPY: { state: 'open' },
    QQQ: { state: 'closed' },
  })
  const context = {
    log: openLog('silent'),
    signal: new AbortController().signal,
    sessions: { outage: () => null },
  }
  expect(handleCycleError(refused, context)).toMatchObject({ reason: 'breaker_open' })
  expect(await once(async () => harvested('stopped'), 'QQQ')).toBeDefined()

  await clock.advance(60_000)
  await once(async () => ({ symbol: 'SPY', reason: 'no_chain', detail: null }))
  expect(breakers.states().get('SPY')?.state).toBe('closed')
})

test.each(['not_entitled', 'no_such_contract', 'stopped'] as const)(
  'a chain of which every contract is %s counts neither as a failure nor as a success',
  async (reason) => {
    open()
    for (let cycle = 0; cycle < 20; cycle++) await once(async () => harvested(reason))
    expect(breakers.states().get('SPY')?.state).toBe('closed')
    const fail = () => once(() => Promise.reject(new Error('nothing'))).catch(() => {})
    for (let cycle = 0; cycle < 4; cycle++) await fail()
    await once(async () => harvested(reason))
    await fail()
    expect(breakers.states().get('SPY')?.state).toBe('open')
  },
)

test('a fetch that fails is repeated after 2, 4 and 8 seconds, and counts once', async () => {
  const clock = open()
  const at: number[] = []
  const fetched = breakers.fetch(
    'SPY',
    async () => {
      at.push(clock.monotonicMs())
      throw new Error('nothing')
    },
    285_000,
  )
  const over = expect(fetched).rejects.toThrow('nothing')
  await clock.advance(20_000)
  await over
  expect(at).toEqual([0, 2_000, 6_000, 14_000])
  expect(breakers.states().get('SPY')?.state).toBe('closed')
})
