import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configurationPage } from '../../scripts/docs/configuration-page.ts'
import { lakePage } from '../../scripts/docs/lake-page.ts'
import { gatewayOptionsOf, loadConfig, variableName } from '../../src/config/config.ts'
import { namesOf } from '../../src/market/instrument.ts'
import { EXIT, Failure } from '../../src/process/failure.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const folder = import.meta.dirname

/** Files with one fault each, and the expected message after the file's name. */
const MESSAGES: Record<string, string> = {
  'alerts-mail-header':
    ': alerts.receivers.0.command.from is not legal (not shown, because it may have secrets): must be a mail address, such as me@example.org',
  'alerts-mail-without-address':
    ': alerts.receivers.0.command is not legal (not shown, because it may have secrets): must have from and to for "input": "mail"',
  'alerts-nowhere':
    ': alerts.receivers.0 is not legal (not shown, because it may have secrets): must have either a webhook or a command',
  'alerts-same-name':
    ': alerts.receivers is not legal (not shown, because it may have secrets): must have different names',
  'alerts-secret-written-out': `: alerts.receivers.0.webhook.secret is not legal (not shown, because it may have secrets): must name an environment variable as \${NAME}, or a file`,
  'alerts-unknown-check':
    ': unknown key alerts.checks.surfaces; did you mean surface? Known here: event_loop, scheduler, session, gateway, slot, lake, breaker, chain, bars, surface, clock, operations, alerts',
  'alerts-unknown-key':
    ': unknown key alerts.receivers.0.webhook.methd; did you mean url? Known here: url, format, secret, authorization',
  'greeks-wait-over-timeout':
    ': harvest.greeksWaitMs is 5000: must not exceed harvest.timeoutMs, which is 4000',
  'interval-not-in-hour':
    ': harvest.intervalSeconds is 420: must divide an hour, such as 60, 120, 180, 240, 300, 600, 900 or 1800',
  'interval-too-short':
    ': harvest.intervalSeconds is 60: 45 s at 20 messages/s hold 410 contracts, and 3 symbols need at least 600: lengthen it, or name fewer symbols',
  'lower-case-symbol': ': symbols.0 is "spy": must be a symbol in capital letters, such as SPY',
  'margin-over-interval':
    ': harvest.deadlineMarginSeconds is 45: must leave at least half of harvest.intervalSeconds, which is 60',
  'negative-window': ': universe.strikeWindowFraction is -0.2: Too small: expected number to be >0',
  'kind-without-exchange':
    ': symbols.1.exchange is missing: GC of kind FUT needs its exchange: write { "symbol": "GC", "kind": "FUT", "exchange": "CME" }, with one of CME, CBOT, CFE, NYMEX, COMEX',
  'kind-not-known': ': symbols.0.kind is "FUTURE": Invalid option: expected one of "STK"|"IND"|"FUT"|"FOP"',
  'exchange-of-other-kind':
    ': symbols.0.exchange is "CME": must be one of CBOE, NASDAQ, RUSSELL for SPX of kind IND',
  'classes-without-options':
    ': symbols.0.classes is ["EW"]: no options of ES are collected: write "kind": "FOP", or leave it out',
  'front-months-of-a-stock': ': symbols.0.frontMonths is 2: SPY is no future: leave it out',
  'symbol-a-number': ': symbols.0 is 7: Invalid input: expected string, received number',
  'symbol-unknown-key':
    ': unknown key symbols.0.klass; did you mean classes? Known here: symbol, kind, exchange, currency, classes, multiplier, frontMonths',
  'symbol-twice-with-kinds':
    ': symbols is ["CL",{"symbol":"CL","kind":"STK"}]: must not name CL twice: a lake holds one kind under a symbol',
  'no-symbols': ': symbols is []: Too small: expected array to have >=1 items',
  'not-an-object': ' must hold one JSON object, not [1,2]',
  'not-json': " is not JSON: Expected ',' or ']' after array element in JSON at position 19",
  'old-and-new-section':
    ': keeper is the old name of supervisor, and both are given: move all keys to supervisor',
  'password-not-text':
    ': exchange.participants.alice is not legal (not shown, because it has passwords): Invalid input: expected string, received number',
  'port-not-a-number': ': gateway.port is "4001": Invalid input: expected number, received string',
  'port-out-of-range': ': gateway.port is 70000: Too big: expected number to be <=65535',
  'symbol-twice':
    ': symbols is ["SPY","QQQ","SPY"]: must not name SPY twice: a lake holds one kind under a symbol',
  'unknown-key':
    ': unknown key gatway; did you mean gateway? Known here: symbols, clock, lake, gateway, supervisor, breaker, universe, chain, futures, harvest, bars, analytics, health, alerts, http, simulator, exchange, paper, log',
  'unknown-nested-key': ': unknown key gateway.prot; did you mean port? Known here: host, port, clientId,',
  'unknown-policy':
    ': universe.policy is "everything": Invalid option: expected one of "targets"|"plain"|"all"',
  'health-crossed':
    ': health.delayedFailFraction is 0.05: must not be below health.delayedWarnFraction, which is 0.1',
  'windows-crossed':
    ': universe.minStrikeWindowFraction is 0.3: must not exceed universe.strikeWindowFraction, which is 0.2',
}

