import { once } from 'node:events'
import { connect as connectTo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { epochMs } from '../../../src/market/units.ts'
import { createSteppedClock, StillRunning } from '../../../src/paper/backtest/stepped-clock.ts'

const START = epochMs(Date.UTC(2026, 10, 20, 15))
const NO_TRAFFIC = { isQuiet: () => true, written: () => 0 }
const at = (seconds: number) => epochMs(START + seconds * 1_000)

test('time stands still until it is moved, and sleepers wake in order, each at its own time', async () => {
  const clock = createSteppedClock(START, NO_TRAFFIC)
  const woken: [string, number][] = []
  const sleep = async (name: string, seconds: number) => {
    await clock.sleep(seconds * 1_000)
    woken.push([name, clock.now() - START])
  }
  void sleep('late', 20)
  void sleep('early', 5)
  void sleep('beyond', 40).then(() => {})
  void sleep('first', 5).then(() => sleep('again', 3))
  expect(clock.now()).toBe(START)
  await clock.advanceTo(at(30))
  expect(woken).toEqual([
    ['early', 5_000],
    ['first', 5_000],
    ['again', 8_000],
    ['late', 20_000],
  ])
  expect(clock.now()).toBe(at(30))
  await clock.advanceTo(at(10))
  expect(clock.now()).toBe(at(30))
})

test('in strides, sleepers wake at the end of theirs, and never after the time that is moved to', async () => {
  const clock = createSteppedClock(at(10), NO_TRAFFIC)
  const woken: number[] = []
  const every = async (seconds: number) => {
    for (;;) {
      await clock.sleep(seconds * 1_000)
      woken.push((clock.now() - START) / 1_000)
    }
  }
  void every(1)
  await clock.advanceTo(at(200), 60_000)
  expect(woken).toEqual([60, 120, 180, 200])
  expect(clock.now()).toBe(at(200))
  woken.length = 0
  await clock.advanceTo(at(202))
  expect(woken).toEqual([201, 202])
})

test('time does not pass while a query runs, and results are handed over in the order of the questions', async () => {
  const clock = createSteppedClock(START, NO_TRAFFIC)
  const seen: [string, number][] = []
  const query = async (name: string, ms: number) => {
    await clock.external(() => new Promise((resolve) => setTimeout(resolve, ms)))
    seen.push([name, clock.now() - START])
  }
  void query('slow', 30)
  void query('quick', 1)
  void clock.sleep(1_000).then(() => seen.push(['slept', clock.now() - START]))
  await clock.advanceTo(at(2))
  expect(seen).toEqual([
    ['slow', 0],
    ['quick', 0],
    ['slept', 1_000],
  ])
})

test('work moves the clock as far as it needs, and what fails or takes too long is thrown', async () => {
  const clock = createSteppedClock(START, NO_TRAFFIC)
  const work = async () => {
    await clock.sleep(7_000)
    return 'done'
  }
  expect(await clock.during(work(), at(60))).toBe('done')
  expect(clock.now()).toBe(at(7))
  await expect(clock.during(Promise.reject(new Error('broken')), at(60))).rejects.toThrow('broken')
  await expect(clock.during(clock.sleep(600_000), at(60))).rejects.toThrow(StillRunning)
  expect(clock.now()).toBe(at(60))
  const query = clock.external(() => Promise.reject(new Error('unreadable')))
  await expect(clock.during(query, at(90))).rejects.toThrow('unreadable')
  expect(clock.now()).toBe(at(60))
})

test('a sleep that is given up does not wake', async () => {
  const clock = createSteppedClock(START, NO_TRAFFIC)
  const giveUp = new AbortController()
  const sleeping = clock.sleep(1_000, giveUp.signal)
  giveUp.abort(new Error('enough'))
  await expect(sleeping).rejects.toThrow('enough')
  await clock.advanceTo(at(5))
  await expect(clock.sleep(1, giveUp.signal)).rejects.toThrow('enough')
})

test('what was written to a socket is read before time passes', async () => {
  let written = 0
  let read = 0
  const server = createServer((socket) => socket.on('data', (chunk) => socket.write(chunk)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  const socket = connectTo(port, '127.0.0.1')
  await once(socket, 'connect')
  const clock = createSteppedClock(START, { isQuiet: () => written === read, written: () => written })
  const answered: number[] = []
  socket.on('data', (chunk) => {
    read += chunk.length
    answered.push(clock.now() - START)
  })
  const ask = async () => {
    for (let asked = 0; asked < 20; asked++) {
      socket.write('hello')
      written += 5
      await clock.sleep(1_000)
    }
  }
  await clock.during(ask(), at(60))
  expect(answered).toEqual(Array.from({ length: 20 }, (_, second) => second * 1_000))
  socket.destroy()
  server.close()
})
