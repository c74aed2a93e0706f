import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { openSession } from '../../src/gateway/session/session.ts'
import { openLake } from '../../src/lake/open.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { clockFrom, systemClock } from '../../src/market/clock.ts'
import { sessionDate } from '../../src/market/units.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { runCommand } from '../commands/run-command.ts'
import { run, temporaryFolder } from './program.ts'

let simulator: Simulator
let address: string

beforeAll(async () => {
  const clock = clockFrom(newYorkInstant(sessionDate('2026-11-19'), '10:02'))
  const market = syntheticMarket({ seed: 3, asOf: clock.now() })
  simulator = await startSimulator(market, simulatorOptions.parse({}), { clock, seed: 3 })
  address = `${simulator.host}:${simulator.port}`
})
afterAll(() => simulator.close())

// As for the program, so that no configuration or lake is found by chance.
const folderBefore = process.cwd()
beforeAll(() => process.chdir(temporaryFolder()))
afterAll(() => process.chdir(folderBefore))

/** The one line on standard error, without the program's name; of a command in this process, or with `run` of the program. */
async function refusal(
  args: readonly string[],
  environment = {},
  start: typeof run | typeof runCommand = runCommand,
): Promise<{ code: number | null; line: string }> {
  const { code, stderr, stdout } = await start(args, environment)
  expect(stdout).toBe('')
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  return { code, line: stderr.trimEnd().replace('optionlake: ', '') }
}

test('unknown symbols only end with 64 and write nothing', async () => {
  const lake = join(temporaryFolder(), 'lake')
  const { code, line } = await refusal(['collect-once', '--symbols', 'SPYY,NOPE', '--lake', lake])
  expect(code).toBe(64)
  expect(line).toMatch(
    /^unknown symbol "SPYY": the gateway at 127\.0\.0\.1:\d+ lists no .*check the spelling$/,
  )
  expect(existsSync(lake)).toBe(false)
})

test('an unreachable gateway ends with 69 and says what to check', async () => {
  const server = createServer()
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
  await new Promise((resolve) => server.close(resolve))
  const lake = join(temporaryFolder(), 'lake')
  const { code, line } = await refusal(['collect-once', '--gateway', `127.0.0.1:${port}`, '--lake', lake], {
    OPTIONLAKE_GATEWAY_CONNECT_ATTEMPTS: '2',
    OPTIONLAKE_GATEWAY_CONNECT_BACKOFF_MS: '10',
  })
  expect(code).toBe(69)
  expect(line).toContain(`127.0.0.1:${port}`)
  expect(line).toMatch(/API/)
  expect(existsSync(lake)).toBe(false)
})

test('a client id in use ends with 77 and names it', async () => {
  const options = gatewayOptions.parse({ host: simulator.host, port: simulator.port, clientId: 17 })
  const session = await openSession(options, { clock: systemClock })
  const { code, line } = await refusal(['collect-once', '--gateway', address, '--clock', 'gateway'], {}, run)
  await session.close()
  expect(code).toBe(77)
  expect(line).toMatch(/client id 17 is in use/)
})

test('a lake folder that cannot be created ends with 73', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const { code, line } = await refusal(['collect-once', '--lake', join(file, 'lake')])
  expect(code).toBe(73)
  expect(line).toContain(join(file, 'lake'))
  expect((await refusal(['collect-once', '--lake', '/proc/lake'])).code).toBe(73)
})

test('a second process on the same lake ends with 75 and harms nothing', async () => {
  const folder = join(temporaryFolder(), 'lake')
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  const { code, line } = await refusal(['collect-once', '--lake', folder], {}, run)
  await lake.close()
  expect(code).toBe(75)
  expect(line).toMatch(/another process/)
  expect(readdirSync(join(folder, 'option_snapshots', '_delta_log'))).toHaveLength(1)
})

test('simulated rows in a lake of real ones end with 78', async () => {
  const folder = join(temporaryFolder(), 'lake')
  await (await openLake(folder, { mode: 'write', source: 'ib', clock: systemClock })).close()
  const { code, line } = await refusal(['collect-once', '--lake', folder])
  expect(code).toBe(78)
  expect(line).toMatch(/source "ib".*source "simulated"/)
})

test('a malformed configuration ends with 78 before anything is opened', async () => {
  const file = join(import.meta.dirname, '../config/port-out-of-range.json')
  const { code, line } = await refusal(['collect-once', '--config', file], {}, run)
  expect(code).toBe(78)
  expect(line).toContain('gateway.port is 70000')
})

test('a real gateway outside the session gets 75 with the next opening', async () => {
  const clock = clockFrom(newYorkInstant(sessionDate('2026-11-21'), '12:00'))
  const weekend = await startSimulator(
    syntheticMarket({ seed: 3, asOf: clock.now() }),
    simulatorOptions.parse({}),
    {
      clock,
      seed: 3,
    },
  )
  const { code, line } = await refusal([
    'collect-once',
    '--gateway',
    `127.0.0.1:${weekend.port}`,
    '--clock',
    'gateway',
  ])
  await weekend.close()
  expect(code).toBe(75)
  expect(line).toMatch(
    /the market is closed at 2026-11-21 12:0\d New York: try again from 2026-11-23 09:30 on/,
  )
})

test.each([
  [['chain', 'SPY'], 78, /no lake at/],
  [['stats', '--lake', '/nonexistent/lake'], 78, /no lake at \/nonexistent\/lake: collect first/],
  [['collect-once', '--gateway', 'localhost'], 64, /--gateway localhost is not HOST:PORT/],
  [['simulate', '--now', 'yesterday'], 64, /--now yesterday is not a time/],
  [['simulate', '--chain', '/nonexistent.csv'], 64, /--chain \/nonexistent\.csv cannot be read/],
])('%j ends with %i in one line', async (args, expected, pattern) => {
  const { code, line } = await refusal(args)
  expect(code).toBe(expected)
  expect(line).toMatch(pattern)
})

test('an unknown command or option ends with 64', async () => {
  for (const [start, ...args] of [
    [run, 'colect-once'],
    [runCommand, 'collect-once', '--gatway', 'x:1'],
    [runCommand, 'sql'],
  ] as const) {
    const { code, stderr } = await start(args)
    expect(code).toBe(64)
    expect(stderr).toMatch(start === run ? /^optionlake: \w.*\n$/ : /^\w.*\n$/)
  }
})

test('sql runs one SELECT and nothing else', async () => {
  const folder = join(temporaryFolder(), 'lake')
  await (await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })).close()
  const target = join(folder, 'out.csv')
  for (const query of [
    // Other refusals are tested with the lake's queries.
    `COPY (SELECT 1) TO '${target}'`,
    "SELECT * FROM read_csv('/etc/passwd')",
  ]) {
    const { code, line } = await refusal(['sql', query, '--lake', folder])
    expect([query, code]).toEqual([query, 64])
    expect(line.length).toBeGreaterThan(20)
  }
  expect(existsSync(target)).toBe(false)
})