function failureOf(run: () => unknown): Failure {
  try {
    run()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('it was accepted')
}

test('every faulty file has an expected message', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  expect(Object.keys(MESSAGES).sort()).toEqual(files.map((name) => name.slice(0, -5)).sort())
})

test.each(Object.entries(MESSAGES))('%s is refused in one line', (name, message) => {
  const file = join(folder, `${name}.json`)
  const failure = failureOf(() => loadConfig(file, {}))
  expect(failure.message.startsWith(`${file}${message}`), failure.message).toBe(true)
  expect(failure.message).not.toContain('\n')
  expect(failure.exitCode).toBe(EXIT.configuration)
})

test('a file that cannot be read is refused by name', () => {
  const failure = failureOf(() => loadConfig(join(folder, 'nowhere.json'), {}))
  expect(failure.message).toContain('cannot read the configuration')
  expect(failure.message).toContain('nowhere.json')
})

test('the defaults are the documented ones, and frozen', () => {
  const config = loadConfig(null, {})
  expect(namesOf(config.symbols)).toEqual(['SPY', 'QQQ', 'IWM'])
  expect(config.gateway.host).toBeNull()
  expect(gatewayOptionsOf(config, { host: 'h', port: 1 })).toMatchObject({
    messagesPerSecond: 45,
    lines: 100,
  })
  expect(() => Object.assign(config.universe, { policy: 'all' })).toThrow(TypeError)
})

test('the environment overrides the file and the command line overrides both; a wrong value is reported with its source', () => {
  const environment = { OPTIONLAKE_GATEWAY_PORT: '7497', OPTIONLAKE_SYMBOLS: 'SPY,IWM', PATH: '/bin' }
  expect(loadConfig(null, environment)).toMatchObject({
    symbols: [{ symbol: 'SPY' }, { symbol: 'IWM' }],
    gateway: { port: 7497 },
  })
  const override = { source: '--gateway', path: ['gateway', 'port'], value: 4002 }
  expect(loadConfig(null, environment, [override]).gateway.port).toBe(4002)

  const messageOf = (env: Record<string, string>) => failureOf(() => loadConfig(null, env)).message
  expect(messageOf({ OPTIONLAKE_GATEWAY_PORT: 'abc' })).toBe(
    'OPTIONLAKE_GATEWAY_PORT: gateway.port is "abc": Invalid input: expected number, received string',
  )
  expect(messageOf({ OPTIONLAKE_GATWAY_PORT: '1' })).toBe(
    'unknown environment variable OPTIONLAKE_GATWAY_PORT; did you mean OPTIONLAKE_GATEWAY_PORT?',
  )
})

