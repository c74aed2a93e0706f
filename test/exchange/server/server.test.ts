import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { createCredentials } from '../../../src/exchange/server/credentials.ts'
import { readTlsFiles } from '../../../src/exchange/server/tls-files.ts'
import { EXIT } from '../../../src/process/failure.ts'
import { openChannel, openRun, socketUrls, startRun } from '../../support/exchange-client.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { exchangeForTest } from './exchange-server.ts'

const TLS = resolve(import.meta.dirname, '../../fixtures/tls')
const certificateFile = join(TLS, 'localhost.pem')
const keyFile = join(TLS, 'localhost.key')

const get = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('a start needs a known name and its password', async () => {
  const { url } = await exchangeForTest({ options: { participants: { alice: 'one', bob: 'two' } } })
  const statusOf = async (name: string, password: string) =>
    (await startRun(url, 'normal_market', { name, password })).status
  expect(await statusOf('alice', 'one')).toBe(200)
  expect(await statusOf('alice', 'two')).toBe(401)
  expect(await statusOf('guest', 'optionlake')).toBe(401)
  expect((await get(`${url}/api/replays/normal_market/start`)).status).toBe(401)
  expect((await get(`${url}/api/replays/normal_market/my-runs`)).status).toBe(401)
  expect((await get(`${url}/api/replays`, { Authorization: 'Bearer carol' })).status).toBe(401)
})

test('only the names of the command line may start runs', async () => {
  const { url, names, withDefaultPassword } = await exchangeForTest({
    options: { participants: { alice: 'one' } },
    names: ['bob'],
  })
  expect({ names, withDefaultPassword }).toEqual({ names: ['bob'], withDefaultPassword: ['bob'] })
  expect((await startRun(url, 'normal_market', { name: 'alice', password: 'one' })).status).toBe(401)
  expect((await startRun(url, 'normal_market', { name: 'bob' })).status).toBe(200)
})

test('the default password works on a loopback address only', () => {
  expect(() => createCredentials({ alice: 'one' }, { only: ['alice', 'bob'], isLoopback: false })).toThrow(
    expect.objectContaining({
      exitCode: EXIT.configuration,
      message:
        'exchange.participants has no password for bob: add one, or listen on 127.0.0.1, where the default password works',
    }),
  )
  expect(createCredentials({ alice: 'one' }, { only: [], isLoopback: false }).withDefaultPassword).toEqual([])
})

test('requests for unknown scenarios and paths, foreign hosts and other methods are refused', async () => {
  const { url } = await exchangeForTest({ options: { registration: false } })
  expect(await get(`${url}/api/replays/calm/start`)).toEqual({
    status: 400,
    body: {
      error: {
        code: 'unknown_scenario',
        message: 'unknown scenario: this exchange offers normal_market',
      },
    },
  })
  expect((await startRun(url, 'normal_market')).body).toMatchObject({ error: { code: 'registration_off' } })
  expect((await get(`${url}/api/unknown`)).status).toBe(404)
  expect((await get(`${url}/api/replays/normal_market/student/carol`)).status).toBe(404)
  expect((await get(`${url}/api/replays`, { Origin: 'http://evil.example' })).status).toBe(403)
  expect((await fetch(`${url}/api/replays`, { method: 'POST' })).status).toBe(405)
})

test('under the rules original a participant has 10 starts an hour and one run of a scenario', async () => {
  const clock = manualClock()
  const { url } = await exchangeForTest({ options: { rules: 'original' }, clock })
  const first = await openRun(url, 'normal_market')
  expect(await startRun(url, 'normal_market')).toMatchObject({
    status: 400,
    body: { error: { code: 'already_running' } },
  })
  first.market.socket.close()
  await first.orders.closed
  // Runs whose sockets are never opened give way to the next one. Parameters of other clients are ignored.
  for (let at = 2; at <= 10; at++) {
    expect((await startRun(url, 'normal_market', { query: '?delay=3' })).status).toBe(200)
  }
  const refused = await startRun(url, 'normal_market')
  expect(refused).toMatchObject({ status: 429, body: { error: { code: 'too_many_runs' } } })
  expect((await startRun(url, 'normal_market', { query: '?seed=5' })).body).toMatchObject({
    error: { code: 'fixed_parameter' },
  })
  await clock.advance(3_600_000)
  expect((await startRun(url, 'normal_market')).status).toBe(200)
})

