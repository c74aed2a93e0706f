import type { Command } from 'commander'
import { lakeFolderOf } from '../../../config/lake-folder.ts'
import { openSingleSession } from '../../../daemon/gateway-source.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { type CommandContext, withContext } from '../../context.ts'
import { formatTable } from '../../terminal/table.ts'
import { type Check, failed } from './check.ts'
import { clockCheck, gatewayCheck, limitsCheck } from './gateway-checks.ts'
import { lakeFolderCheck } from './lake-folder-check.ts'
import { marketDataChecks } from './market-data-checks.ts'

const MARKS = { ok: '✓', warn: '!', fail: '✗' } as const

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
    .addHelpText(
      'after',
      `
Stores nothing. The exit code is that of the first check that fails; warnings end with 0.

Examples:
  optionlake doctor
  optionlake doctor --gateway 127.0.0.1:4001 --json`,
    )
    .action((options: { ibLimits?: true }, command: Command) =>
      withContext(command, signal, (context) => examine(context, options.ibLimits === true)),
    )
}

async function examine(context: CommandContext, ibLimits: boolean): Promise<void> {
  const { gateway, checks } = await runChecks(context, ibLimits)
  if (context.json) context.print(JSON.stringify({ gateway, checks }))
  else printChecks(context, checks, gateway)
  const first = checks.find(({ status }) => status === 'fail')
  if (first)
    throw new Failure(first.exitCode ?? EXIT.tryLater, `${first.name}: ${first.found}; ${first.advice}`)
}

async function runChecks(
  { config, lifetime, log, signal }: CommandContext,
  ibLimits: boolean,
): Promise<{ gateway: string | null; checks: readonly Check[] }> {
  const gateway = await openSingleSession(config, { lifetime, log, signal, ibLimits }).catch(
    (error: unknown) => {
      if (error instanceof Failure) return error
      throw error
    },
  )
  if (gateway instanceof Failure) {
    const { message, exitCode } = gateway
    const checks = [
      failed('gateway', message, 'the other checks need it', exitCode),
      await lakeFolderCheck(lakeFolderOf(config, 'ib')),
    ]
    return { gateway: null, checks }
  }
  const clock = await clockCheck(gateway, { config, signal })
  // A gateway that does not even tell its time is not waited for as long.
  const atMostMs = clock.status === 'fail' ? config.gateway.requestTimeoutMs : Number.POSITIVE_INFINITY
  const checks = [
    gatewayCheck(gateway),
    clock,
    ...(await marketDataChecks(gateway, { config, signal, atMostMs })),
    await lakeFolderCheck(gateway.lakeFolder),
    limitsCheck(gateway),
  ]
  signal.throwIfAborted()
  return { gateway: gateway.description, checks }
}

function printChecks({ print }: CommandContext, checks: readonly Check[], gateway: string | null): void {
  print(
    formatTable(checks, [
      { title: '', value: ({ status }) => MARKS[status] },
      { title: 'check', value: ({ name }) => name },
      { title: 'found', value: ({ found }) => found },
    ]),
  )
  for (const { name, status, advice } of checks) {
    if (status !== 'ok') print(`${status}: ${name}: ${advice}`)
  }
  if (gateway !== null) print(`gateway: ${gateway}`)
}