test('the old name of a section works in a file, with a warning that names the new one', () => {
  const file = join(temporaryFolder(), 'old.json')
  writeFileSync(file, '{ "keeper": { "canarySilenceMs": 5000, "farmGraceMs": "soon" } }')
  const failure = failureOf(() => loadConfig(file, {}, [], () => {}))
  expect(failure.message).toMatch(/: supervisor\.farmGraceMs is "soon": /)

  writeFileSync(file, '{ "keeper": { "canarySilenceMs": 5000 } }')
  const warnings: string[] = []
  const config = loadConfig(file, {}, [], (message) => warnings.push(message))
  expect(config.supervisor.canarySilenceMs).toBe(5_000)
  expect(config).not.toHaveProperty('keeper')
  expect(warnings).toEqual([`${file}: keeper is now called supervisor; the old name works until version 0.3`])
})

test('the old names of environment variables work, with a warning, but not beside the new ones', () => {
  const { supervisor } = loadConfig(null, {})
  for (const [key, value] of Object.entries(supervisor)) {
    const warnings: string[] = []
    const [oldName, newName] = [variableName(['keeper', key]), variableName(['supervisor', key])]
    const config = loadConfig(null, { [oldName]: String(value) }, [], (message) => warnings.push(message))
    expect(config.supervisor).toEqual(supervisor)
    expect(warnings).toEqual([`${oldName} is now called ${newName}; the old name works until version 0.3`])
  }
  const both = { OPTIONLAKE_KEEPER_FARM_GRACE_MS: '1', OPTIONLAKE_SUPERVISOR_FARM_GRACE_MS: '1' }
  expect(failureOf(() => loadConfig(null, both)).message).toBe(
    'OPTIONLAKE_KEEPER_FARM_GRACE_MS is the old name of OPTIONLAKE_SUPERVISOR_FARM_GRACE_MS, and both are given: unset OPTIONLAKE_KEEPER_FARM_GRACE_MS',
  )
})

test('the generated pages of docs are up to date (npm run docs)', () => {
  const page = (name: string) => readFileSync(join(folder, '../../docs', name), 'utf8')
  expect(page('configuration.md')).toBe(configurationPage())
  expect(page('lake.md')).toBe(lakePage())
})

test('every key is described', () => {
  const empty = configurationPage()
    .split('\n')
    .filter((line) => /^\| `\w/.test(line) && line.split(' | ')[3]?.trim() === '')
  expect(empty).toEqual([])
})

test('symbols are names, or objects that say what a name means', () => {
  const symbols = ['SPY', 'ES', { symbol: 'CL', kind: 'STK' }, { symbol: 'SPX', classes: ['SPXW'] }]
  const others = [
    { symbol: 'NQ', kind: 'FOP', frontMonths: 1 },
    { symbol: 'GC', kind: 'FUT', exchange: 'COMEX' },
  ]
  const given = { source: 'test', path: ['symbols'], value: [...symbols, ...others] }
  const config = loadConfig(null, {}, [given])
  expect(
    config.symbols.map(({ symbol, kind, exchange, calendar }) => [symbol, kind, exchange, calendar]),
  ).toEqual([
    ['SPY', 'STK', 'SMART', 'us-options-late'],
    ['ES', 'FUT', 'CME', 'cme-equity'],
    ['CL', 'STK', 'SMART', 'us-options'],
    ['SPX', 'IND', 'CBOE', 'us-options-late'],
    ['NQ', 'FOP', 'CME', 'cme-equity'],
    ['GC', 'FUT', 'COMEX', 'nymex-energy'],
  ])
  expect(config.symbols[3]?.tradingClasses).toEqual(['SPXW'])
  expect(config.symbols[4]).toMatchObject({ frontMonths: 1, multiplier: 20, spotIndex: 'NDX' })
  expect(config.symbols[5]).toMatchObject({ multiplier: null, frontMonths: 3 })
})
