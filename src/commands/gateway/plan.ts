import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { type Priced, selectAll, windowCentresOf } from '../../capture/cycle/budget.ts'
import { cycleSeconds } from '../../capture/cycle/deadline.ts'
import type { Chain } from '../../chain/chain.ts'
import { chainCachePath, readChainCache } from '../../chain/chain-cache.ts'
import { describeSkipped, skippedClasses } from '../../chain/collected-classes.ts'
import type { Selection } from '../../chain/contract-budget.ts'
import { discover } from '../../chain/discover.ts'
import { describeExpirations } from '../../chain/expiration.ts'
import { findUnderlying } from '../../chain/find-underlying.ts'
import type { Config } from '../../config/config.ts'
import { lakeFolderOf } from '../../config/lake-folder.ts'
import { openSingleSession, type SingleSession } from '../../daemon/sessions/gateway-source.ts'
import { openUnderlyingStreams, waitForFirstPrices } from '../../harvest/underlying-streams.ts'
import { layoutOf } from '../../lake/layout.ts'
import { openLake } from '../../lake/open.ts'
import {
  bytesPerRow,
  freeBytesOf,
  type PlannedContracts,
  type PlannedGrowth,
  planGrowth,
} from '../../lake/query/growth.ts'
import { systemClock } from '../../market/clock.ts'
import type { OptionContract } from '../../market/contract.ts'
import { collectsFutures, collectsOptions, type Instrument } from '../../market/instrument.ts'
import { instrumentIn } from '../../market/instruments.ts'
import { calendarSessionOn, tradeDateAt } from '../../market/trade-dates.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { PlanAnswer } from '../../schemas/gateway/plan.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { snakeCased } from '../snake-case.ts'
import { openActivity } from '../terminal/activity.ts'
import { amount, bytes, count, describeDisk, fixed, minutesAndSeconds } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'
import {
  type AskedDaemon,
  askDaemon,
  describeDaemon,
  NO_DAEMON,
  plainDaemon,
  type SourceOptions,
} from './ask-daemon.ts'
import { chainsOfDaemon } from './plan-from-daemon.ts'

export function registerPlan(program: Command, signal: AbortSignal): void {
  program
    .command('plan')
    .description(
      'show what a cycle would request, what it costs, whether it fits the interval, and how the lake would grow; stores nothing',
    )
    .option(
      '--ib-limits',
      "enforce Interactive Brokers' limits on the embedded gateway: 50 messages/s, 100 lines",
    )
    .option(...NO_DAEMON)
    .addHelpText(
      'after',
      `
While the daemon of the lake runs, it is asked in place of the gateway: the plan then uses its chains, the prices of its
last slots and its limits, with the settings given here.
A contract costs two messages, a request and a cancel, so rate/2 contracts fit into a second. What does not fit into
the interval is dropped, the far wings first, and shown.

Examples:
  optionlake plan --ib-limits
  optionlake plan --gateway 127.0.0.1:4001 --json`,
    )
    .action((options: SourceOptions, command: Command) =>
      withContext(command, signal, (context) => plan(context, options)),
    )
}

/** The chains and prices with which a cycle would start, and who knows them. */
interface Survey extends Pick<SingleSession, 'description' | 'limits' | 'lakeFolder'> {
  readonly priced: readonly Priced[]
  readonly discovery: Discovery
  /** Null if the gateway was asked. */
  readonly daemon: AskedDaemon | null
  /** What the plan lacks because only the gateway knows it. */
  readonly remarks: readonly string[]
}

