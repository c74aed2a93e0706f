import { once } from 'node:events'
import { expect, test } from 'vitest'
import { openChannel, openRun, type RunClient, socketUrls, startRun } from '../../support/exchange-client.ts'
import { exchangeForTest } from './exchange-server.ts'

test('the first snapshot is sent when both sockets are open, and the next one after DONE', async () => {
  const { url } = await exchangeForTest()
  const { body } = await startRun(url, 'normal_market')
  expect(body).toEqual({
    run_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    token: expect.any(String),
    seed: 12345,
    duration_sec: 2,
  })
  const urls = socketUrls(url, body)
  const market = openChannel(urls.market)
  expect(await market.next()).toEqual({ type: 'CONNECTED', message: 'connected to the market' })
  const orders = openChannel(urls.orders)
  expect(await orders.next()).toMatchObject({
    type: 'AUTHENTICATED',
    student_id: 'guest',
    run_id: body.run_id,
  })
  expect(await market.next()).toMatchObject({
    ...{ type: 'MARKET_DATA', step: 0, timestamp: '2026-01-02T08:00:00.000Z' },
    ...{ bid: 999.75, ask: 1000.25, spread: 0.5, trades: [], last_trade: null },
  })
  expect(market.received).toHaveLength(2)
  orders.socket.send('{"action":"DONE"}')
  expect(await market.next()).toMatchObject({ step: 1, timestamp: '2026-01-02T08:00:00.100Z' })
  expect(market.received).toHaveLength(3)
  market.socket.terminate()
})

test('orders sent before both sockets are open are refused', async () => {
  const { url } = await exchangeForTest()
  const { body } = await startRun(url, 'normal_market')
  const orders = openChannel(socketUrls(url, body).orders)
  await orders.next()
  orders.socket.send('{"action":"DONE"}')
  expect(await orders.next()).toMatchObject({ type: 'ERROR', code: 'not_started' })
  orders.socket.terminate()
})

test('a run ends at its last step: both sockets close, and the result is kept', async () => {
  const { url } = await exchangeForTest({ steps: 3 })
  const run = await openRun(url, 'normal_market')
  await run.market.next()
  for (let step = 1; step <= 3; step++) expect(await run.done()).toMatchObject({ step })
  expect(await run.market.closed).toEqual({ code: 1000, reason: 'complete' })
  run.send({ order_id: 'late', side: 'BUY', price: 1000, qty: 100 })
  expect(await run.orders.next()).toMatchObject({ type: 'ERROR', code: 'run_over' })
  expect(await run.orders.closed).toEqual({ code: 1000, reason: 'complete' })
  const answer = await fetch(`${url}/api/replays/normal_market/student/guest`)
  expect(await answer.json()).toMatchObject([{ run_id: run.runId, end: 'complete', steps: 3, final_pnl: 0 }])
})

test('the same orders give the same messages, whatever the timing and whoever runs beside', async () => {
  const { url } = await exchangeForTest({ steps: 30 })
  const other = await openRun(url, 'normal_market')
  const sent: string[] = []
  const messagesOf = (run: RunClient) => ({
    market: run.market.received,
    orders: run.orders.received.slice(1),
  })
  const play = async (isSlow: boolean) => {
    const run = await openRun(url, 'normal_market')
    sent.length = 0
    const send = (message: object) => run.send(sent[sent.push(JSON.stringify(message)) - 1])
    let snapshot = await run.market.next()
    for (let step = 0; step < 30; step++) {
      if (isSlow && step % 10 === 0) {
        other.send({ order_id: `o${step}`, side: 'SELL', price: 990, qty: 300 })
        await other.done()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      send({ order_id: `buy ${step}`, side: 'BUY', price: snapshot.ask, qty: 200 })
      if (step % 3 === 0) send({ order_id: `ask ${step}`, side: 'SELL', price: 1001, qty: 100 })
      send({ action: 'DONE' })
      snapshot = await run.market.next()
    }
    await run.market.closed
    run.close()
    return messagesOf(run)
  }
  const first = await play(false)
  expect(await play(true)).toEqual(first)
  // Everything at once, without a look at what comes back.
  const blind = await openRun(url, 'normal_market')
  for (const text of sent) blind.send(text)
  await blind.market.closed
  blind.close()
  expect(messagesOf(blind)).toEqual(first)
  expect(first.market).toHaveLength(32)
  expect(first.orders.filter((text) => text.startsWith('{"type":"FILL"')).length).toBeGreaterThan(5)
  other.close()
})

test('a client that dies leaves its run marked as cut, and other runs go on', async () => {
  const server = await exchangeForTest()
  const [dying, other] = await Promise.all([
    openRun(server.url, 'normal_market'),
    openRun(server.url, 'normal_market'),
  ])
  await other.market.next()
  await dying.done()
  expect(server.activeRuns).toBe(2)
  dying.orders.socket.terminate()
  expect(await dying.market.closed).toEqual({ code: 1001, reason: 'the client closed the orders socket' })
  expect(await other.done()).toMatchObject({ step: 1 })
  const answer = await fetch(`${server.url}/api/replays/normal_market/student/guest`)
  expect(await answer.json()).toMatchObject([
    { run_id: dying.runId, end: 'cut', cut_reason: 'the client closed the orders socket', steps: 1 },
  ])
  expect(server.activeRuns).toBe(1)
  other.close()
})

test('a frame that is too long cuts the run with a reason', async () => {
  const { url } = await exchangeForTest()
  const run = await openRun(url, 'normal_market')
  run.send('x'.repeat(20_000))
  expect((await run.orders.closed).code).toBe(1009)
  expect(await run.market.closed).toEqual({ code: 1001, reason: 'a frame of more than 16384 bytes' })
})

test('sockets of unknown runs, with a wrong token or opened twice are refused', async () => {
  const { url } = await exchangeForTest()
  const { body } = await startRun(url, 'normal_market')
  const urls = socketUrls(url, body)
  const statusOf = async (address: string, headers: Record<string, string> = {}) => {
    const { WebSocket } = await import('ws')
    const socket = new WebSocket(address, { headers })
    const opened = once(socket, 'open').then(() => {
      socket.terminate()
      return 101
    })
    socket.on('error', () => {})
    const refused = once(socket, 'unexpected-response').then(([, response]) => {
      socket.terminate()
      return (response as { statusCode: number }).statusCode
    })
    return Promise.race([opened, refused])
  }
  const unknown = '00000000-0000-0000-0000-000000000000'
  expect(await statusOf(urls.market.replace(String(body.run_id), unknown))).toBe(404)
  expect(await statusOf(urls.orders.replace(String(body.token), 'wrong'))).toBe(401)
  expect(await statusOf(urls.market.replace('/market', '/prices'))).toBe(404)
  expect(await statusOf(urls.market, { Origin: 'http://evil.example' })).toBe(403)
  const market = openChannel(urls.market)
  await market.next()
  expect(await statusOf(urls.market)).toBe(409)
  market.socket.terminate()
})
