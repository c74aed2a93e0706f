import type { Command } from 'commander'
import { configuredTarget, levelsOf } from '../../alerts/receivers.ts'
import { type DaemonAlerts, findDaemonAlerts } from '../../daemon/running-daemon.ts'
import { epochMs } from '../../market/units.ts'
import type { AlertsListAnswer } from '../../schemas/alerts/list.ts'
import type { AlertReceiverStatus } from '../../schemas/http/alerts.ts'
import { CHECK_NAMES } from '../../serve/health/check.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { snakeCased } from '../snake-case.ts'
import { dateAndTime } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

export function registerList(command: Command, signal: AbortSignal): void {
  command
    .addHelpText(
      'after',
      `
Reads no secrets. What became of the messages is asked of the running daemon of this
lake; without one the settings are shown alone.

Examples:
  optionlake alerts list
  optionlake alerts list --json`,
    )
    .action((_: unknown, own: Command) => withContext(own, signal, list))
}

async function list(context: CommandContext): Promise<void> {
  const { config, json, print, printStatus } = context
  const daemon = await findDaemonAlerts(config)
  const known = daemon.kind === 'found' ? daemon.answer.receivers : []
  const receivers = config.alerts.receivers.map((receiver) => {
    const state = known.find(({ name }) => name === receiver.name) ?? null
    return {
      name: receiver.name,
      kind: receiver.webhook === undefined ? ('command' as const) : ('webhook' as const),
      target: state?.target ?? configuredTarget(receiver),
      levels: Object.fromEntries(levelsOf(config.alerts, receiver)),
      state,
    }
  })
  if (json) {
    return printJson<AlertsListAnswer>(context, {
      daemon: daemon.kind === 'found' ? daemon.url : null,
      receivers: receivers.map(({ state, ...one }) => ({ ...one, state: state && snakeCased(state) })),
    })
  }
  if (receivers.length === 0) {
    return print('no receivers: nobody is told when health changes. See docs/alerts.md for alerts.receivers')
  }
  printTable(context, receivers)
  printStatus(`\n${sourceWords(daemon)}`)
}

interface ListedReceiver {
  readonly name: string
  readonly kind: 'webhook' | 'command'
  readonly target: string | null
  readonly levels: Readonly<Record<string, string>>
  readonly state: AlertReceiverStatus | null
}

function printTable({ print }: CommandContext, receivers: readonly ListedReceiver[]): void {
  const ofState = (text: (state: AlertReceiverStatus) => string) => (one: ListedReceiver) =>
    one.state === null ? '–' : text(one.state)
  print(
    formatTable(receivers, [
      { title: 'receiver', value: ({ name }) => name },
      { title: 'kind', leaveOut: 3, value: ({ kind }) => kind },
      { title: 'to', shortenTo: 12, value: ({ target }) => target ?? 'from the environment or a file' },
      { title: 'sent', align: 'right', value: ofState(({ sent }) => String(sent)) },
      {
        title: 'held back',
        leaveOut: 1,
        align: 'right',
        value: ofState(({ held_back }) => String(held_back)),
      },
      { title: 'waiting', leaveOut: 2, align: 'right', value: ofState(({ pending }) => String(pending)) },
      {
        title: 'last',
        value: ofState(({ last_sent_at }) => (last_sent_at === null ? '–' : timeWords(last_sent_at))),
      },
      { title: 'state', wraps: true, value: ofState(stateWords) },
    ]),
  )
  for (const { name, levels } of receivers) print(`\n${name} is told of ${levelWords(levels)}`)
}

function stateWords({ problem, told }: AlertReceiverStatus): string {
  if (problem !== null) return `not delivered since ${timeWords(problem.since)}: ${problem.message}`
  if (told.length === 0) return 'ok'
  return `told: ${told.map(({ check, status }) => `${check} ${status}`).join(', ')}`
}

function timeWords(iso: string): string {
  return dateAndTime(epochMs(Date.parse(iso)))
}

/** `failures; warnings too: operations, alerts; never: surface`. */
function levelWords(levels: ListedReceiver['levels']): string {
  const names = (wanted: string) => CHECK_NAMES.filter((name) => levels[name] === wanted)
  const [warn, fail, never] = [names('warn'), names('fail'), names('never')]
  const silent = never.length === 0 ? [] : [`never of ${never.join(', ')}`]
  if (fail.length === 0) return ['warnings and failures', ...silent].join('; ')
  const early = warn.length === 0 ? [] : [`warnings too of ${warn.join(', ')}`]
  return ['failures', ...early, ...silent].join('; ')
}

function sourceWords(daemon: DaemonAlerts): string {
  if (daemon.kind === 'found') return `asked the daemon at ${daemon.url}`
  return daemon.kind === 'none'
    ? 'no daemon of this lake is running: what became of messages is not known'
    : `what became of messages is not known: ${daemon.why}`
}
