import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type ChainCache,
  chainCachePath,
  readChainCache,
  writeChainCache,
} from '../../src/chain/chain-cache.ts'
import type { Collector } from '../../src/daemon/collector.ts'
import { layoutOf } from '../../src/lake/layout.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'
import type { LedgerRow } from '../../src/snapshot/ledger.ts'
import { openWebhookServer, type WebhookServer } from '../alerts/webhook-server.ts'
import { openSimulatedDaemon, type SimulatedDaemon, until } from '../daemon/simulated-daemon.ts'
import { temporaryFolder } from '../lake/lakes.ts'
import { expectToFollow } from '../support/published-schema.ts'
import { type CommandResult, runCommand } from './run-command.ts'

let simulated: SimulatedDaemon
let receiver: WebhookServer
let daemon: Collector

beforeAll(async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02')
  receiver = await openWebhookServer()
  daemon = await simulated.start({
    'alerts.receivers': [{ name: 'phone', webhook: { url: `${receiver.url}/T0KEN` } }],
    'alerts.confirmSeconds': 0,
  })
  await until(
    () => daemon.health('health'),
    ({ state }) => state === 'ok',
  )
  await until(
    async () =>
      (await fetch(`${daemon.url}/api/gateway`)).json() as Promise<{ history: { sessions: number }[] }>,
    ({ history }) => history.length === 3 && history.every(({ sessions }) => sessions > 0),
  )
})

afterAll(async () => {
  await simulated.close()
  await receiver.close()
})

function ask(
  args: readonly string[],
  {
    lake = simulated.lake,
    environment = {},
  }: { lake?: string; environment?: Readonly<Record<string, string>> } = {},
): Promise<CommandResult> {
  const gateway = ['--gateway', `127.0.0.1:${simulated.simulator.port}`, '--clock', 'gateway', '--lake', lake]
  return runCommand([...gateway, '--symbols', 'IWM', ...args], {
    OPTIONLAKE_HTTP_PORT: new URL(daemon.url).port,
    OPTIONLAKE_GATEWAY_CONNECT_ATTEMPTS: '1',
    ...environment,
  })
}

/** Clients and messages at the gateway. The daemon's own heartbeat asks for the time. */
function atTheGateway() {
  const { connections, received, lines } = simulated.simulator.stats()
  const { reqCurrentTime: _, ...messages } = received
  return { connections, messages, lines }
}

test('doctor asks the running daemon: the gateway sees no second client and no message', async () => {
  const before = atTheGateway()
  const { code, stdout, stderr } = await ask(['doctor'])
  expect(atTheGateway()).toEqual(before)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.match(/^[✓!✗] {2}(.+?)(?= {2})/gm)).toEqual([
    '✓  configuration',
    '✓  gateway',
    '✓  clock',
    '✓  IWM price',
    '✓  VIX',
    '✓  IWM trend input',
    '✓  IWM IV history input',
    '✓  sample contract',
    '✓  lake folder',
    '✓  limits',
  ])
  expect(stdout).toMatch(/^✓ {2}IWM price +\$\d+\.\d\d at 2026-11-19 10:00, /m)
  expect(stdout).toMatch(/^✓ {2}sample contract +IWM 2026\d{4} .*, live, at 2026-11-19 10:00$/m)
  expect(stdout).toContain(`asked the daemon at ${daemon.url} (version test, running since 2026-11-19 10:0`)
  expect(stdout).toContain('nothing was requested from the gateway')
  const examined = await ask(['doctor', '--json'])
  expectToFollow('doctor', examined.stdout)
  const { daemon: named } = JSON.parse(examined.stdout)
  expect(named).toMatchObject({ url: daemon.url, version: 'test' })
})

test('a daemon that began in mid-session told its receiver of the slots that it missed, and alerts list shows it', async () => {
  const bodies = receiver.received.map(({ body }) => JSON.parse(body))
  expect(bodies[0]).toMatchObject({
    source: 'simulated',
    changes: [{ check: 'slot', status: 'fail', previous: 'ok' }],
  })
  expect(bodies[0].text).toContain('not_running')
  const { code, stdout, stderr } = await ask(['alerts', 'list'], {
    environment: {
      OPTIONLAKE_ALERTS_RECEIVERS: `[{"name":"phone","webhook":{"url":"${receiver.url}/T0KEN"}}]`,
    },
  })
  expect(code).toBe(0)
  expect(stderr).toContain(`asked the daemon at ${daemon.url}`)
  expect(stdout).toMatch(/^phone +webhook +http:\/\/127\.0\.0\.1:\d+\/… +[12] +0 +0 +2026-11-19 10:0/m)
  const served = await fetch(`${daemon.url}/api/alerts`)
  expect(await served.json()).toMatchObject({
    receivers: [{ name: 'phone', sent: expect.any(Number), problem: null }],
  })
  const metrics = await (await fetch(`${daemon.url}/metrics`)).text()
  expect(metrics).toMatch(/^optionlake_alerts_sent_total\{receiver="phone"\} [12]$/m)
  expect(metrics).toContain('optionlake_alert_receiver_failing{receiver="phone"} 0')
  expect(stdout + metrics + JSON.stringify(await daemon.health())).not.toContain('T0KEN')
})

