import { z } from 'zod'
import { alertsOptions } from '../alerts/options.ts'
import { analyticsOptions } from '../analytics/options.ts'
import { barsOptions } from '../bars/options.ts'
import { futuresOptions } from '../chain/futures/options.ts'
import { chainOptions } from '../chain/options.ts'
import { universeOptions } from '../chain/universe.ts'
import { exchangeOptions } from '../exchange/options.ts'
import { breakerOptions } from '../gateway/breaker/breaker.ts'
import { gatewayOptions } from '../gateway/session/options.ts'
import { supervisorOptions } from '../gateway/supervisor/options.ts'
import { harvestOptions } from '../harvest/options.ts'
import { estimateCycle } from '../harvest/plan.ts'
import { collectsOptions } from '../market/instrument.ts'
import { paperOptions } from '../paper/options.ts'
import { healthOptions } from '../serve/health/options.ts'
import { httpOptions } from '../serve/options.ts'
import { simulatorOptions } from '../simulator/options.ts'
import { symbolsOption } from './symbols.ts'

/** Defaults for a real gateway. IB allows 50 messages per second and 100 lines, which other programs may share. */
export const REAL_GATEWAY = { messagesPerSecond: 45, lines: 100 }

const sections = z.strictObject({
  symbols: symbolsOption
    .prefault(['SPY', 'QQQ', 'IWM'])
    .describe(
      'Underlyings that are collected: names, or objects with symbol, kind (STK, IND, FUT, FOP), exchange, currency, classes, multiplier and frontMonths; see instruments.md.',
    ),
  clock: z
    .enum(['system', 'gateway'])
    .default('system')
    .describe("Where the time comes from: this machine, or the gateway's answer when the session opens."),
  lake: z
    .strictObject({
      folder: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe(
          'Folder of the lake; null: in lake.parentFolder, ib for a real gateway, simulated for the simulator (simulated-seed-2 and so on for other seeds).',
        ),
      parentFolder: z
        .string()
        .min(1)
        .default('lake')
        .describe('Folder that holds the lakes; by default lake in the folder that the table above names.'),
    })
    .prefault({}),
  gateway: gatewayOptions
    .extend({
      host: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe('Machine on which TWS or IB Gateway runs; null: the embedded simulator.'),
      messagesPerSecond: z
        .int()
        .min(1)
        .max(100_000)
        .nullable()
        .default(null)
        .describe("Messages in any one second; null: 45, or the embedded simulator's own limit."),
      lines: z
        .int()
        .min(4)
        .max(100_000)
        .nullable()
        .default(null)
        .describe("Market-data lines in use at once; null: 100, or the embedded simulator's own limit."),
    })
    .prefault({}),
  supervisor: supervisorOptions.prefault({}),
  breaker: breakerOptions.prefault({}),
  universe: universeOptions.prefault({}),
  chain: chainOptions.prefault({}),
  futures: futuresOptions.prefault({}),
  harvest: harvestOptions.prefault({}),
  bars: barsOptions.prefault({}),
  analytics: analyticsOptions.prefault({}),
  health: healthOptions.prefault({}),
  alerts: alertsOptions.prefault({}),
  http: httpOptions.prefault({}),
  simulator: simulatorOptions
    .omit({ port: true })
    .extend({
      seed: z.int().min(0).max(2_147_483_647).default(1).describe('Seed of the synthetic market.'),
    })
    .prefault({}),
  exchange: exchangeOptions.prefault({}),
  paper: paperOptions.prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
        .default('warn')
        .describe('Least severe level that is written to standard error.'),
    })
    .prefault({}),
})

