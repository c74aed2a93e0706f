import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { createSendQueue, type SendBudget } from '../../../../src/gateway/session/sending/send-queue.ts'
import { manualClock } from '../../../support/manual-clock.ts'

function outboxWith(budget: Partial<SendBudget>) {
  const clock = manualClock()
  const written: string[] = []
  const times: number[] = []
  const outbox = createSendQueue({ clock, limit: 2, windowMs: 1000, lines: 1, queueLimit: 1000, ...budget })
  const write = (name: string) => () => {
    written.push(name)
    times.push(clock.monotonicMs())
  }
  return { clock, outbox, written, times, write }
}
const LINE = { line: true }

test('cancels go before all requests, and requests in the order of their arrival', async () => {
  const { clock, outbox, written, write } = outboxWith({ lines: 2 })
  void outbox.request(write('line a'), LINE)
  void outbox.request(write('b'))
  void outbox.request(write('c'))
  void outbox.request(write('d'))
  void outbox.cancel(write('cancel a'), LINE)
  expect(written).toEqual(['line a', 'b'])
  await clock.advance(1000)
  await clock.advance(1000)
  expect(written).toEqual(['line a', 'b', 'cancel a', 'c', 'd'])
})

test('a request that waits for a line lets others pass, and goes as soon as a cancel is written', async () => {
  const { outbox, written, write } = outboxWith({ limit: 1000 })
  void outbox.request(write('line a'), LINE)
  void outbox.request(write('line b'), LINE)
  void outbox.request(write('c'))
  expect(written).toEqual(['line a', 'c'])
  void outbox.cancel(write('cancel a'), LINE)
  expect(written).toEqual(['line a', 'c', 'cancel a', 'line b'])
  expect(outbox.counters()).toMatchObject({ messagesSent: 4, linesInUse: 1 })
})

test('a line counts as used until its cancel is written, not until it is asked for', async () => {
  const { clock, outbox, written, write } = outboxWith({ limit: 1 })
  void outbox.request(write('line a'), LINE)
  void outbox.cancel(write('cancel a'), LINE)
  void outbox.request(write('line b'), LINE)
  expect(outbox.counters().linesInUse).toBe(1)
  await clock.advance(1000)
  expect(written).toEqual(['line a', 'cancel a'])
  expect(outbox.counters().linesInUse).toBe(0)
  await clock.advance(1000)
  expect(written).toEqual(['line a', 'cancel a', 'line b'])
})

test('one timer serves however many wait, and they go evenly, to the millisecond', async () => {
  const { clock, outbox, times, write } = outboxWith({ limit: 100, windowMs: 1010 })
  for (let i = 0; i < 8; i += 1) void outbox.request(write(`${i}`))
  expect(clock.sleepers()).toBe(1)
  await clock.advance(3000)
  expect(times).toEqual([0, 0, 11, 21, 31, 41, 51, 61])
  expect(outbox.counters().peakMessagesPerSecond).toBe(8)
  expect(clock.sleepers()).toBe(0)
})

test('messages of the connection that were written before count against the rate', async () => {
  const { outbox, written, write } = outboxWith({ sentAtMs: [0] })
  void outbox.request(write('a'))
  void outbox.request(write('b'))
  expect(written).toEqual(['a'])
  expect(outbox.counters().messagesSent).toBe(2)
})

test('giving up the wait takes a request out of the queue and leaves the others in order', async () => {
  const { clock, outbox, written, write } = outboxWith({ limit: 1 })
  const patience = new AbortController()
  void outbox.request(write('a'))
  const given = outbox.request(write('b'), { signal: patience.signal })
  void outbox.request(write('c'))
  patience.abort(new Error('deadline'))
  await expect(given).rejects.toThrow('deadline')
  await expect(outbox.request(write('d'), { signal: patience.signal })).rejects.toThrow('deadline')
  await clock.advance(1000)
  expect(written).toEqual(['a', 'c'])
})

test('hundreds may wait under one signal: it is listened to once, and no longer than somebody waits', async () => {
  const { clock, outbox, written, write } = outboxWith({ limit: 50 })
  const { signal } = new AbortController()
  const waiting = Array.from({ length: 200 }, (_, i) => outbox.request(write(`${i}`), { signal }))
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  await clock.advance(5000)
  await Promise.all(waiting)
  expect(written).toHaveLength(200)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('an abort frees everybody who waits under it', async () => {
  const { clock, outbox, written, write } = outboxWith({})
  const patience = new AbortController()
  const waiting = Array.from({ length: 20 }, (_, i) =>
    outbox.request(write(`${i}`), { signal: patience.signal }).then(
      () => 'written',
      (reason: Error) => reason.message,
    ),
  )
  patience.abort(new Error('deadline'))
  expect(await Promise.all(waiting)).toEqual(['written', 'written', ...new Array(18).fill('deadline')])
  await clock.advance(20_000)
  expect(written).toHaveLength(2)
})

test('the end rejects what waits with its reason, resolves the cancels and writes nothing more', async () => {
  const { clock, outbox, written, write } = outboxWith({ limit: 1 })
  void outbox.request(write('line a'), LINE)
  const waiting = outbox.request(write('b'))
  const cancel = outbox.cancel(write('cancel a'), LINE)
  outbox.end(new Error('the link is gone'))
  await expect(waiting).rejects.toThrow('the link is gone')
  await cancel
  await outbox.cancel(write('late cancel'), LINE)
  await expect(outbox.request(write('late'))).rejects.toThrow('the link is gone')
  await clock.advance(5000)
  expect(written).toEqual(['line a'])
  expect(clock.sleepers()).toBe(0)
})

test('a write that fails rejects its own request, gives its line back and stops nobody', async () => {
  const { outbox, written, write } = outboxWith({ limit: 1000 })
  const fail = () => {
    throw new Error('not encodable')
  }
  await expect(outbox.request(fail, LINE)).rejects.toThrow('not encodable')
  await outbox.request(write('line b'), LINE)
  expect(written).toEqual(['line b'])
})

test('the queue is bounded, except for cancels', async () => {
  const { outbox, write } = outboxWith({ limit: 1, queueLimit: 2 })
  const swallow = () => {}
  void outbox.request(write('line a'), LINE)
  outbox.request(write('b')).catch(swallow)
  outbox.request(write('c')).catch(swallow)
  await expect(outbox.request(write('d'))).rejects.toThrow('more than 2 messages wait')
  const cancel = outbox.cancel(write('cancel a'), LINE)
  outbox.end(new Error('over'))
  await cancel
})
