import { afterEach, expect, test, vi } from 'vitest'
import { createReader } from '../../../src/serve/page/data/reader.js'
import { createPageState } from '../../../src/serve/page/state/page-state.js'
import { createPlayer } from '../../../src/serve/page/state/player.js'

const SLOTS = Array.from({ length: 40 }, (_, nth) =>
  new Date(Date.UTC(2026, 10, 20, 14, 30) + nth * 300_000).toISOString(),
)
const DAY = {
  ...{ date: '2026-11-20', at: '2026-11-20T21:00:00.000Z', interval_seconds: 300, symbols: ['SPY'] },
  expected: SLOTS.map((slot) => ({ slot, time: slot.slice(11, 16), symbols: ['SPY'] })),
  slots: SLOTS.map((timestamp) => ({ timestamp, symbol: 'SPY', outcome: 'stored', rows: 9, reason: null })),
}
const FRAME_MS = 16

afterEach(() => vi.unstubAllGlobals())

/** A page on the first of 40 slots, whose frames are drawn by hand and whose views read one answer a slot. */
async function createPage(answer: (path: string) => Promise<void>) {
  let nowMs = 0
  let callback: ((nowMs: number) => void) | null = null
  vi.stubGlobal('requestAnimationFrame', (next: (nowMs: number) => void) => {
    callback = next
    return 1
  })
  vi.stubGlobal('cancelAnimationFrame', () => {
    callback = null
  })
  vi.stubGlobal('performance', { now: () => nowMs })
  const reader = createReader(async (path: string) => {
    if (path.startsWith('/api/view?')) await answer(path)
    return Response.json(
      path === '/api/slots' ? DAY : { sessions: [{ date: DAY.date, first_slot: SLOTS[0] }] },
    )
  })
  const state = createPageState({
    ...{
      reader,
      views: ['smile'],
      hash: `#/smile/SPY?at=${SLOTS[0]}`,
      setHash: () => {},
      readAhead: () => {},
    },
    onError: (error) => {
      throw error
    },
  })
  await state.refresh()
  const player = createPlayer(state, { reader, requestsOf: ({ at }) => [`/api/view?at=${at}`] })
  const shown = () => SLOTS.indexOf(state.read()?.state.at ?? '')
  return {
    ...{ player, shown, isPlaying: () => state.read()?.state.isPlaying },
    /** Draws frames for so long, with room for answers between them. */
    draw: async (ms: number) => {
      for (const until = nowMs + ms; nowMs < until; nowMs += FRAME_MS) {
        await new Promise((resolve) => setImmediate(resolve))
        callback?.(nowMs)
      }
    },
  }
}

test('a day is played at its speed to its last slot, where it stops', async () => {
  const { player, shown, isPlaying, draw } = await createPage(async () => {})
  player.setSpeed(30)
  player.toggle()
  await draw(1_000)
  expect(shown()).toBeGreaterThan(25)
  expect(shown()).toBeLessThanOrEqual(31)
  await draw(1_000)
  expect([shown(), isPlaying()]).toEqual([39, false])
})

test('a fast day begins once a quarter of a second of it is there, and does not hurry after that', async () => {
  const answered: (() => void)[] = []
  const { player, shown, draw } = await createPage(() => new Promise((resolve) => answered.push(resolve)))
  player.setSpeed(30)
  player.toggle()
  await draw(500)
  for (const answer of answered.splice(0)) answer()
  await draw(500)
  // Four are asked for at a time, of the eight that are awaited.
  expect([shown(), answered.length]).toEqual([0, 4])
  for (const answer of answered.splice(0)) answer()
  await draw(100)
  // The time of the wait is not made up for.
  expect(shown()).toBeGreaterThan(0)
  expect(shown()).toBeLessThan(5)
})

test('a slow day begins with its next slot', async () => {
  const answered: (() => void)[] = []
  const { player, shown, draw } = await createPage(() => new Promise((resolve) => answered.push(resolve)))
  player.setSpeed(1)
  player.toggle()
  await draw(500)
  answered[0]?.()
  await draw(600)
  expect(shown()).toBe(1)
})

test('an answer that is refused does not end the play', async () => {
  const { player, shown, draw } = await createPage(async (path) => {
    if (path.includes(SLOTS[3] as string)) throw new Error('no answer')
  })
  player.setSpeed(30)
  player.toggle()
  await draw(1_000)
  expect(shown()).toBeGreaterThan(20)
})