test('under the rules original a decision of more than a second ends the run', async () => {
  const clock = manualClock()
  const { url } = await exchangeForTest({ options: { rules: 'original' }, clock })
  const run = await openRun(url, 'normal_market')
  await run.market.next()
  await clock.advance(999)
  await run.done()
  await clock.advance(1_001)
  run.send({ action: 'DONE' })
  expect(await run.orders.next()).toMatchObject({ type: 'ERROR', code: 'decision_time_limit' })
  expect(await run.market.closed).toEqual({ code: 1008, reason: 'decision_time_limit' })
  const { body } = await get(`${url}/api/replays/normal_market/my-runs`, { Authorization: 'Bearer guest' })
  expect(body).toMatchObject({
    total_runs: 1,
    runs: [
      { end: 'blowup', blowup: true, blowup_reason: 'decision_time_limit', total_decision_time_ms: 999 },
    ],
  })
})

test('a silent client and one that never comes are cut', async () => {
  const clock = manualClock()
  const server = await exchangeForTest({ options: { idleSeconds: 5, connectSeconds: 2 }, clock })
  const run = await openRun(server.url, 'normal_market')
  await startRun(server.url, 'normal_market')
  expect(server.activeRuns).toBe(2)
  await clock.advance(2_001)
  await expect.poll(() => server.activeRuns).toBe(1)
  await clock.advance(3_000)
  await run.market.closed
  expect(server.activeRuns).toBe(0)
  const runs = await get(`${server.url}/api/replays/normal_market/student/guest`)
  expect(runs.body).toMatchObject([
    { end: 'cut', cut_reason: 'the client did not open both sockets' },
    { end: 'cut', cut_reason: 'the client fell silent' },
  ])
})