/** Every key: the options of each module, and the checks across them. */
export const configSchema = sections.superRefine((config, context) => {
  const { universe, harvest } = config
  const contradiction = (path: string[], message: string) =>
    context.addIssue({ code: 'custom', path, message })
  if (harvest.greeksWaitMs > harvest.timeoutMs) {
    contradiction(
      ['harvest', 'greeksWaitMs'],
      `must not exceed harvest.timeoutMs, which is ${harvest.timeoutMs}`,
    )
  }
  if (harvest.deadlineMarginSeconds * 2 > harvest.intervalSeconds) {
    contradiction(
      ['harvest', 'deadlineMarginSeconds'],
      `must leave at least half of harvest.intervalSeconds, which is ${harvest.intervalSeconds}`,
    )
  }
  const lines = config.gateway.lines ?? (config.gateway.host === null ? config.simulator.lines : null)
  // One line for each underlying, the VIX and the canary, and at least one for contracts.
  if (lines !== null && lines < config.symbols.length + 3) {
    const key = config.gateway.lines === null ? 'simulator' : 'gateway'
    contradiction(
      [key, 'lines'],
      `must be at least ${config.symbols.length + 3} for ${config.symbols.length} symbols`,
    )
  }
  const most = config.symbols.length + 3
  if (lines !== null && lines >= most && (config.bars.maxLines ?? 0) > lines - most) {
    contradiction(
      ['bars', 'maxLines'],
      `must not exceed ${lines - most}: of ${lines} lines, ${most} are the least that a cycle of ${config.symbols.length} symbols needs`,
    )
  }
  const { maxContracts, minContracts, perSecond, seconds } = capacityOf(config)
  if (maxContracts < minContracts) {
    contradiction(
      ['harvest', 'intervalSeconds'],
      `${seconds} s at ${perSecond} messages/s hold ${maxContracts} contracts, and ${config.symbols.length} symbols need at least ${minContracts}: lengthen it, or name fewer symbols`,
    )
  }
  for (const [warn, fail] of HEALTH_LIMITS) {
    if (config.health[fail] < config.health[warn]) {
      contradiction(['health', fail], `must not be below health.${warn}, which is ${config.health[warn]}`)
    }
  }
  if (universe.minStrikeWindowFraction > universe.strikeWindowFraction) {
    contradiction(
      ['universe', 'minStrikeWindowFraction'],
      `must not exceed universe.strikeWindowFraction, which is ${universe.strikeWindowFraction}`,
    )
  }
})

/** What warns first, and then fails. */
const HEALTH_LIMITS = [
  ['delayedWarnFraction', 'delayedFailFraction'],
  ['frozenWarnFraction', 'frozenFailFraction'],
  ['unquotedWarnFraction', 'unquotedFailFraction'],
  ['noBidWarnFraction', 'noBidFailFraction'],
  ['droppedWarnFraction', 'droppedFailFraction'],
  ['incompleteWarnFraction', 'incompleteFailFraction'],
  ['clockWarnSeconds', 'clockFailSeconds'],
] as const

/** Contracts in one short chain: a slot with fewer for a symbol is useless. */
const MIN_CONTRACTS = 200

/** How many contracts a cycle can hold under these settings, before any chain is known. */
function capacityOf(
  config: Pick<z.output<typeof sections>, 'symbols' | 'gateway' | 'harvest' | 'simulator'>,
) {
  const { gateway, harvest, simulator } = config
  const limits = gateway.host === null ? simulator : REAL_GATEWAY
  // A round number for the message: the nominal rate, and the longest time that the last contract may take.
  const wire = {
    messagesPerSecond: gateway.messagesPerSecond ?? limits.messagesPerSecond,
    pacingWindowMs: 1_000,
    lines: gateway.lines ?? limits.lines,
    dwellSeconds: harvest.expectedDwellMs / 1_000,
    tailSeconds: harvest.timeoutMs / 1_000,
  }
  const seconds = harvest.intervalSeconds - harvest.deadlineMarginSeconds
  const { maxContracts } = estimateCycle(0, wire, seconds)
  return {
    maxContracts,
    minContracts: MIN_CONTRACTS * config.symbols.filter(collectsOptions).length,
    perSecond: wire.messagesPerSecond,
    seconds,
  }
}

export type Config = Readonly<z.output<typeof configSchema>>