async function plan(context: CommandContext, options: SourceOptions): Promise<void> {
  const { config } = context
  const available = cycleSeconds(config)
  openActivity('listing the chains', context.interactive)
  const daemon = await askDaemon(context, options)
  const gateway = daemon ? surveyOfDaemon(daemon, config) : await surveyOfGateway(context, options)
  const { priced, discovery } = gateway
  const { selections, estimate, inWindow } = selectAll(priced, { config, limits: gateway.limits }, available)
  const growth = await growthOf(
    gateway.lakeFolder,
    config.symbols.map((instrument) => ({
      instrument,
      contracts: selections.get(instrument.symbol)?.wanted.length ?? 0,
    })),
    context,
  )
  const rows = priced.flatMap((one) => expirationRows(one, selections.get(one.symbol) as Selection))
  if (context.json) {
    printJson<PlanAnswer>(context, {
      ...{ gateway: gateway.description, daemon: plainDaemon(daemon), limits: snakeCased(gateway.limits) },
      ...{ available_seconds: available, in_window: inWindow, skipped: inWindow - estimate.contracts },
      ...{
        estimate: snakeCased(estimate),
        discovery,
        growth: snakeCased(growth),
        expirations: snakeCased(rows),
      },
      skipped_classes: Object.fromEntries(
        priced.map(({ symbol, chain }) => [
          symbol,
          skippedOf(symbol, chain, config).map((one) => one.tradingClass),
        ]),
      ),
    })
    return
  }
  context.print(
    formatTable(rows, [
      { title: 'symbol', value: (row) => row.symbol },
      { title: 'expiry', value: (row) => row.expiry },
      { title: 'class', leaveOut: 2, value: (row) => row.tradingClass },
      { title: 'days', leaveOut: 1, align: 'right', value: (row) => count(row.days) },
      { title: 'from', align: 'right', value: (row) => fixed(row.lowStrike, 0) },
      { title: 'to', align: 'right', value: (row) => fixed(row.highStrike, 0) },
      { title: 'contracts', align: 'right', value: (row) => count(row.contracts) },
      { title: 'dropped', align: 'right', value: (row) => count(row.dropped) },
    ]),
  )
  const { lines } = gateway.limits
  for (const { symbol, chain } of priced) {
    const skipped = skippedOf(symbol, chain, config).map(describeSkipped)
    if (skipped.length > 0) context.print(`${symbol}: not collected: trading classes ${skipped.join(', ')}`)
    if (chain.unlistedClasses.length > 0)
      context.print(
        `${symbol}: to be collected and not listed: trading classes ${chain.unlistedClasses.join(', ')}`,
      )
  }
  const roots = config.symbols.filter(collectsFutures)
  if (roots.length > 0) context.print(describeFutures(roots))
  context.print(
    `${amount(estimate.contracts, 'contract')} × 2 messages at ${describeRate(gateway.limits)} over ${amount(lines, 'line')}: ` +
      `${minutesAndSeconds(estimate.seconds)} of ${minutesAndSeconds(available)} min, limited by ${estimate.boundBy}; ` +
      (estimate.contracts < inWindow
        ? `over budget: ${count(inWindow - estimate.contracts)} dropped, far wings first`
        : 'fits') +
      `; gateway: ${gateway.description}`,
  )
  context.print(describeDiscovery(discovery, estimate.seconds))
  context.print(describeGrowth(growth))
  for (const remark of gateway.remarks) context.print(remark)
  if (daemon) context.print(describeDaemon(daemon))
}

/** A few streams beside the options, which the budget does not count. */
function describeFutures(roots: readonly Instrument[]): string {
  const each = roots.map(({ symbol, frontMonths }) => `${count(frontMonths)} of ${symbol}`).join(', ')
  return `futures: up to ${each}, in the same slots; not counted below`
}

function surveyOfDaemon(daemon: AskedDaemon, config: Config): Survey {
  const { source: description, origin } = daemon.answer
  const { messages_per_second, pacing_window_ms, lines } = daemon.answer.limits
  const limits = { messagesPerSecond: messages_per_second, pacingWindowMs: pacing_window_ms, lines }
  const priced = chainsOfDaemon(daemon, config)
  const remarks = priced.flatMap(({ symbol, chain }) => {
    const { missing, earlierDate } = chain.completeness
    const isOlder = earlierDate ? [`${symbol}: as listed on ${earlierDate}`] : []
    if (missing.length === 0) return isOlder
    const names = describeExpirations(missing, chain)
    return [
      ...isOlder,
      `${symbol}: not counted, because the daemon does not collect them: ${names}; --no-daemon asks for them`,
    ]
  })
  const requests = priced.reduce((sum, { chain }) => sum + chain.completeness.missing.length, 0)
  const discovery = { requests, seconds: requests === 0 ? 0 : null }
  const lakeFolder = lakeFolderOf(config, origin)
  return { description, limits, priced, discovery, daemon, remarks, lakeFolder }
}

async function surveyOfGateway(context: CommandContext, { ibLimits }: SourceOptions): Promise<Survey> {
  const { config, lifetime, log, signal } = context
  const gateway = await openSingleSession(config, { lifetime, log, signal, ibLimits: ibLimits === true })
  const { description, limits, lakeFolder } = gateway
  const surveyed = await survey(gateway, context)
  return { description, limits, lakeFolder, ...surveyed, daemon: null, remarks: [] }
}

/** How the lake would grow: by its own bytes a row, or without rows by those of the benchmark. */
async function growthOf(
  folder: string,
  planned: readonly PlannedContracts[],
  { config, lifetime }: CommandContext,
): Promise<PlannedGrowth> {
  const hasLake = existsSync(layoutOf(folder).log)
  const lake = hasLake ? await openLake(folder, { mode: 'read', clock: systemClock }) : null
  if (lake) lifetime.onClose(() => lake.close())
  const perRow = await bytesPerRow(lake)
  const freeBytes = await freeBytesOf(folder)
  return planGrowth(planned, { grid: config.harvest, perRow, freeBytes })
}

