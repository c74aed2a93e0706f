import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { gatewayCheck } from '../../src/commands/gateway/doctor/gateway-checks.ts'
import type { SingleSession } from '../../src/daemon/sessions/gateway-source.ts'
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
  expect(stdout).toMatch(/^fail: IWM IV history input: rank and trend stay empty/m)
  expect(stdout).toMatch(/^warn: VIX: the VIX column stays empty/m)
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
