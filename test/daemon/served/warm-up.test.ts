import { expect, test } from 'vitest'
import { warmUp } from '../../../src/daemon/served/warm-up.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { manualClock } from '../../support/manual-clock.ts'

const [THURSDAY, FRIDAY] = [sessionDate('2026-11-19'), sessionDate('2026-11-20')]
const session = (date: typeof FRIDAY) => ({
  ...{ date, firstSlot: newYorkInstant(date, '09:30'), lastSlot: newYorkInstant(date, '15:55') },
})

/** A daemon that has just begun, with a year of SPY and nothing of QQQ, and what was read of it. */
function begin({
  failing = '',
  isCycleRunning = () => false,
}: {
  readonly failing?: string
  readonly isCycleRunning?: () => boolean
} = {}) {
  const clock = manualClock(epochMs(0))
  const reads: string[] = []
  const stopping = new AbortController()
  const read = async (what: string) => {
    reads.push(what)
    if (what === failing) throw new Error(`${what} cannot be read`)
  }
  const done = warmUp(
    {
      symbols: ['QQQ', 'SPY'],
      sessions: async ({ symbol }) => (symbol === 'SPY' ? [session(FRIDAY), session(THURSDAY)] : []),
      marketData: async (symbol) => {
        await read(`market data of ${symbol}`)
        return null
      },
      figuresOn: async (symbol, date) => {
        await read(`figures of ${symbol} on ${date}`)
        return []
      },
      tenors: async (symbol, date) => {
        await read(`tenors of ${symbol} on ${date}`)
        return { symbol, date, slots: [], definitionVersion: 3, observations: [], sessions: [] }
      },
    },
    { clock, signal: stopping.signal, isCycleRunning },
  )
  return { clock, reads, stopping, done }
}

const ALL = ['market data of SPY', 'figures of SPY on 2026-11-20', 'tenors of SPY on 2026-11-20']

test('what a first page needs is read three seconds after the start, of symbols that have stored slots', async () => {
  const { clock, reads, done } = begin()
  await clock.advance(2_999)
  expect(reads).toEqual([])
  await clock.advance(1)
  await done
  expect(reads).toEqual(ALL)
})

test('each reading waits while a cycle runs', async () => {
  let isRunning = true
  const { clock, reads, done } = begin({ isCycleRunning: () => isRunning })
  await clock.advance(20_000)
  expect(reads).toEqual([])
  isRunning = false
  await clock.advance(1_000)
  await done
  expect(reads).toEqual(ALL)
})

test('a daemon that stops waits for nothing', async () => {
  const early = begin()
  early.stopping.abort(new Error('stopped'))
  await early.done
  expect(early.reads).toEqual([])

  const { clock, reads, stopping, done } = begin({ isCycleRunning: () => true })
  await clock.advance(10_000)
  stopping.abort(new Error('stopped'))
  await done
  expect(reads).toEqual([])
  expect(clock.sleepers()).toBe(0)
})

test('what cannot be read does not disturb the daemon', async () => {
  const { clock, reads, done } = begin({ failing: 'figures of SPY on 2026-11-20' })
  await clock.advance(3_000)
  await expect(done).resolves.toBeUndefined()
  expect(reads).toEqual(ALL.slice(0, 2))
})
