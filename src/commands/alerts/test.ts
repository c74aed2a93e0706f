import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Command } from 'commander'
import type { Outcome } from '../../alerts/delivery.ts'
import { testMessage } from '../../alerts/message.ts'
import { createReceivers, type Receiver } from '../../alerts/receivers.ts'
import { systemClock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { suggest } from '../../process/suggest.ts'
import type { AlertsTestAnswer } from '../../schemas/alerts/test.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { amount } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

export function registerTest(command: Command, signal: AbortSignal): void {
  command
    .argument('[receiver]', 'only this receiver (default: all)')
    .addHelpText(
      'after',
      `
One attempt each, with the secrets of this shell's environment; the daemon's own may
differ. Ends with 69 if a message did not arrive.

Examples:
  optionlake alerts test
  optionlake alerts test phone --json`,
    )
    .action((name: string | undefined, _: unknown, own: Command) =>
      withContext(own, signal, (context) => test(context, name ?? null)),
    )
}

interface Result {
  readonly receiver: Receiver
  readonly outcome: Outcome
  readonly seconds: number
}

async function test(context: CommandContext, name: string | null): Promise<void> {
  const { config, signal, json } = context
  const receivers = chosen(createReceivers(config.alerts, process.env), name)
  const at = systemClock.now()
  const sender = {
    name: config.alerts.sender ?? hostname(),
    source: config.gateway.host === null ? ('simulated' as const) : ('ib' as const),
  }
  const message = testMessage({ id: randomUUID(), at, sender })
  const results = await Promise.all(
    receivers.map(async (receiver): Promise<Result> => {
      const startedMs = performance.now()
      const outcome = await receiver.deliver(message, { unixSeconds: Math.floor(at / 1_000), signal })
      return { receiver, outcome, seconds: (performance.now() - startedMs) / 1_000 }
    }),
  )
  if (json) printJson<AlertsTestAnswer>(context, { receivers: results.map(plainResult) })
  else printTable(context, results)
  const failed = results.filter(({ outcome }) => outcome.kind === 'failed')
  if (failed.length > 0) {
    const names = failed.map(({ receiver }) => receiver.name).join(', ')
    throw new Failure(EXIT.unreachable, `the test message did not reach ${names}: see docs/alerts.md`)
  }
}

function chosen(receivers: readonly Receiver[], name: string | null): readonly Receiver[] {
  if (receivers.length === 0) {
    throw new Failure(
      EXIT.configuration,
      'alerts.receivers is empty: name who is to be told, see docs/alerts.md',
    )
  }
  if (name === null) return receivers
  const named = receivers.filter((receiver) => receiver.name === name)
  if (named.length > 0) return named
  const names = receivers.map((receiver) => receiver.name)
  throw new Failure(
    EXIT.usage,
    `no receiver "${name}" in alerts.receivers; did you mean ${suggest(name, names)}? Known here: ${names.join(', ')}`,
  )
}

function plainResult({ receiver: { name, kind, target }, outcome, seconds }: Result) {
  const isDelivered = outcome.kind === 'delivered'
  return {
    ...{ name, kind, target, delivered: isDelivered, seconds: Math.round(seconds * 1_000) / 1_000 },
    reason: isDelivered ? null : outcome.reason,
    detail: isDelivered ? null : outcome.detail,
  }
}

function printTable({ print }: CommandContext, results: readonly Result[]): void {
  print(
    formatTable(results.map(plainResult), [
      {
        title: '',
        tone: ({ delivered }) => (delivered ? null : 'bad'),
        value: ({ delivered }) => (delivered ? '✓' : '✗'),
      },
      { title: 'receiver', value: ({ name }) => name },
      { title: 'to', shortenTo: 12, value: ({ target }) => target },
      { title: 'seconds', align: 'right', value: ({ seconds }) => seconds.toFixed(1) },
      {
        title: 'result',
        wraps: true,
        value: ({ reason, detail }) =>
          reason === null ? 'delivered' : detail === null ? reason : `${reason}: ${detail}`,
      },
    ]),
  )
  const delivered = results.filter(({ outcome }) => outcome.kind === 'delivered').length
  print(`\n${delivered} of ${amount(results.length, 'message')} delivered`)
}
