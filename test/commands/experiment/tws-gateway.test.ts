import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { findUnderlying } from '../../../src/chain/find-underlying.ts'
import { cleanUpAfterRun } from '../../../src/commands/experiment/clean-up-after-run.ts'
import { makeRuns } from '../../../src/commands/experiment/run-pool.ts'
import { type TwsOptions, twsAccess } from '../../../src/commands/experiment/tws-access.ts'
import { openTwsGateway, openTwsOrders } from '../../../src/commands/experiment/tws-gateway.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { loadScenario } from '../../../src/exchange/scenarios/load.ts'
import { readManifest } from '../../../src/experiments/files/manifest.ts'
import { stepRecordSchema } from '../../../src/experiments/files/step-record.ts'
import { recordRun } from '../../../src/experiments/run/recorded-run.ts'
import { findExperiment } from '../../../src/experiments/strategies/experiment.ts'
import { clockFrom, systemClock } from '../../../src/market/clock.ts'
import { instrumentNamed } from '../../../src/market/instruments.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { openScenario } from '../../../src/simulator/market/scenario/open-scenario.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts'
import { temporaryFolder } from '../../lake/lakes.ts'
import { NOON } from '../../support/supervised-gateway.ts'
import { withFolder } from '../../support/temporary-folder.ts'

let lifetime = openLifetime()
afterEach(async () => {
  await lifetime.close()
  lifetime = openLifetime()
})

async function scenarioGateway(account = 'DU1234567'): Promise<Simulator> {
  const clock = clockFrom(NOON)
  const scenario = openScenario(loadScenario('normal_market'), { seed: 1, startAt: clock.now() })
  const rules = simulatorOptions.parse({ underlyingUpdateIntervalMs: 10, startingCash: 1e8, account })
  const simulator = await startSimulator(scenario.market, rules, {
    clock,
    seed: 1,
    openVenue: scenario.openVenue,
  })
  lifetime.onClose(() => simulator.close())
  return simulator
}

function accessTo(port: number, options: TwsOptions = { account: ['DU1234567'] }) {
  const override = (path: string[], value: unknown) => ({ source: '--gateway', path, value })
  const config = loadConfig(null, {}, [
    override(['gateway', 'host'], '127.0.0.1'),
    override(['gateway', 'port'], port),
  ])
  return { ...twsAccess(config, { stepMs: '100', ...options }), decisionLimitMs: 1_000 }
}

