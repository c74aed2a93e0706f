import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { createSendQueue, type SendLimits } from '../../../../src/gateway/session/sending/send-queue.ts'
import { manualClock } from '../../../support/manual-clock.ts'

function queueWith(limits: Partial<SendLimits>, sentAtMs: readonly number[] = []) {
  const clock = manualClock()
  const written: string[] = []
  const times: number[] = []
  const queue = createSendQueue(
    { messages: 2, windowMs: 1000, lines: 1, waiting: 1000, ...limits },
    { clock, sentAtMs },
  )
  const write = (name: string) => () => {
    written.push(name)
    times.push(clock.monotonicMs())
  }
  return { clock, queue, written, times, write }
}
const LINE = { line: true }

test('cancels go before all requests, and requests in order of arrival', async () => {
  const { clock, queue, written, write } = queueWith({ lines: 2 })
  void queue.request(write('line a'), LINE)
  void queue.request(write('b'))
  void queue.request(write('c'))
  void queue.request(write('d'))
  void queue.cancel(write('cancel a'), LINE)
  expect(written).toEqual(['line a', 'b'])
  await clock.advance(1000)
  await clock.advance(1000)
  expect(written).toEqual(['line a', 'b', 'cancel a', 'c', 'd'])
})

test('a request that waits for a line does not hold up others, and goes as soon as a cancel is written', async () => {
  const { queue, written, write } = queueWith({ messages: 1000 })
  void queue.request(write('line a'), LINE)
  void queue.request(write('line b'), LINE)
  void queue.request(write('c'))
  expect(written).toEqual(['line a', 'c'])
  void queue.cancel(write('cancel a'), LINE)
  expect(written).toEqual(['line a', 'c', 'cancel a', 'line b'])
  expect(queue.counters()).toMatchObject({ messagesSent: 4, linesInUse: 1 })
})

test('a spare request waits until nothing else does and a line is free', async () => {
  const { clock, queue, written, write } = queueWith({ messages: 1, lines: 2 })
  void queue.request(write('line a'), LINE)
  void queue.request(write('spare'), { ...LINE, spare: true })
  void queue.request(write('b'))
  void queue.request(write('line c'), LINE)
  void queue.request(write('line d'), LINE)
  for (let second = 0; second < 4; second++) await clock.advance(1000)
  expect(written).toEqual(['line a', 'b', 'line c'])
  expect(queue.counters()).toMatchObject({ linesInUse: 2, linesAwaited: 1 })
  void queue.cancel(write('cancel a'), LINE)
  for (let second = 0; second < 4; second++) await clock.advance(1000)
  expect(written).toEqual(['line a', 'b', 'line c', 'cancel a', 'line d'])
  void queue.cancel(write('cancel c'), LINE)
  for (let second = 0; second < 4; second++) await clock.advance(1000)
  expect(written.slice(-2)).toEqual(['cancel c', 'spare'])
  expect(queue.counters()).toMatchObject({ linesInUse: 2, linesAwaited: 0 })
})

test('a line is in use until its cancel is written, not only until the cancel is requested', async () => {
  const { clock, queue, written, write } = queueWith({ messages: 1 })
  void queue.request(write('line a'), LINE)
  void queue.cancel(write('cancel a'), LINE)
  void queue.request(write('line b'), LINE)
  expect(queue.counters().linesInUse).toBe(1)
  await clock.advance(1000)
  expect(written).toEqual(['line a', 'cancel a'])
  expect(queue.counters().linesInUse).toBe(0)
  await clock.advance(1000)
  expect(written).toEqual(['line a', 'cancel a', 'line b'])
})

test('one timer serves all that wait, and they go evenly, to the millisecond', async () => {
  const { clock, queue, times, write } = queueWith({ messages: 100, windowMs: 1010 })
  for (let i = 0; i < 8; i += 1) void queue.request(write(`${i}`))
  expect(clock.sleepers()).toBe(1)
  await clock.advance(3000)
  expect(times).toEqual([0, 0, 11, 21, 31, 41, 51, 61])
  expect(queue.counters().peakMessagesPerSecond).toBe(8)
  expect(clock.sleepers()).toBe(0)
})

