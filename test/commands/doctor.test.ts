import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { clockCheck, gatewayCheck } from '../../src/commands/gateway/doctor/gateway-checks.ts'
import type { Config } from '../../src/config/config.ts'
import type { SingleSession } from '../../src/daemon/sessions/gateway-source.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { SimulatorOptions } from '../../src/simulator/options.ts'
import { openSimulatedDaemon } from '../daemon/simulated-daemon.ts'
import { temporaryFolder } from '../lake/lakes.ts'
import { runCommand } from './run-command.ts'

async function openGateway(rules: Partial<SimulatorOptions> = {}) {
  const { simulator, close } = await openSimulatedDaemon('2026-11-19', '12:00', rules)
  onTestFinished(close)
  const gateway = ['--gateway', `127.0.0.1:${simulator.port}`, '--clock', 'gateway']
  const lake = ['--lake', join(temporaryFolder(), 'lake')]
  const doctor = (symbols: string, environment: Record<string, string> = {}) =>
    runCommand(['doctor', '--symbols', symbols, ...gateway, ...lake], environment)
  return { simulator, doctor }
}

/** The marks and names of a printed table, in order. */
function marksOf(stdout: string): string[] {
  return [...stdout.matchAll(/^([✓!✗]) {2}(.+?) {2,}/gm)].map(([, mark, name]) => `${mark} ${name}`)
}

test('a symbol that is unknown has a line of its own, and every other check is made', async () => {
  const { simulator, doctor } = await openGateway()
  simulator.inject({ kind: 'history_refused', what: 'OPTION_IMPLIED_VOLATILITY', symbol: 'IWM' })
  simulator.inject({ kind: 'symbol_trouble', symbol: 'VIX', how: 'unknown' })
  const { code, stdout, stderr } = await doctor('NOPE,IWM')
  expect(marksOf(stdout)).toEqual([
    '✓ configuration',
    '✓ gateway',
    '✓ clock',
    '✗ NOPE price',
    '✓ IWM price',
    '! VIX',
    '✓ IWM trend input',
    '✗ IWM IV history input',
    '✓ sample contract',
    '✓ lake folder',
    '✓ limits',
  ])
  expect(stdout).toMatch(/^✗ {2}NOPE price +unknown symbol "NOPE": /m)
  expect(stdout).toMatch(/^✗ {2}IWM IV history input +.*refused with 162, /m)
  expect(stdout).toMatch(/^fail: NOPE price: correct it in symbols or --symbols/m)
  expect(stdout).toMatch(
    /^fail: IWM IV history input: subscribe this account to the daily history .* fewer than 50 daily bars$/m,
  )
  expect(stdout).toMatch(
    /^warn: VIX: subscribe this account to Cboe indices; .* the VIX column stays empty$/m,
  )
  expect({ code, stderr }).toMatchObject({
    code: 64,
    stderr: expect.stringMatching(/^NOPE price: unknown symbol "NOPE"/m),
  })
})

test('a lookup that is not answered does not end the checks', async () => {
  const { simulator, doctor } = await openGateway()
  simulator.inject({ kind: 'symbol_trouble', symbol: 'QQQ', how: 'unanswered' })
  const { code, stdout } = await doctor('QQQ,IWM', { OPTIONLAKE_GATEWAY_CONTRACT_DETAILS_TIMEOUT_MS: '1000' })
  expect(stdout).toMatch(/^✗ {2}QQQ price +contract details of QQQ STK: no answer within 1000 ms$/m)
  expect(marksOf(stdout)).toEqual(
    expect.arrayContaining([
      '✓ IWM price',
      '✓ VIX',
      '✓ IWM IV history input',
      '✓ sample contract',
      '✓ limits',
    ]),
  )
  expect(code).toBe(75)
})

test('a gateway that only tells the time has a line for each question', async () => {
  const { simulator, doctor } = await openGateway()
  simulator.inject({ kind: 'server_lost' })
  const { code, stdout } = await doctor('IWM', {
    OPTIONLAKE_GATEWAY_CONTRACT_DETAILS_TIMEOUT_MS: '200',
    OPTIONLAKE_GATEWAY_HISTORY_TIMEOUT_MS: '200',
  })
  expect(marksOf(stdout)).toEqual([
    '✓ configuration',
    '! gateway',
    '✓ clock',
    '✗ IWM price',
    '! VIX',
    '! sample contract',
    '✓ lake folder',
    '✓ limits',
  ])
  expect(stdout).toMatch(/^warn: gateway: the gateway has no connection to Interactive Brokers/m)
  expect(code).toBe(75)
})

test('what the gateway announces is shown in its own words', async () => {
  const text = 'The version of the application you are running, 1037.1, will be desupported on 20261215.'
  const { doctor } = await openGateway({ noticesAtConnect: [{ code: 2100, text }] })
  expect((await doctor('IWM')).stdout).toMatch(
    /^! {2}gateway +.* 1 account: The version .* desupported on 20261215\.$/m,
  )
})

test('what keeps data from coming is a warning of the gateway', () => {
  const message = 'No market data during competing live session'
  const blocked = () => ({ reason: 'competing_session', sinceMs: 0, message }) as const
  const session = { endpoint: '127.0.0.1:4001', serverVersion: 193, accounts: ['DU1'], dataFlow: { blocked } }
  expect(gatewayCheck({ session, operations: () => [] } as unknown as SingleSession)).toEqual({
    name: 'gateway',
    status: 'warn',
    found: `127.0.0.1:4001, server version 193, 1 account: ${message}`,
    advice: expect.stringContaining('end the other session'),
  })
})

test("each finding has its value and what to do: a clock that is not the gateway's", async () => {
  const session = { currentTime: async () => Math.round(Date.now() / 1_000) * 1_000 - 60_000 }
  const config = { clock: 'system', gateway: { requestTimeoutMs: 5_000 } }
  const one = { session, clock: systemClock, embedded: false } as unknown as SingleSession
  const asked = { config: config as Config, signal: new AbortController().signal }
  expect(await clockCheck(one, asked)).toEqual({
    name: 'clock',
    status: 'warn',
    found: expect.stringMatching(
      /^gateway \d{4}-\d\d-\d\d \d\d:\d\d New York, this machine (59|60)\.\d s ahead, where 2 s are allowed$/,
    ),
    advice: 'set the clock of this machine by NTP, or use --clock gateway',
  })
  const late = { currentTime: async () => Math.round(Date.now() / 1_000) * 1_000 + 60_000 }
  expect((await clockCheck({ ...one, session: late } as unknown as SingleSession, asked)).found).toMatch(
    / this machine (59|60)\.\d s behind, where 2 s are allowed$/,
  )
})

test('without a gateway the advice says that it comes first', async () => {
  const { code, stdout } = await runCommand(
    ['doctor', '--gateway', '127.0.0.1:9', '--lake', join(temporaryFolder(), 'lake')],
    { OPTIONLAKE_GATEWAY_CONNECT_ATTEMPTS: '1' },
  )
  expect(code).toBe(69)
  expect(stdout).toMatch(
    /^✗ {2}gateway +nothing listens at 127\.0\.0\.1:9 .*: check that TWS or IB Gateway runs/m,
  )
  expect(stdout).toMatch(/^fail: gateway: correct this first: the other checks need the gateway$/m)
})
