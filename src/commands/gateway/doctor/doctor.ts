import { resolve } from 'node:path'
import type { Command } from 'commander'
import { lakeFolderOf } from '../../../config/lake-folder.ts'
import { openSingleSession } from '../../../daemon/sessions/gateway-source.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { DoctorAnswer } from '../../../schemas/gateway/doctor.ts'
import { type CommandContext, withContext } from '../../context.ts'
import { printJson } from '../../print-json.ts'
import { openActivity } from '../../terminal/activity.ts'
import { formatTable } from '../../terminal/table.ts'
import {
  type AskedDaemon,
  askDaemon,
  describeDaemon,
  NO_DAEMON,
  plainDaemon,
  type SourceOptions,
} from '../ask-daemon.ts'
import { exitCodeOf } from './answered.ts'
import { type Check, failed, isCheck, passed } from './check.ts'
import { daemonChecks } from './daemon-checks.ts'
import { figuresCheck } from './figures-check.ts'
import { clockCheck, gatewayCheck, limitsCheck } from './gateway-checks.ts'
import { lakeFolderCheck } from './lake-folder-check.ts'
import { marketDataChecks } from './market-data-checks.ts'

const MARKS = { ok: '✓', warn: '!', fail: '✗' } as const
const TONES = { ok: null, warn: 'warning', fail: 'bad' } as const

export function registerDoctor(program: Command, signal: AbortSignal): void {
  program
    .command('doctor')
    .description(
      'check the set-up: gateway, clock, market data, history, a sample contract, lake folder, limits',
    )
    .option(
      '--ib-limits',
      "enforce Interactive Brokers' limits on the embedded gateway: 50 messages/s, 100 lines",
    )
    .option(...NO_DAEMON)
    .addHelpText(
      'after',
      `
Stores nothing. The exit code is that of the first check that fails; warnings end with 0.
While the daemon of the lake runs, it is asked in place of the gateway: a second session would take messages and lines
from it.

Examples:
  optionlake doctor
  optionlake doctor --gateway 127.0.0.1:4001 --json`,
    )
    .action((options: SourceOptions, command: Command) =>
      withContext(command, signal, (context) => examine(context, options)),
    )
}

/** The checks, and who answered them. */
interface Examination {
  readonly checks: readonly Check[]
  /** Human-readable; null if it could not be reached. */
  readonly gateway: string | null
  readonly daemon: AskedDaemon | null
}

async function examine(context: CommandContext, options: SourceOptions): Promise<void> {
  openActivity('checking the set-up', context.interactive)
  const daemon = await askDaemon(context, options)
  const examination = daemon
    ? {
        daemon,
        gateway: daemon.answer.source,
        checks: await daemonChecks(daemon.answer, context.config),
      }
    : await examineGateway(context, options)
  const { gateway } = examination
  const checks = [configurationCheck(context), ...examination.checks]
  if (context.json) {
    const plain = checks.map(({ exitCode, ...check }) => ({ ...check, exit_code: exitCode ?? null }))
    printJson<DoctorAnswer>(context, { gateway, daemon: plainDaemon(daemon), checks: plain })
  } else printChecks(context, { ...examination, checks })
  const first = checks.find(({ status }) => status === 'fail')
  if (first)
    throw new Failure(first.exitCode ?? EXIT.tryLater, `${first.name}: ${first.found}; ${first.advice}`)
}

function configurationCheck({ configFile }: CommandContext): Check {
  const found = configFile === null ? 'no file: defaults, environment and command line' : resolve(configFile)
  return passed('configuration', found)
}

async function examineGateway(
  { config, lifetime, log, signal }: CommandContext,
  { ibLimits }: SourceOptions,
): Promise<Examination> {
  const gateway = await openSingleSession(config, {
    lifetime,
    log,
    signal,
    ibLimits: ibLimits === true,
  }).catch((error: unknown) => {
    const exitCode = signal.aborted ? null : exitCodeOf(error)
    if (exitCode === null) throw error
    return failed(
      'gateway',
      (error as Error).message,
      'correct this first: the other checks need the gateway',
      exitCode,
    )
  })
  if (isCheck(gateway)) {
    const folder = lakeFolderOf(config, 'ib')
    const checks = [gateway, await lakeFolderCheck(folder), ...(await figuresCheck(folder))]
    return { daemon: null, gateway: null, checks }
  }
  const clock = await clockCheck(gateway, { config, signal })
  // A gateway that does not even tell its time is not waited for as long.
  const atMostMs = clock.status === 'fail' ? config.gateway.requestTimeoutMs : Number.POSITIVE_INFINITY
  const marketData = await marketDataChecks(gateway, { config, signal, atMostMs })
  const lakeFolder = await lakeFolderCheck(gateway.lakeFolder)
  const figures = await figuresCheck(gateway.lakeFolder)
  const checks = [gatewayCheck(gateway), clock, ...marketData, lakeFolder, ...figures, limitsCheck(gateway)]
  signal.throwIfAborted()
  return { daemon: null, gateway: gateway.description, checks }
}

function printChecks({ print }: CommandContext, { checks, gateway, daemon }: Examination): void {
  print(
    formatTable(checks, [
      { title: '', tone: ({ status }) => TONES[status], value: ({ status }) => MARKS[status] },
      { title: 'check', value: ({ name }) => name },
      { title: 'found', wraps: true, value: ({ found }) => found },
    ]),
  )
  for (const { name, status, advice } of checks) {
    if (status !== 'ok') print(`${status}: ${name}: ${advice}`)
  }
  if (gateway !== null) print(`gateway: ${gateway}`)
  if (daemon) print(describeDaemon(daemon))
}
