import { afterEach, expect, test } from 'vitest'
import { newYorkInstant, sessionOn } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'
import { type HttpServer, openHttpServer } from '../../src/serve/http.ts'
import { httpOptions } from '../../src/serve/options.ts'
import type { HttpSources } from '../../src/serve/sources.ts'
import { goodHealth, servedSources } from '../support/served-sources.ts'

const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function status(sources: Partial<HttpSources> = {}, query = '') {
  const server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: { ...servedSources(), ...sources },
    onError: () => {},
  })
  open.push(server)
  const answer = await fetch(`${server.url}/api/views/status${query}`)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

test('the present says whose data, the next slot, and the limit in contracts', async () => {
  const { body } = await status()
  expect(body).toMatchObject({
    origin: 'ib',
    requested_data: 'live',
    connected: true,
    next_slot: { slot: new Date(newYorkInstant(sessionDate('2026-11-18'), '10:10')).toISOString() },
    session: { date: '2026-11-18' },
    cycle_seconds: null,
    limits: { messages_per_second: 45, lines: 100, lines_in_use: 12, peak_messages_per_second: 44 },
  })
  // 45 messages in 1,020 ms, two a contract.
  expect((body.limits as { contracts_per_second: number }).contracts_per_second).toBeCloseTo(22.06, 2)
})

test('after the last slot of a week the next is that of the next session', async () => {
  const health = { ...goodHealth(), now: newYorkInstant(sessionDate('2026-11-21'), '12:00') }
  const { body } = await status({ health: () => health })
  expect(body).toMatchObject({
    session: null,
    next_slot: { slot: new Date(newYorkInstant(sessionDate('2026-11-23'), '09:30')).toISOString() },
  })
})

test('without a session within a month there is no next slot, and no error', async () => {
  const known = goodHealth()
  const timetable = {
    ...known.timetable,
    sessionOn: (date: Parameters<typeof sessionOn>[0]) => (date > '2026-11-18' ? null : sessionOn(date)),
  }
  const health = { ...known, timetable, now: newYorkInstant(sessionDate('2026-11-19'), '12:00') }
  const { status: code, body } = await status({ health: () => health })
  expect([code, body.next_slot, body.session]).toEqual([200, null, null])
})

test('the present has no parameters', async () => {
  const { status: code, body } = await status({}, '?at=2026-11-18T10:00:00-05:00')
  expect([code, body]).toEqual([
    400,
    { error: { code: 'unknown_parameter', message: 'this path has no parameters' } },
  ])
})