test('a client that sends a request before the last one is answered is disconnected', async () => {
  const { url, port } = await exchangeForTest()
  const { status } = await get(`${url}/api/replays`)
  expect(status).toBe(200)
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (part) => {
    text += part
  })
  socket.write('GET /api/replays HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_000))
  await once(socket, 'close')
  expect(text.split('HTTP/1.1').length - 1).toBeLessThanOrEqual(1)
  // One after the other on one connection is fine.
  const patient = connect(port, '127.0.0.1')
  for (let at = 0; at < 5; at++) {
    patient.write('GET /api/replays HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(String(await once(patient, 'data'))).toMatch(/^HTTP\/1\.1 200/)
  }
  patient.destroy()
})

test('the number of runs is bounded, and under the rules research seed and steps can be chosen', async () => {
  const server = await exchangeForTest({ options: { maxRuns: 2 } })
  expect((await startRun(server.url, 'normal_market', { query: '?seed=7&steps=50' })).body).toMatchObject({
    seed: 7,
    duration_sec: 5,
  })
  expect((await startRun(server.url, 'normal_market', { query: '?seed=-1' })).status).toBe(400)
  expect((await startRun(server.url, 'normal_market')).status).toBe(200)
  const refused = await startRun(server.url, 'normal_market')
  expect(refused).toMatchObject({ status: 503, body: { error: { code: 'exchange_full' } } })
})

test('a client that does not read is not read from, until it reads again', async () => {
  const { url } = await exchangeForTest({
    ...{ scenario: 'docs/quiet-market.json', steps: 100_000 },
    options: { bookLevels: 100 },
  })
  const other = await openRun(url, 'quiet_market')
  await other.market.next()
  // Snapshots of fifty prices more: together more than the system keeps for a connection.
  const frames = 8_000
  const flood = async () => {
    const run = await openRun(url, 'quiet_market')
    run.market.socket.pause()
    for (let at = 0; at < 50; at++) run.send({ order_id: `${at}`, side: 'BUY', price: 990 - at, qty: 100 })
    for (let at = 0; at < frames; at++) run.send('{"action":"DONE"}')
    // The other run goes on meanwhile.
    for (let at = 0; at < 20; at++) await other.done()
    return run
  }
  const reading = await flood()
  reading.market.socket.resume()
  await expect.poll(() => reading.market.received.length).toBe(frames + 2)
  reading.close()
  const dying = await flood()
  dying.close()
  const answer = async () => (await get(`${url}/api/replays/quiet_market/student/guest`)).body
  await expect.poll(async () => ((await answer()) as unknown as unknown[]).length).toBe(2)
  const [read, unread] = (await answer()) as unknown as { steps: number }[]
  expect(read?.steps).toBe(frames)
  expect(unread?.steps).toBeLessThan(frames)
  other.close()
})

test('results survive a restart in their file, and a torn line is left out', async () => {
  const resultsFile = join(mkdtempSync(join(tmpdir(), 'optionlake-results-')), 'results.jsonl')
  const first = await exchangeForTest({ options: { resultsFile }, steps: 1 })
  for (let at = 0; at < 3; at++) {
    const run = await openRun(first.url, 'normal_market')
    await run.market.next()
    await run.done()
    await run.market.closed
  }
  await first.close()
  appendFileSync(resultsFile, '{"run_id":"torn')
  const second = await exchangeForTest({ options: { resultsFile, maxResults: 2 } })
  expect(second).toMatchObject({ keptResults: 2, unreadableResults: 1 })
  const { body } = await get(`${second.url}/api/replays/normal_market/leaderboard`)
  expect(body).toMatchObject({
    scenario_name: 'Normal market',
    total_participants: 1,
    entries: [{ rank: 1, student_id: 'guest', best_pnl: 0, runs: 2, blowup: false }],
  })
  expect(readFileSync(resultsFile, 'utf8').trim().split('\n')).toHaveLength(2)
})

test('with a certificate, a whole run goes over https and wss', async () => {
  const server = await exchangeForTest({ options: { certificateFile, keyFile }, steps: 2 })
  expect(server.url).toMatch(/^https:/)
  expect(server.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
  const ca = readFileSync(certificateFile, 'utf8')
  const body = await new Promise<Record<string, unknown>>((done, fail) => {
    const headers = { Authorization: 'Bearer guest', 'X-Team-Password': 'optionlake' }
    request(`${server.url}/api/replays/normal_market/start`, { ca, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (part) => {
        text += part
      })
      response.on('end', () => done(JSON.parse(text)))
    })
      .on('error', fail)
      .end()
  })
  const urls = socketUrls(server.url, body)
  const orders = openChannel(urls.orders, { ca })
  const market = openChannel(urls.market, { ca })
  await market.next()
  expect(await market.next()).toMatchObject({ step: 0 })
  orders.socket.send('{"action":"DONE"}')
  orders.socket.send('{"action":"DONE"}')
  expect(await market.closed).toEqual({ code: 1000, reason: 'complete' })
  expect(market.received).toHaveLength(4)
  orders.socket.terminate()
})

test('a certificate without its key, or with another file as key, is a configuration failure', () => {
  const failure = (message: RegExp) =>
    expect.objectContaining({ exitCode: EXIT.configuration, message: expect.stringMatching(message) })
  expect(() => readTlsFiles({ certificateFile, keyFile: null })).toThrow(
    failure(/^exchange\.keyFile is null/),
  )
  expect(() => readTlsFiles({ certificateFile, keyFile: '/none' })).toThrow(
    failure(/keyFile \/none cannot be read/),
  )
  expect(() => readTlsFiles({ certificateFile, keyFile: certificateFile })).toThrow(
    failure(/are not a certificate and its key/),
  )
})
