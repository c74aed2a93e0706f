import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { answer, type Running, run, start, temporaryFolder } from './program.ts'

const FIXTURE = resolve(import.meta.dirname, '../fixtures/spy-chain-2024-06-14.csv')
/** Every expiration and every strike of the file. */
const WIDE = {
  OPTIONLAKE_UNIVERSE_POLICY: 'all',
  OPTIONLAKE_UNIVERSE_MAX_DAYS_TO_EXPIRY: '3650',
  OPTIONLAKE_UNIVERSE_STRIKE_WINDOW_FRACTION: '10',
  OPTIONLAKE_GATEWAY_MESSAGES_PER_SECOND: '1500',
  OPTIONLAKE_ANALYTICS_OWN_GREEKS: 'false',
  OPTIONLAKE_GATEWAY_LINES: '1000',
}

let simulator: Running | undefined
afterEach(async () => {
  simulator?.child.kill('SIGTERM')
  await simulator?.ended
})

type Value = string | number | null
const FIELDS = ['bid', 'ask', 'bid_size', 'ask_size', 'last', 'volume', 'open_interest', 'iv'] as const

function readFixture(): Record<string, string>[] {
  const [header, ...lines] = readFileSync(FIXTURE, 'utf8').trim().split('\n')
  const names = (header as string).split(',')
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((cell, at) => [names[at] as string, cell])),
  )
}

test('a recorded chain of 36 expirations comes back from the lake contract for contract', async () => {
  simulator = start([
    'simulate',
    '--chain',
    FIXTURE,
    '--now',
    '2024-06-14T15:28:47Z',
    '--port',
    '0',
    '--json',
  ])
  await simulator.printed('"port"')
  const { port } = JSON.parse(simulator.output()) as { port: number }
  const lake = join(temporaryFolder(), 'lake')
  const gateway = ['--gateway', `127.0.0.1:${port}`, '--clock', 'gateway', '--symbols', 'SPY', '--lake', lake]
  const { code, stdout, stderr } = await run(['collect-once', ...gateway], WIDE)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stdout).toMatch(/SPY {5}stored/)
  expect(stderr).toMatch(/slot 2024-06-14 11:25 New York/)

  const columns = ['expiry', 'strike', '"right"', ...FIELDS].join(', ')
  const { rows } = await answer<{ rows: Value[][] }>([
    'sql',
    `SELECT ${columns} FROM option_snapshots WHERE timestamp = '2024-06-14T15:25:00Z'`,
    '--lake',
    lake,
  ])
  const stored = new Map(
    rows.map(([expiry, strike, right, ...values]) => [`${expiry} ${strike} ${right}`, values]),
  )
  const file = readFixture()
  expect(stored.size).toBe(file.length)
  expect(new Set(rows.map(([expiry]) => expiry)).size).toBe(36)

  const differences: string[] = []
  for (const line of file) {
    const name = `${line.expiry} ${Number(line.strike)} ${line.right}`
    const values = stored.get(name)
    for (const [at, field] of FIELDS.entries()) {
      const cell = line[field] as string
      const expected = cell === '' ? null : field === 'iv' ? Number(Number(cell).toFixed(6)) : Number(cell)
      if (values?.[at] !== expected)
        differences.push(`${name} ${field}: ${cell || 'empty'} → ${values?.[at]}`)
    }
  }
  expect(differences).toEqual([])
  // The file contains the cases that the comparison is meant to cover.
  expect(file.filter((line) => line.iv === '').length).toBeGreaterThan(10)
  expect(file.filter((line) => line.volume === '').length).toBeGreaterThan(3)
  expect(file.filter((line) => Number(line.bid) === 0).length).toBeGreaterThan(3)
}, 60_000)
