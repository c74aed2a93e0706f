import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { createProgram } from '../../src/commands/program.ts'
import { EXIT } from '../../src/process/failure.ts'
import { startRun } from '../support/exchange-client.ts'
import { expectToFollow } from '../support/published-schema.ts'
import { runCommand } from './run-command.ts'

test.each([
  [['--rules', 'strict'], EXIT.usage, '--rules strict is unknown: write original or research'],
  [['--port', 'http'], EXIT.usage, '--port http is not a whole number from 0 to 65,535'],
  [['--steps', '0'], EXIT.usage, '--steps 0 is not a whole number from 1 to 10,000,000'],
  [['--scenario', 'normal_marke'], EXIT.usage, 'unknown scenario normal_marke; did you mean normal_market?'],
  [
    ['--name', 'alice', 'a b'],
    EXIT.usage,
    '--name "a b": a name has 1 to 64 letters, digits, dots, dashes or underscores',
  ],
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

test('the command says where it listens, serves runs and ends when it is stopped', async () => {
  const lines: string[] = []
  const write = (chunk: unknown) => lines.push(String(chunk)) > 0
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation(write)
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(write)
  const stop = new AbortController()
  const args = ['exchange', '--port', '0', '--scenario', 'docs/quiet-market.json', '--steps', '5', '--json']
  try {
    const program = await createProgram(args, 'test', stop.signal)
    const running = program.parseAsync(args, { from: 'user' })
    await vi.waitFor(() => expect(lines.join('')).toContain('guest: password optionlake'), 5_000)
    expectToFollow('exchange', lines[0] as string)
    const { url, ...rest } = JSON.parse(lines[0] as string) as Record<string, unknown>
    expect(rest).toEqual({
      ...{ port: expect.any(Number), rules: 'research', fingerprint: null },
      ...{ scenarios: ['quiet_market'], names: ['guest'] },
    })
    const started = await startRun(String(url), 'quiet_market')
    expect(started).toMatchObject({ status: 200, body: { seed: 1, duration_sec: 0.5 } })
    stop.abort()
    await running
  } finally {
    stdout.mockRestore()
    stderr.mockRestore()
  }
})