test('messages that the connection wrote before count against the rate', async () => {
  const { queue, written, write } = queueWith({}, [0])
  void queue.request(write('a'))
  void queue.request(write('b'))
  expect(written).toEqual(['a'])
  expect(queue.counters().messagesSent).toBe(2)
})

test('an aborted request leaves the queue, and the others stay in order', async () => {
  const { clock, queue, written, write } = queueWith({ messages: 1 })
  const controller = new AbortController()
  void queue.request(write('a'))
  const given = queue.request(write('b'), { signal: controller.signal })
  void queue.request(write('c'))
  controller.abort(new Error('deadline'))
  await expect(given).rejects.toThrow('deadline')
  await expect(queue.request(write('d'), { signal: controller.signal })).rejects.toThrow('deadline')
  await clock.advance(1000)
  expect(written).toEqual(['a', 'c'])
})

test('hundreds of requests under one signal share one listener, which is removed after the last', async () => {
  const { clock, queue, written, write } = queueWith({ messages: 50 })
  const { signal } = new AbortController()
  const waiting = Array.from({ length: 200 }, (_, i) => queue.request(write(`${i}`), { signal }))
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  await clock.advance(5000)
  await Promise.all(waiting)
  expect(written).toHaveLength(200)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('an abort rejects all requests that wait under its signal', async () => {
  const { clock, queue, written, write } = queueWith({})
  const controller = new AbortController()
  const waiting = Array.from({ length: 20 }, (_, i) =>
    queue.request(write(`${i}`), { signal: controller.signal }).then(
      () => 'written',
      (reason: Error) => reason.message,
    ),
  )
  controller.abort(new Error('deadline'))
  expect(await Promise.all(waiting)).toEqual(['written', 'written', ...new Array(18).fill('deadline')])
  await clock.advance(20_000)
  expect(written).toHaveLength(2)
})

test('the end rejects waiting requests with its reason, resolves cancels and writes nothing more', async () => {
  const { clock, queue, written, write } = queueWith({ messages: 1 })
  void queue.request(write('line a'), LINE)
  const waiting = queue.request(write('b'))
  const cancel = queue.cancel(write('cancel a'), LINE)
  queue.end(new Error('the link is gone'))
  await expect(waiting).rejects.toThrow('the link is gone')
  await cancel
  await queue.cancel(write('late cancel'), LINE)
  await expect(queue.request(write('late'))).rejects.toThrow('the link is gone')
  await clock.advance(5000)
  expect(written).toEqual(['line a'])
  expect(clock.sleepers()).toBe(0)
})

test('a write that fails rejects its own request, gives its line back and stops no other', async () => {
  const { queue, written, write } = queueWith({ messages: 1000 })
  const fail = () => {
    throw new Error('not encodable')
  }
  await expect(queue.request(fail, LINE)).rejects.toThrow('not encodable')
  await queue.request(write('line b'), LINE)
  expect(written).toEqual(['line b'])
})

test('the queue is bounded, except for cancels', async () => {
  const { queue, write } = queueWith({ messages: 1, waiting: 2 })
  const swallow = () => {}
  void queue.request(write('line a'), LINE)
  queue.request(write('b')).catch(swallow)
  queue.request(write('c')).catch(swallow)
  await expect(queue.request(write('d'))).rejects.toThrow('more than 2 messages are waiting')
  const cancel = queue.cancel(write('cancel a'), LINE)
  queue.end(new Error('over'))
  await cancel
})

test('a refused line is not used again until the limit has grown, one line every 2 s while a request waits', async () => {
  const { clock, queue, written, write } = queueWith({ messages: 1000, lines: 4 })
  for (const name of ['a', 'b', 'c']) void queue.request(write(name), LINE)
  // The gateway had two lines to give.
  queue.lineRefused(2)
  expect(queue.counters()).toMatchObject({ linesInUse: 2, linesUsable: 2 })
  void queue.request(write('d'), LINE)
  void queue.request(write('e'), LINE)
  void queue.request(write('without a line'))
  expect(written).toEqual(['a', 'b', 'c', 'without a line'])
  await clock.advance(1_999)
  expect(written).toHaveLength(4)
  await clock.advance(1)
  expect(written.slice(4)).toEqual(['d'])
  queue.lineRefused(2)
  void queue.cancel(write('cancel a'), LINE)
  expect(written.slice(5)).toEqual(['cancel a', 'e'])
  await clock.advance(60_000)
  expect(queue.counters()).toMatchObject({ linesInUse: 2, linesUsable: 2 })
  expect(clock.sleepers()).toBe(0)
})

test('with no line free at all one request is tried every 2 s', async () => {
  const { clock, queue, written, write } = queueWith({ messages: 1000, lines: 4 })
  const refuse = (name: string) => (otherLines: number) => {
    write(name)()
    void Promise.resolve().then(() => {
      queue.lineRefused(otherLines)
      void queue.request(refuse(name), LINE)
    })
  }
  void queue.request(refuse('a'), LINE)
  await clock.advance(10_000)
  expect(written).toHaveLength(6)
  expect(queue.counters()).toMatchObject({ linesInUse: 0, linesUsable: 0 })
})

test('lines that were not refused are there: more in use than the limit hold up nothing for long', async () => {
  const { clock, queue, written, write } = queueWith({ messages: 1000, lines: 6 })
  for (const name of ['a', 'b', 'c', 'd']) void queue.request(write(name), LINE)
  // The second was refused, and then another program gave up its lines: the later two were served.
  queue.lineRefused(1)
  expect(queue.counters()).toMatchObject({ linesInUse: 3, linesUsable: 1 })
  void queue.request(write('e'), LINE)
  await clock.advance(1_999)
  expect(written).not.toContain('e')
  await clock.advance(1)
  expect(written).toContain('e')
  expect(queue.counters()).toMatchObject({ linesInUse: 4, linesUsable: 4 })
})

test('a limit that was learned more than ten minutes ago, and has held up nothing since, is forgotten', async () => {
  const { clock, queue, write } = queueWith({ messages: 1000, lines: 6 })
  for (const name of ['a', 'b']) void queue.request(write(name), LINE)
  queue.lineRefused(1)
  await clock.advance(599_999)
  expect(queue.counters().linesUsable).toBe(1)
  await clock.advance(1)
  expect(queue.counters()).toMatchObject({ linesInUse: 1, linesUsable: 6 })
  expect(clock.sleepers()).toBe(0)
})

test('after a breach of the rate nothing is sent for a window, then half as much, which grows back', async () => {
  const { clock, queue, times, write } = queueWith({ messages: 10, windowMs: 1000, waiting: 9000 })
  for (let i = 0; i < 9000; i += 1) void queue.request(write(`${i}`))
  await clock.advance(10_000)
  const before = times.length
  queue.rateExceeded()
  // The refusals of one burst are one breach.
  queue.rateExceeded()
  const sentIn = (fromMs: number, toMs: number) => times.filter((at) => at >= fromMs && at < toMs).length
  await clock.advance(700_000)
  expect(before).toBeGreaterThanOrEqual(100)
  expect(sentIn(10_001, 11_000)).toBe(0)
  expect(sentIn(11_000, 15_000)).toBe(20)
  expect(sentIn(15_000, 20_000)).toBe(30)
  expect(sentIn(40_000, 50_000)).toBe(80)
  expect(sentIn(600_000, 610_000)).toBe(80)
  expect(sentIn(620_000, 630_000)).toBe(100)
})
