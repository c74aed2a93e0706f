import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXIT } from '../../src/process/failure.ts'
import { runCommand } from './run-command.ts'

test.each([
  [['--rules', 'strict'], EXIT.usage, '--rules strict is unknown: write original or research'],
  [['--port', 'http'], EXIT.usage, '--port http is not a whole number: write one from 0 to 65,535'],
  [['--steps', '0'], EXIT.usage, '--steps 0 is not a whole number: write one from 1 to 10,000,000'],
  [['--scenario', 'normal_marke'], EXIT.usage, 'unknown scenario normal_marke; did you mean normal_market?'],
  [
    ['--scenario', 'flash_crash', 'flash_crash'],
    EXIT.usage,
    '--scenario flash_crash: flash_crash is offered already: give it another id',
  ],
])('exchange %j ends with one line', async (args, code, message) => {
  const result = await runCommand(['exchange', ...args])
  expect(result.code).toBe(code)
  expect(result.stderr).toContain(message)
})

test('on an address that others can reach, every name needs a password of its own', async () => {
  const result = await runCommand(['exchange', '--port', '0'], { OPTIONLAKE_EXCHANGE_HOST: '0.0.0.0' })
  expect(result.code).toBe(EXIT.configuration)
  expect(result.stderr).toBe(
    'exchange.participants has no password for guest: add one, or listen on 127.0.0.1, where the default password works\n',
  )
})

test('passwords do not show in messages about the configuration', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'optionlake-exchange-')), 'config.json')
  for (const exchange of [
    { participants: { 'a name': 'top secret' } },
    { participants: 'top secret' },
    { participants: ['top secret'] },
    { participants: { alice: { password: 'top secret' } } },
  ]) {
    writeFileSync(file, JSON.stringify({ exchange }))
    const result = await runCommand(['--config', file, 'exchange'])
    expect(result.code).toBe(EXIT.configuration)
    expect(result.stderr).toContain('participants')
    expect(result.stderr).not.toContain('secret')
  }
  writeFileSync(file, '{"exchange":{"participants":{"alice":top secret}}}')
  const broken = await runCommand(['--config', file, 'exchange'])
  expect(broken.stderr).toContain('is not JSON: Unexpected token')
  expect(broken.stderr).not.toContain('secret')
  const result = await runCommand(['exchange'], { OPTIONLAKE_EXCHANGE_PARTICIPANTS: 'top secret' })
  expect(result.code).toBe(EXIT.configuration)
  expect(result.stderr).not.toContain('secret')
})
