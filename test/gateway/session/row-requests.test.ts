import { expect, test } from 'vitest'
import { createRowRequests } from '../../../src/gateway/session/requests/row-requests.ts'
import { createTurns } from '../../../src/gateway/session/requests/turns.ts'
import { createSendQueue } from '../../../src/gateway/session/sending/send-queue.ts'
import { manualClock } from '../../support/manual-clock.ts'

const LIMIT_MS = 60_000

/** Requests whose answers the test scripts, on a clock that it advances. */
function scripted(withdraw?: (id: number) => void) {
  const clock = manualClock()
  let lastId = 0
  const sendQueue = createSendQueue({ messages: 100, windowMs: 1_000, lines: 1, waiting: 10 }, { clock })
  const requests = createRowRequests<string>({ sendQueue, clock, nextId: () => ++lastId }, LIMIT_MS, withdraw)
  return { clock, requests }
}

const outcomeOf = (answer: Promise<string[]>) => {
  const settled: { rows?: string[]; error?: string } = {}
  answer.then(
    (rows) => {
      settled.rows = rows
    },
    (error: Error) => {
      settled.error = error.message
    },
  )
  return settled
}

test('an answer whose rows still arrive is waited for, longer than one time limit', async () => {
  const { clock, requests } = scripted()
  const outcome = outcomeOf(requests.ask('chain', () => {}))
  for (const row of ['a', 'b', 'c']) {
    await clock.advance(40_000)
    requests.onRow(1, row)
  }
  requests.onEnd(1)
  await clock.advance(1)
  expect(outcome).toEqual({ rows: ['a', 'b', 'c'] })
})

test('an answer that breaks off times out after the limit, and its rows have been handed on', async () => {
  const { clock, requests } = scripted()
  const rows: string[] = []
  const outcome = outcomeOf(requests.ask('chain', () => {}, { onRow: (row) => rows.push(row) }))
  await clock.advance(10_000)
  requests.onRow(1, 'a')
  requests.onRow(1, 'b')
  await clock.advance(LIMIT_MS - 1)
  expect(outcome).toEqual({})
  await clock.advance(1)
  expect(outcome.error).toBe('chain: the answer broke off after 2 rows, no more within 60000 ms')
  expect(rows).toEqual(['a', 'b'])
})

test('an answer that ends after its time limit is handed on, and nothing after the session', async () => {
  const { clock, requests } = scripted()
  const late: string[][] = []
  const ask = () => requests.ask('chain', () => {}, { onLate: (rows) => late.push([...rows]) })
  const [first, second] = [outcomeOf(ask()), outcomeOf(ask())]
  await clock.advance(1)
  requests.onRow(1, 'a')
  await clock.advance(LIMIT_MS + 1)
  expect([first.error, second.error]).toEqual([
    'chain: the answer broke off after 1 rows, no more within 60000 ms',
    'chain: no answer within 60000 ms',
  ])
  requests.onRow(1, 'b')
  requests.onEnd(1)
  expect(late).toEqual([['a', 'b']])
  requests.fail(new Error('the session is over'))
  requests.onRow(2, 'c')
  requests.onEnd(2)
  expect(late).toHaveLength(1)
})

test('a gateway that sends a row now and then cannot hold a request for ever', async () => {
  const { clock, requests } = scripted()
  const outcome = outcomeOf(requests.ask('chain', () => {}))
  for (let sent = 0; sent < 6; sent++) {
    await clock.advance(50_000)
    requests.onRow(1, 'a')
  }
  expect(outcome.error).toContain('broke off')
})

test('a request that cannot be withdrawn stays open when its caller gives it up, and holds back the next', async () => {
  const { clock, requests } = scripted()
  const turns = createTurns(requests.idle)
  const written: number[] = []
  const caller = new AbortController()
  const ask = (signal?: AbortSignal) =>
    turns.take(() => requests.ask('chain', (id) => written.push(id), { signal }), signal)
  const first = outcomeOf(ask(caller.signal))
  const second = outcomeOf(ask())
  await clock.advance(1)
  caller.abort(new Error('stopped'))
  await clock.advance(1_000)
  expect([first.error, written]).toEqual(['stopped', [1]])

  requests.onEnd(1)
  await clock.advance(1)
  expect(written).toEqual([1, 2])
  requests.onEnd(2)
  await clock.advance(1)
  expect(second).toEqual({ rows: [] })
})

test('a caller that gives up while it waits for its turn is answered at once, and the others keep their places', async () => {
  const { clock, requests } = scripted()
  const turns = createTurns(requests.idle)
  const caller = new AbortController()
  const ask = (signal?: AbortSignal) => turns.take(() => requests.ask('chain', () => {}, { signal }), signal)
  outcomeOf(ask())
  const waiting = outcomeOf(ask(caller.signal))
  const last = outcomeOf(ask())
  await clock.advance(1)
  caller.abort(new Error('stopped'))
  await clock.advance(1)
  expect(waiting.error).toBe('stopped')
  requests.onEnd(1)
  await clock.advance(1)
  requests.onEnd(2)
  await clock.advance(1)
  expect(last).toEqual({ rows: [] })
})

test('a request that can be withdrawn is over at once', async () => {
  const withdrawn: number[] = []
  const { clock, requests } = scripted((id) => withdrawn.push(id))
  const caller = new AbortController()
  const outcome = outcomeOf(requests.ask('bars', () => {}, { signal: caller.signal }))
  await clock.advance(1)
  caller.abort(new Error('stopped'))
  await clock.advance(1)
  expect([outcome.error, withdrawn]).toEqual(['stopped', [1]])
  await requests.idle()
})
