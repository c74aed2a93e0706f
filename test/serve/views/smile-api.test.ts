import { afterEach, expect, test } from 'vitest'
import type { SmileQuestion } from '../../../src/analytics/stored/surfaces/smile-data.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { type HttpServer, openHttpServer } from '../../../src/serve/http.ts'
import { httpOptions } from '../../../src/serve/options.ts'
import { servedSources } from '../../support/served-sources.ts'

const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function start() {
  const asked: SmileQuestion[] = []
  const server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: {
      ...servedSources(),
      smile: async (_, question) => {
        asked.push(question)
        return null
      },
    },
    onError: (error) => {
      throw error
    },
  })
  open.push(server)
  const ask = async (path: string) => {
    const answer = await fetch(server.url + path)
    return { status: answer.status, body: JSON.parse(await answer.text()) }
  }
  return { ask, asked }
}

test('the parameters of a smile are the slot, up to five expirations, the quotes and what it is compared with', async () => {
  const { ask, asked } = await start()
  const query = 'at=2026-11-18T10:00:00-05:00&expiry=20261218,20270115-SPY&quotes=all&against=same_time'
  expect(await ask(`/api/views/smile/SPY?${query}`)).toMatchObject({ status: 200, body: { slot: null } })
  await ask('/api/views/smile/SPY')
  expect(asked).toEqual([
    {
      at: newYorkInstant(sessionDate('2026-11-18'), '10:00'),
      expirations: [{ expiry: '20261218' }, { expiry: '20270115', tradingClass: 'SPY' }],
      inTheMoney: true,
      against: 'same_time',
    },
    { at: undefined, expirations: undefined, inTheMoney: false, against: 'none' },
  ])
})

test('odd expirations, points and symbols are refused by name, and nothing of them is repeated', async () => {
  const { ask, asked } = await start()
  for (const [path, code] of [
    ['/api/views/smile/SPY?expiry=20261318', 'bad_date'],
    ['/api/views/smile/SPY?expiry=20261218-<b>', 'bad_date'],
    ['/api/views/smile/SPY?expiry=20261218-SPY-SPY', 'bad_date'],
    ['/api/views/smile/SPY?expiry=20261218,20261218', 'bad_date'],
    ['/api/views/smile/SPY?expiry=20261201,20261202,20261203,20261204,20261207,20261208', 'bad_date'],
    ['/api/views/smile/SPY?against=tomorrow', 'unknown_parameter'],
    ['/api/views/smile/SPY?axis=delta', 'unknown_parameter'],
    ['/api/views/term/SPY?at=2026-11-18', 'bad_time'],
    ['/api/views/tenors/SPY?point=atm&point=1.00', 'unknown_parameter'],
    ['/api/views/tenors/SPY?days=3651', 'unknown_parameter'],
    ['/api/views/tenors/SPY?date=2026-02-30', 'bad_date'],
  ] as const) {
    const { status, body } = await ask(path)
    expect([path, status, body.error?.code]).toEqual([path, 400, code])
  }
  for (const view of ['smile', 'term', 'tenors']) {
    expect((await ask(`/api/views/${view}/AAPL`)).body.error.code).toBe('unknown_symbol')
  }
  expect(asked).toEqual([])
})

test('without a slot the term structure and the tenors say why they are empty', async () => {
  const { ask } = await start()
  expect((await ask('/api/views/term/QQQ')).body).toMatchObject({ slot: null, reason: 'no_chain' })
  const { body } = await ask('/api/views/tenors/QQQ?point=skew_25d&days=30')
  expect(body).toMatchObject({ date: '2026-11-18', point: 'skew_25d', tenor_days: [7, 14, 30, 60] })
  expect(body.slots.slot).toEqual([])
})
