import { expect, test } from 'vitest'
import { daemonChecks } from '../../src/commands/gateway/doctor/daemon-checks.ts'
import { loadConfig } from '../../src/config/config.ts'
import type { GatewayAnswer } from '../../src/schemas/http/gateway.ts'
import { gatewayFacts } from '../support/served-sources.ts'

const AT = '2026-11-18T15:00:00.000Z'
const STORED = {
  ...{ symbol: 'SPY', slot: AT, price: 661.5, implied_volatility: 0.16, vix: 17.25 },
  ...{ reason: null, detail: null, advice: null },
}
const SAMPLE = {
  ...{ symbol: 'SPY', slot: AT, expiry: '20261218', strike: 660, right: 'C' },
  ...{ bid: 11.2, ask: 11.3, iv: 0.17, data_type: 'live' },
}

async function checksOf(answer: Partial<GatewayAnswer>, symbols = 'SPY', marketDataType = 'live') {
  const config = loadConfig(null, {
    OPTIONLAKE_SYMBOLS: symbols,
    OPTIONLAKE_LAKE_FOLDER: '/',
    OPTIONLAKE_GATEWAY_MARKET_DATA_TYPE: marketDataType,
  })
  const checks = await daemonChecks({ ...gatewayFacts(), ...answer }, config)
  return (name: string) => checks.filter((check) => check.name.startsWith(name))
}

test('a symbol that the gateway does not know has one line with its advice', async () => {
  const unknown = {
    ...{ ...STORED, symbol: 'SPYY', slot: null, price: null },
    ...{ reason: 'unknown_symbol', detail: 'no such symbol', advice: 'check the spelling in symbols' },
  }
  const history: GatewayAnswer['history'][number] = {
    ...{ symbol: 'SPYY', sessions: 0, to: null, last_value: null, asked_at: AT },
    what: 'TRADES',
    failure: 'no such symbol',
  }
  const named = await checksOf({ symbols: [STORED, unknown], history: [history] }, 'SPY,SPYY')
  expect(named('SPYY')).toEqual([
    {
      name: 'SPYY price',
      status: 'fail',
      found: 'no such symbol',
      advice: 'check the spelling in symbols',
      exitCode: 64,
    },
  ])
  expect(named('SPY price')).toMatchObject([
    { status: 'ok', found: expect.stringContaining('$661.50 at 2026-11-18 10:00') },
  ])
})

test('a daemon without a connection, or without a lake that can be written, fails as the gateway and the folder would', async () => {
  const named = await checksOf({
    connected: false,
    checks: [
      { name: 'gateway', status: 'fail', reason: 'disconnected for 60 s: second_factor', advice: 'log in' },
      { name: 'lake', status: 'fail', reason: 'no space left', advice: 'free disk space' },
    ],
  })
  expect(named('gateway')).toMatchObject([
    { status: 'fail', found: 'disconnected for 60 s: second_factor', advice: 'log in', exitCode: 69 },
  ])
  expect(named('lake folder')).toMatchObject([{ status: 'fail', found: 'no space left', exitCode: 74 }])
})

test('a refused history is a failure without bars, and a warning with them', async () => {
  const refused = {
    symbol: 'SPY',
    to: '2026-11-17',
    last_value: 0.16,
    asked_at: AT,
    failure: 'refused with 162',
  }
  const named = await checksOf({
    symbols: [STORED],
    history: [
      { ...refused, what: 'TRADES', sessions: 251 },
      { ...refused, what: 'OPTION_IMPLIED_VOLATILITY', sessions: 0, to: null, last_value: null },
    ],
  })
  expect(named('SPY trend input')).toMatchObject([
    {
      status: 'warn',
      found: expect.stringMatching(/^251 daily bars to 2026-11-17 stored.*: refused with 162$/),
    },
  ])
  expect(named('SPY IV history input')).toMatchObject([{ status: 'fail' }])
})

test('data of another kind than the configuration asks for are a warning', async () => {
  const live = await checksOf({ symbols: [STORED], sample: SAMPLE })
  expect(live('sample contract')).toMatchObject([
    { status: 'ok', found: expect.stringContaining('at 2026-11-18 10:00') },
  ])
  const delayed = await checksOf({ symbols: [STORED], sample: { ...SAMPLE, data_type: 'delayed' } })
  expect(delayed('sample contract')).toMatchObject([
    { status: 'warn', advice: expect.stringContaining('not live') },
  ])
})

test.each([
  ['frozen', 'live', 'ok'],
  ['delayed', 'live', 'ok'],
  ['delayed_frozen', 'delayed', 'ok'],
  ['frozen', 'delayed', 'warn'],
  ['delayed', 'frozen', 'warn'],
])('where %s data are asked for, %s ones are: %s', async (asked, dataType, status) => {
  const named = await checksOf(
    { symbols: [STORED], sample: { ...SAMPLE, data_type: dataType } },
    'SPY',
    asked,
  )
  expect(named('sample contract')).toMatchObject([{ status }])
})

test('before the first slot of a daemon there is nothing to fail', async () => {
  const named = await checksOf({ symbols: [{ ...STORED, slot: null, price: null, reason: 'not_running' }] })
  expect(named('SPY price')).toMatchObject([{ status: 'warn', advice: 'wait for the first slot' }])
})