test('a run over TWS makes the same files as one at an exchange', async () => {
  const access = accessTo((await scenarioGateway()).port)
  const { signal } = new AbortController()
  const gateway = await openTwsGateway(access, signal)
  lifetime.onClose(() => gateway.close())
  const notes: string[] = []
  const run = await recordRun(
    temporaryFolder(),
    { scenario: 'normal_market', rules: 'research', steps: 5, decisionLimitMs: 1_000, maxInventory: 5_000 },
    {
      version: '0.0.0',
      host: { kind: 'tws', address: access.address, secure: false },
      scenarioSha256: null,
      agentSeeds: null,
      configuration: { symbol: access.symbol, step_ms: access.stepMs },
    },
    {
      experiment: await findExperiment('aggressive_buy_100'),
      signal,
      clock: systemClock,
      openVenue: async () => gateway.openVenue(signal, (line) => void notes.push(line)),
    },
  )
  expect(run.outcome).toMatchObject({ kind: 'complete', steps: 5, fill_attribution: 'as_read' })
  const records = readFileSync(run.path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(records).toHaveLength(6)
  for (const record of records) expect(stepRecordSchema.parse(record)).toEqual(record)
  expect(records.at(-1).state.orders_sent).toBe(1)
  expect(records.at(-1).state.inventory).toBeGreaterThan(0)
  expect(notes).toEqual([`the run leaves ${records.at(-1).state.inventory} shares of EXCH in the account`])
  const manifest = readManifest(run.path)
  expect(manifest).toMatchObject({
    kind: 'manifest',
    manifest: {
      host: { kind: 'tws', address: access.address },
      seed: null,
      configuration: { symbol: 'EXCH', step_ms: 100 },
    },
  })
  expect(readFileSync(run.path, 'utf8') + JSON.stringify(manifest)).not.toContain('DU1234567')
})

test('orders of a run whose thread was ended from outside are cancelled, and others are left alone', () =>
  withFolder(async (folder) => {
    const simulator = await scenarioGateway()
    const access = accessTo(simulator.port)
    const earlier = await openTwsOrders(access, new AbortController().signal)
    const stock = await findUnderlying(earlier.session, instrumentNamed('EXCH'), new AbortController().signal)
    await earlier.entry.place({
      ...{ instrument: { kind: 'stock', contract: { ...stock, secType: 'STK' } }, side: 'BUY', quantity: 7 },
      ...{ limitPrice: 1, timeInForce: 'DAY', transmit: true, orderRef: 'of a person' },
    })
    await earlier.close()
    const strategyFile = join(folder, 'hangs.mjs')
    writeFileSync(
      strategyFile,
      `export default { name: 'hangs', description: 'of a test', mode: 'active', decide(step) {
        while (step === 4);
        return step === 1 ? [{ kind: 'order', side: 'BUY', price: 2, qty: 30 }] : []
      } }`,
    )
    const notes: string[] = []
    const [result] = await makeRuns(
      [
        {
          ...{ scenario: 'EXCH', scenarioId: 'EXCH', seed: null, steps: 40, rules: 'research' },
          ...{ experiment: 'hangs', mode: 'active', strategyFile },
        },
      ],
      { folder: join(folder, 'raw'), venue: { kind: 'tws', access }, version: '0.0.0' },
      {
        ...{ parallel: 1, signal: new AbortController().signal, decisionLimitMs: 100 },
        workerFile: resolve(import.meta.dirname, '../../../dist/commands/experiment/run-worker.js'),
        events: { noted: (_, line) => void notes.push(line) },
      },
    )
    expect(result).toMatchObject({ kind: 'failed', error: { exitCode: 78 } })
    expect(notes).toEqual([
      expect.stringMatching(
        /^open orders that are not of this run: \d+ BUY 7; they are left alone, cancel them in TWS$/,
      ),
      'orders that the run had left open: 1; cancelled now: 1; still open: 0',
    ])
    const after = await openTwsOrders(access, new AbortController().signal)
    expect(after.entry.openOrders().map(({ orderRef }) => orderRef)).toEqual(['of a person'])
    await after.close()
    const other = { ...access, accounts: ['DU7654321'] }
    expect(await cleanUpAfterRun(other, 'tws-1')).toEqual([
      expect.stringMatching(
        /^orders of the run may still be open and could not be cancelled \(orders are refused: /,
      ),
    ])
  }))

test('what cannot be traded is refused before anything is written, with its exit code and what to do', async () => {
  const { signal } = new AbortController()
  const failureOf = async (work: () => unknown) => {
    try {
      await work()
    } catch (error) {
      const { exitCode, message } = error as { exitCode: number; message: string }
      return [exitCode, message]
    }
    return 'no failure'
  }
  expect(await failureOf(() => accessTo(4002, {}))).toEqual([
    64,
    '--gateway sends orders: name the paper account that they may be sent for, as --account DU1234567',
  ])
  expect(await failureOf(() => accessTo(4002, { account: ['U1234567'] }))).toEqual([77, expect.any(String)])
  expect(await failureOf(() => accessTo(4002, { account: ['DU1'], stepMs: '5' }))).toEqual([
    64,
    expect.stringContaining('--step-ms 5'),
  ])
  const simulator = await scenarioGateway('DF1234567')
  expect(await failureOf(() => openTwsGateway(accessTo(simulator.port), signal))).toEqual([
    77,
    expect.stringMatching(/^orders are refused: /),
  ])
  expect(simulator.stats().received.placeOrder).toBeUndefined()
  const paper = await scenarioGateway()
  const unknown = accessTo(paper.port, { account: ['DU1234567'], symbol: 'NOPE' })
  expect(await failureOf(() => openTwsGateway(unknown, signal))).toEqual([
    64,
    expect.stringContaining('unknown symbol "NOPE"'),
  ])
  await paper.close()
  expect(await failureOf(() => openTwsGateway(accessTo(paper.port), signal))).toEqual([
    69,
    expect.stringContaining(`127.0.0.1:${paper.port}`),
  ])
})