test('a daemon of another lake is named, and the gateway is asked', async () => {
  const other = await ask(['doctor', '--client-id', '18'], { lake: join(temporaryFolder(), 'lake') })
  expect(other.stderr).toMatch(/^asking the gateway: the daemon at .* writes another lake than /m)
  expect(other.stdout).not.toContain('asked the daemon')
  expect(other.code).toBe(0)
})

test('--no-daemon opens a session beside the daemon', async () => {
  const before = atTheGateway().connections
  const { code, stdout } = await ask(['doctor', '--no-daemon', '--client-id', '18', '--json'])
  expect(atTheGateway().connections).toBe(before + 1)
  expect({ code, daemon: JSON.parse(stdout).daemon }).toEqual({ code: 0, daemon: null })
})

test('what the daemon lacks is a line of its own', async () => {
  const { stdout } = await ask(['doctor', '--symbols', 'IWM,NOPE'])
  expect(stdout).toMatch(/^! {2}NOPE price +the daemon does not collect it$/m)
})

/** The universe of the daemon, as `simulated-daemon.ts` sets it. */
const SAME_UNIVERSE = {
  OPTIONLAKE_UNIVERSE_POLICY: 'plain',
  OPTIONLAKE_UNIVERSE_PLAIN_EXPIRATIONS: '1',
  OPTIONLAKE_UNIVERSE_STRIKE_WINDOW_FRACTION: '0.02',
  OPTIONLAKE_UNIVERSE_MIN_STRIKE_WINDOW_FRACTION: '0.02',
}

test('plan asks the running daemon, and counts what the daemon collects', async () => {
  const { slots } = (await (await fetch(`${daemon.url}/api/slots`)).json()) as { slots: LedgerRow[] }
  const before = atTheGateway()
  const { code, stdout, stderr } = await ask(['plan', '--json'], { environment: SAME_UNIVERSE })
  expect(atTheGateway()).toEqual(before)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expectToFollow('plan', stdout)
  expect(JSON.parse(stdout)).toMatchObject({
    daemon: { url: daemon.url },
    limits: { messages_per_second: 500, lines: 100 },
    estimate: { contracts: slots.find(({ outcome }) => outcome === 'stored')?.requested },
  })
})

test('plan with other settings names the expirations that the daemon does not know', async () => {
  const { code, stdout } = await ask(['plan'], {
    environment: { ...SAME_UNIVERSE, OPTIONLAKE_UNIVERSE_PLAIN_EXPIRATIONS: '3' },
  })
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^IWM: not counted, because the daemon does not collect them: 2026\d{4}, 2026\d{4};/m,
  )
  expect(stdout).toContain(`asked the daemon at ${daemon.url}`)
})

test('plan of a symbol that the daemon does not collect says what to do', async () => {
  const { code, stderr } = await ask(['plan', '--symbols', 'QQQ'])
  expect(code).toBe(75)
  expect(stderr).toMatch(/the daemon at .* does not collect QQQ: .* --no-daemon/)
})

test('plan counts the contract details that it requests, whatever the day of the open interest', async () => {
  const today = readChainCache(chainCachePath(layoutOf(simulated.lake).contracts, 'IWM')) as ChainCache
  const discoveryWith = async (cache: ChainCache) => {
    const lake = join(temporaryFolder(), 'lake')
    writeChainCache(chainCachePath(layoutOf(lake).contracts, 'IWM'), cache)
    const { stdout } = await ask(['plan', '--json', '--client-id', '19'], {
      lake,
      environment: SAME_UNIVERSE,
    })
    return JSON.parse(stdout).discovery
  }
  const yesterday = sessionDate('2026-11-18')
  expect(await discoveryWith({ ...today, date: yesterday })).toEqual({ requests: 0, seconds: 0 })
  const at = newYorkInstant(yesterday, '09:10')
  const listings = new Map([...today.listings.keys()].map((expiry) => [expiry, { at, isWhole: true }]))
  expect(await discoveryWith({ ...today, listings })).toMatchObject({ requests: today.listings.size })
})
