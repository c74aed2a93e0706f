import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSimulatedDaemon } from '../daemon/simulated-daemon.ts'
import { temporaryFolder } from '../lake/lakes.ts'
import { runCommand } from './run-command.ts'

async function openGateway(at: string) {
  const { simulator, close } = await openSimulatedDaemon('2026-11-19', at)
  onTestFinished(close)
  const config = join(temporaryFolder(), 'config.json')
  const window = { strikeWindowFraction: 0.02, minStrikeWindowFraction: 0.02 }
  const universe = { policy: 'plain', plainExpirations: 1, ...window }
  // Contracts without a bid never have greeks, and are waited for twice.
  const harvest = { greeksWaitMs: 300 }
  writeFileSync(config, JSON.stringify({ universe, harvest, gateway: { messagesPerSecond: 500 } }))
  const lake = join(temporaryFolder(), 'lake')
  const address = ['--gateway', `127.0.0.1:${simulator.port}`, '--clock', 'gateway']
  const gateway = ['--config', config, '--lake', lake, ...address]
  return {
    lake,
    collect: (symbols: string) => runCommand(['collect-once', '--symbols', symbols, ...gateway]),
  }
}

test('collect-once stores the symbols that are known, and warns about the others', async () => {
  const { lake, collect } = await openGateway('10:02')
  const none = await collect('NOPE,NADA')
  expect(none).toMatchObject({ code: 64, stderr: expect.stringMatching(/unknown symbol "(NOPE|NADA)"/) })
  expect(existsSync(lake)).toBe(false)
  const some = await collect('NOPE,IWM')
  expect(some.code).toBe(0)
  expect(some.stderr).toMatch(
    /^optionlake: warning: NOPE is missing: unknown symbol "NOPE": .*check the spelling$/m,
  )
  expect(some.stdout).toMatch(/^IWM +stored /m)
})

test('collect-once waits for the next slot when only seconds are left', async () => {
  const { collect } = await openGateway('10:04:58')
  const { code, stderr } = await collect('IWM')
  expect(code).toBe(0)
  expect(stderr).toMatch(/^slot 10:05 begins in [12] s$/m)
  expect(stderr).toMatch(/; slot 2026-11-19 10:05 New York;/)
})

test('collect-once ends with 75 when only seconds are left of the last slot', async () => {
  const { lake, collect } = await openGateway('15:59:30')
  const { code, stderr } = await collect('IWM')
  expect(code).toBe(75)
  expect(stderr).toMatch(/too little of slot 15:55 is left, .*try again from 2026-11-20 09:30 on/)
  expect(existsSync(lake)).toBe(false)
})