const BASES: Readonly<Record<PlannedGrowth['basis'], string>> = {
  compacted_days: 'as in the compacted days of this lake',
  slot_files: 'as in this lake, of which no day is compacted yet; compaction makes them fewer',
  benchmark: 'as the benchmark measured, because this lake has no rows yet',
}

function describeGrowth(growth: PlannedGrowth): string {
  return (
    `the lake grows by ${amount(growth.rowsPerDay, 'row')} and ${bytes(growth.bytesPerDay)} a session, ` +
    `${bytes(growth.bytesPerYear)} a year, at ${fixed(growth.bytesPerRow, 1)} bytes a row ${BASES[growth.basis]}; ` +
    describeDisk(growth)
  )
}

/** The rate that the session keeps: a window longer than a second allows for a gateway that reads late. */
function describeRate({ messagesPerSecond, pacingWindowMs }: SingleSession['limits']): string {
  const perSecond = (messagesPerSecond * 1_000) / pacingWindowMs
  return `${perSecond < 100 ? fixed(perSecond, 1) : count(Math.round(perSecond))}/s`
}

/** Contract details that are not in the cache of the day. */
interface Discovery {
  readonly requests: number
  /** How long they took now; null if the gateway was not asked for them. */
  readonly seconds: number | null
}

function describeDiscovery({ requests, seconds }: Discovery, harvestSeconds: number): string {
  if (requests === 0) return 'discovery: the contract details of the day are cached, nothing is requested'
  if (seconds === null) return `discovery: ${count(requests)} contract details are not cached yet`
  return (
    `discovery: ${count(requests)} contract details are not cached; they took ${fixed(seconds, 1)} s now, so the first slot ` +
    `of a day takes ${minutesAndSeconds(seconds + harvestSeconds)} where they are not requested before the opening`
  )
}

/** The chains and prices with which a cycle would start. */
async function survey(
  gateway: SingleSession,
  { config, signal }: CommandContext,
): Promise<{ priced: Priced[]; discovery: Discovery }> {
  const { session, clock } = gateway
  const { contracts } = layoutOf(gateway.lakeFolder)
  const underlyings = await Promise.all(
    config.symbols.filter(collectsOptions).map((one) => findUnderlying(session, one, signal)),
  )
  const streams = openUnderlyingStreams(underlyings, { clock, signal })
  await streams.attach(session)
  await waitForFirstPrices(streams)
  const startedAtMs = clock.monotonicMs()
  let requests = 0
  const priced = await Promise.all(
    underlyings.map(async (underlying): Promise<Priced> => {
      const { symbol } = underlying
      if (streams.price(symbol) === null) {
        const why = streams.notice(symbol)?.message ?? 'it sent no price'
        throw new Failure(EXIT.tryLater, `no price for ${symbol} from ${gateway.description}: ${why}`)
      }
      const instrument = instrumentIn(config.symbols, symbol)
      const today = tradeDateAt(clock.now(), (date) => calendarSessionOn(date, instrument.calendar))
      const cached = readChainCache(chainCachePath(contracts, symbol))
      const chain = await discover(session, underlying, {
        ...{ today, cached, signal },
        options: config.universe,
        instrument,
      })
      const { listings } = chain.cache
      requests += [...listings].filter(([key, one]) => one !== cached?.listings.get(key)).length
      if (chain.underlyings.length > 1) {
        await Promise.all(chain.underlyings.map((one) => streams.open(one, session)))
        await waitForFirstPrices(streams, symbol)
      }
      return { symbol, chain, spots: windowCentresOf(chain, streams) }
    }),
  )
  const seconds = (clock.monotonicMs() - startedAtMs) / 1_000
  return { priced, discovery: { requests, seconds: requests === 0 ? 0 : seconds } }
}

function skippedOf(symbol: string, { cache }: Chain, config: Config) {
  return skippedClasses(cache.classes, instrumentIn(config.symbols, symbol))
}

function expirationRows({ symbol, chain }: Priced, { wanted, skipped }: Selection) {
  return chain.expirations.map(({ expiry, tradingClass, days }) => {
    const isOwn = (one: OptionContract) => one.expiry === expiry && one.tradingClass === tradingClass
    const own = wanted.filter(isOwn)
    const strikes = own.map(({ strike }) => strike)
    return {
      symbol,
      expiry,
      tradingClass,
      days,
      lowStrike: strikes.length > 0 ? Math.min(...strikes) : null,
      highStrike: strikes.length > 0 ? Math.max(...strikes) : null,
      contracts: own.length,
      dropped: skipped.filter(isOwn).length,
    }
  })
}
