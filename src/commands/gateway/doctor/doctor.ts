import { accessSync, constants, existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { discover, findUnderlying, findVix } from '../../../chain/discover.ts'
import type { Config } from '../../../config/config.ts'
import { lakeFolderOf } from '../../../config/lake-folder.ts'
import { openSingleSession, type SingleSession } from '../../../daemon/gateway-source.ts'
import { collect } from '../../../harvest/collect.ts'
import { plan } from '../../../harvest/plan.ts'
import { openUnderlyingStreams } from '../../../harvest/underlyings.ts'
import { newYorkDate } from '../../../market/calendar.ts'
import { systemClock } from '../../../market/clock.ts'
import type { Underlying } from '../../../market/contract.ts'
import { addDays, type EpochMs, type SessionDate } from '../../../market/units.ts'
import { EXIT, type ExitCode, Failure } from '../../../process/failure.ts'
import { type CommandContext, withContext } from '../../context.ts'
import { bytes, count, fixed, formatTable } from '../../terminal/table.ts'

/** One question and its answer. */
interface Check {
  readonly name: string
  readonly status: 'ok' | 'warn' | 'fail'
  /** What was found, with its numbers. */
  readonly found: string
  /** What to do about it; empty where it is ok. */
  readonly advice: string
  /** The code that a failed check ends the command with. */
  readonly exitCode?: ExitCode
}

const HISTORY_DAYS = 365
/** Bars that the 50-day average of the trend needs. */
const TREND_BARS = 50
const MAX_CLOCK_ERROR_MS = 2_000
const LOW_DISK_BYTES = 5e9
const WAIT_MS = 5_000

export function registerDoctor(program: Command, signal: AbortSignal): void {
  program
    .command('doctor')
    .description(
      'preflight: gateway, entitlements, history, a sample contract, lines, lake folder, disk, clock',
    )
    .option('--ib-limits', "keep Interactive Brokers' real limits on the embedded gateway")
    .addHelpText(
      'after',
      '\nExamples:\n  optionlake doctor\n  optionlake doctor --gateway 127.0.0.1:4001 --json',
    )
    .action((options: { ibLimits?: true }, command: Command) =>
      withContext(command, signal, (context) => examine(context, options.ibLimits === true)),
    )
}

async function examine(context: CommandContext, ibLimits: boolean): Promise<void> {
  const { config, lifetime, log, signal } = context
  const gateway = await openSingleSession(config, { lifetime, log, signal, ibLimits }).catch(
    (error: unknown) => {
      if (error instanceof Failure) return error
      throw error
    },
  )
  const checks: Check[] =
    gateway instanceof Failure
      ? [unreachableCheck(gateway), await diskCheck(lakeFolderOf(config, 'ib'))]
      : [
          gatewayCheck(gateway),
          await clockCheck(gateway, config),
          ...(await marketChecks(gateway, context)),
          await diskCheck(gateway.lakeFolder),
          wireCheck(gateway),
        ]
  const description = gateway instanceof Failure ? null : gateway.description
  if (context.json) context.print(JSON.stringify({ gateway: description, checks }))
  else {
    context.print(
      formatTable(checks, [
        { title: '', value: ({ status }) => ({ ok: '✓', warn: '!', fail: '✗' })[status] },
        { title: 'check', value: ({ name }) => name },
        { title: 'found', value: ({ found }) => found },
      ]),
    )
    for (const { name, status, advice } of checks)
      if (status !== 'ok') context.print(`${status}: ${name}: ${advice}`)
    if (description !== null) context.print(`gateway: ${description}`)
  }
  const failed = checks.find(({ status }) => status === 'fail')
  if (failed)
    throw new Failure(failed.exitCode ?? EXIT.tryLater, `${failed.name}: ${failed.found}; ${failed.advice}`)
}

const ok = (name: string, found: string): Check => ({ name, status: 'ok', found, advice: '' })

/** The gateway's word that its version will soon be refused. */
const OUTDATED = 2172

function gatewayCheck({ session }: SingleSession): Check {
  const { endpoint, serverVersion, accounts } = session
  const found = `${endpoint}, server version ${serverVersion}, ${accounts.length} account(s)`
  if (session.counters().notices[OUTDATED] === undefined) return ok('gateway', found)
  return {
    name: 'gateway',
    status: 'warn',
    found,
    advice: 'its version will soon be refused: install a newer one',
  }
}

function unreachableCheck({ message, exitCode }: Failure): Check {
  return { name: 'gateway', status: 'fail', found: message, advice: 'the other checks need it', exitCode }
}

async function clockCheck({ session, embedded }: SingleSession, config: Config): Promise<Check> {
  const sentAt = systemClock.now()
  const gatewayAt = await session.currentTime()
  // The gateway answers in whole seconds: the middle of that second is compared with the middle of the round trip.
  const errorMs = gatewayAt + 500 - (sentAt + systemClock.now()) / 2
  const found = `gateway ${new Date(gatewayAt).toISOString()}, this machine ${fixed(-errorMs / 1_000, 1)} s ahead`
  if (embedded || config.clock === 'gateway') return ok('clock', `${found}; the gateway's time is used`)
  if (Math.abs(errorMs) <= MAX_CLOCK_ERROR_MS) return ok('clock', found)
  return { name: 'clock', status: 'warn', found, advice: 'set this machine by NTP, or use --clock gateway' }
}

async function marketChecks(
  gateway: SingleSession,
  { config, signal, log }: CommandContext,
): Promise<Check[]> {
  const { session, clock } = gateway
  const stocks = await Promise.all(config.symbols.map((symbol) => findUnderlying(session, symbol, signal)))
  const vix = await findVix(session, signal)
  const streams = openUnderlyingStreams(vix ? [...stocks, vix] : stocks, { clock, signal })
  await streams.attach(session)
  await streams.settled('all', WAIT_MS)
  const checks: Check[] = []
  for (const { symbol } of stocks) {
    const price = streams.price(symbol)?.price ?? null
    const vol = streams.impliedVol30Fraction(symbol)
    checks.push(
      price === null
        ? {
            name: `${symbol} price`,
            status: 'fail',
            found: streams.notice(symbol)?.message ?? 'none came',
            advice: 'subscribe to its market data for this account, and end competing sessions',
          }
        : ok(
            `${symbol} price`,
            `$${fixed(price, 2)}, 30-day implied volatility ${fixed(vol === null ? null : vol * 100, 1)} %`,
          ),
    )
  }
  checks.push(vixCheck(streams.price('VIX')?.price ?? null, streams.notice('VIX')?.message ?? null))
  for (const stock of stocks) checks.push(...(await historyChecks(gateway, stock, signal)))
  const [first] = stocks
  const price = first && streams.price(first.symbol)
  if (first && price) checks.push(await contractCheck(gateway, { underlying: first, price, config, signal }))
  streams.close()
  log.debug({ checks: checks.length }, 'market checked')
  return checks
}

function vixCheck(level: number | null, notice: string | null): Check {
  if (level !== null) return ok('VIX', `${fixed(level, 2)} points`)
  return {
    name: 'VIX',
    status: 'warn',
    found: notice ?? 'no level came',
    advice: 'the VIX column stays empty without the Cboe index subscription',
  }
}

/** What trend and IV rank will be computed from. */
async function historyChecks(
  { session }: SingleSession,
  stock: Underlying,
  signal: AbortSignal,
): Promise<Check[]> {
  const inputs = [
    { name: `${stock.symbol} trend input`, what: 'TRADES', needed: TREND_BARS },
    { name: `${stock.symbol} IV history input`, what: 'OPTION_IMPLIED_VOLATILITY', needed: TREND_BARS },
  ] as const
  const checks: Check[] = []
  for (const { name, what, needed } of inputs) {
    const bars = await session.dailyBars(stock, { days: HISTORY_DAYS, what }, signal)
    const last = bars.at(-1)
    const found = last
      ? `${count(bars.length)} daily bars to ${last.date}, last close ${fixed(last.close, 4)}`
      : 'no bars'
    const advice = 'rank and trend stay empty until enough history is stored'
    checks.push(bars.length >= needed ? ok(name, found) : { name, status: 'warn', found, advice })
  }
  return checks
}

interface SampleInput {
  readonly underlying: Underlying
  readonly price: { readonly price: number; readonly at: EpochMs }
  readonly config: Config
  readonly signal: AbortSignal
}

/** Lists the nearest expiration and streams the option at the money until it is complete. */
async function contractCheck({ session, clock }: SingleSession, input: SampleInput): Promise<Check> {
  const { underlying, price, config, signal } = input
  const today: SessionDate = newYorkDate(clock.now())
  const options = { ...config.universe, policy: 'plain' as const, plainExpirations: 1, maxDaysToExpiry: 60 }
  const chain = await discover(session, underlying, { today: addDays(today, 1), options, kept: null, signal })
  const [contract] = plan(chain.contracts, price.price)
  const name = 'sample contract'
  if (!contract)
    return {
      name,
      status: 'fail',
      found: `no option on ${underlying.symbol} is listed`,
      advice: 'see optionlake plan',
    }
  const startedAtMs = clock.monotonicMs()
  const { timeoutMs } = config.harvest
  const { answered } = await collect(
    session,
    {
      symbol: underlying.symbol,
      order: [contract],
      openInterest: new Map(),
      underlyingPrice: () => price,
    },
    {
      clock,
      waits: { greeksWaitMs: timeoutMs, timeoutMs, deadlineAtMs: Number.POSITIVE_INFINITY },
      signal,
    },
  )
  const label = `${underlying.symbol} ${contract.expiry} ${contract.strike} ${contract.right}`
  const [quote] = answered.map((one) => one.quote)
  if (!quote) {
    return {
      name,
      status: 'fail',
      found: `${label} said nothing`,
      advice: 'subscribe to OPRA options data for this account',
    }
  }
  const iv = quote.greeks?.impliedVolFraction ?? null
  const found =
    `${label}: bid ${fixed(quote.numbers.bid ?? null, 2)}, ask ${fixed(quote.numbers.ask ?? null, 2)}, ` +
    `IV ${fixed(iv === null ? null : iv * 100, 1)} %, ${quote.dataType ?? 'kind of data unknown'}, ` +
    `${fixed((clock.monotonicMs() - startedAtMs) / 1_000, 2)} s`
  if (quote.dataType !== 'live') {
    return {
      name,
      status: 'warn',
      found,
      advice: 'data are not live: check the subscription and competing sessions',
    }
  }
  return iv === null
    ? { name, status: 'warn', found, advice: 'no model greeks came in time' }
    : ok(name, found)
}

async function diskCheck(folder: string): Promise<Check> {
  const name = 'lake folder'
  let existing = resolve(folder)
  while (!existsSync(existing)) existing = dirname(existing)
  try {
    accessSync(existing, constants.W_OK)
  } catch {
    return {
      name,
      status: 'fail',
      found: `${existing} is not writable`,
      advice: 'choose another with --lake, or change its owner',
      exitCode: EXIT.cannotCreate,
    }
  }
  const { bavail, bsize } = await statfs(existing)
  const free = bavail * bsize
  const found = `${resolve(folder)}, ${bytes(free)} free`
  if (free >= LOW_DISK_BYTES) return ok(name, found)
  return { name, status: 'warn', found, advice: `a year of three chains takes about ${bytes(2.6e9)}` }
}

function wireCheck({ session, limits }: SingleSession): Check {
  const { linesInUse, peakMessagesPerSecond } = session.counters()
  return ok(
    'limits',
    `${count(limits.messagesPerSecond)} messages/s (peak ${count(peakMessagesPerSecond)}), ${count(limits.lines)} lines (${linesInUse} in use)`,
  )
}
