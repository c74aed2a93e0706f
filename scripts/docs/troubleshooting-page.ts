import { meaningOf, type OrderNoticeMeaning } from '../../src/gateway/orders/order-codes.ts'
import { endsRequest, NOTICES, type NoticeRule } from '../../src/gateway/session/notices.ts'
import { EXIT } from '../../src/process/failure.ts'
import { adviceFor } from '../../src/serve/health/advice.ts'
import { SLOT_REASONS } from '../../src/snapshot/ledger.ts'
import { NOTICE_MEANINGS } from './notice-meanings.ts'

const INTRODUCTION = `# Troubleshooting

What to do when something is wrong, by what you see. Begin with the program's own opinion:

\`\`\`sh
optionlake run                            # if it is not running already; Ctrl+C ends it
curl http://127.0.0.1:8787/health         # each check with its reason, the gateway's words, and what to do
optionlake doctor                         # everything that a slot needs, step by step; every line that is not a tick says what to do
optionlake status                         # which slots are missing or partial, and why
optionlake verify                         # every byte of the lake
\`\`\`

Symptoms of the service are in [operations.md](operations.md#troubleshooting), those of a gateway that is being set up in
[gateway-setup.md](gateway-setup.md). This page is generated from the code's own tables by \`npm run docs\`.

- [Codes of Interactive Brokers](#codes-of-interactive-brokers)
- [Exit codes](#exit-codes)
- [Reasons of slots and of health](#reasons-of-slots-and-of-health)
`

const CODES = `## Codes of Interactive Brokers

The gateway answers with numbers. Every number that the program knows is here; others are kept as \`unknown\`, written into the log,
counted in \`optionlake_gateway_notices_total\`, and never guessed at. "Meaning" is in our words: most from IB's
documentation of the API, some from general knowledge of it. Not one of them was seen from a live account by this project.

| code | kind | meaning | what optionlake does | what you do |
| --- | --- | --- | --- | --- |`

const EXIT_CODES = `## Exit codes

After \`sysexits.h\`; a command that a signal has ended has 128 and the number of the signal. The line on standard error names the
thing, the value and what to do; with \`--json\` it is one JSON object.

| code | name | when | what you do |
| --- | --- | --- | --- |`

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, readonly [when: string, act: string]>> = {
  ok: ['done; also a slot that is stored in part, with a warning', 'nothing'],
  internal: ['a defect of the program, with its stack', 'report it with the stack'],
  usage: ['an unknown command, option, value or symbol', 'see `--help`; the message names what is legal'],
  unreachable: [
    'nothing answers at the gateway’s host and port',
    'start the gateway; check `gateway.host` and `gateway.port`',
  ],
  cannotCreate: ['a folder cannot be created or written', 'check its owner and mode'],
  io: ['reading or writing failed: a full or broken disk, a damaged file', 'free space; `optionlake verify`'],
  tryLater: [
    'locked by another run, out of market hours at a real gateway, or no answer in time',
    'wait, and run it again',
  ],
  refused: [
    'the gateway or the account refuses: client id in use, an account that is not listed',
    'choose another `--client-id`; list the account',
  ],
  configuration: [
    'the configuration, or a lake of another kind or a newer program',
    'the message names the key, the value and what is legal',
  ],
  interrupted: ['Ctrl+C cut the work off; what had come is stored', 'nothing, or run it again'],
  terminated: ['SIGTERM cut the work off; what had come is stored', 'nothing, or run it again'],
}

const REASONS = `## Reasons of slots and of health

\`optionlake status\`, \`/api/slots\` and the checks of \`/health\` name one of these reasons; [the data dictionary](data-dictionary.md#reasons)
says what each means. The advice is that of \`/health\`.

| reason | what you do |
| --- | --- |`

/**
 * The page docs/troubleshooting.md.
 * @throws Error naming a code without a text.
 */
export function troubleshootingPage(): string {
  const codes = [...NOTICES].toSorted(([a], [b]) => a - b).map(([code, rule]) => codeRow(code, rule))
  const exits = (Object.keys(EXIT) as (keyof typeof EXIT)[])
    .toSorted((a, b) => EXIT[a] - EXIT[b])
    .map((name) => row([EXIT[name], `\`${name}\``, ...EXIT_MEANINGS[name]]))
  const reasons = SLOT_REASONS.map((reason) => row([`\`${reason}\``, adviceFor(reason) ?? 'nothing']))
  return [
    INTRODUCTION,
    [CODES, ...codes].join('\n'),
    '',
    [EXIT_CODES, ...exits].join('\n'),
    '',
    [REASONS, ...reasons].join('\n'),
    '',
  ].join('\n')
}

function codeRow(code: number, rule: NoticeRule): string {
  const text = NOTICE_MEANINGS[code]
  if (!text) throw new Error(`scripts/docs/notice-meanings.ts has no text for code ${code}: add it`)
  const [means, act] = text
  return row([code, rule.kind, means, doneAbout(code, rule), act ?? rule.advice ?? 'nothing'])
}

const ORDER_ACTS: Readonly<Record<OrderNoticeMeaning, string>> = {
  rejected: 'The order is journaled as rejected.',
  cancelled: 'The order is journaled as cancelled.',
  cancel_refused: 'The order is asked for, to learn what became of it.',
  change_refused: 'The order stays as it was.',
  warning: 'The words are journaled; the order goes on.',
  unknown: 'The gateway is asked what became of the order.',
}

const SESSION_ACTS: Readonly<Record<NonNullable<NoticeRule['session']>, string>> = {
  server_lost: 'Waits `supervisor.serverGraceMs` for 1101 or 1102, then connects again.',
  server_restored: 'Goes on.',
  server_restored_streams_lost: 'Subscribes to every stream again.',
  competing_session: 'Reports `competing_session`, and asks again every `supervisor.competingRetryMs`.',
}

/** What the rule makes the program do, said from its fields, so that the page cannot differ from the code. */
function doneAbout(
  code: number,
  { kind, farm, session, refusesStream, withoutData, endsSession }: NoticeRule,
): string {
  if (kind === 'order') return ORDER_ACTS[meaningOf(code)]
  if (endsSession) return `Closes the connection with the reason \`${endsSession}\`, and tries again.`
  if (session) return SESSION_ACTS[session]
  if (kind === 'pacing') return 'Halves its rate for a while, and repeats the contract.'
  if (kind === 'lines') return 'Learns how many lines there are, and goes on with these.'
  if (farm) {
    return farm.isOk
      ? 'Takes the farm for connected.'
      : 'A warning for `supervisor.farmGraceMs` without data, then an outage.'
  }
  if (refusesStream && withoutData) return 'The contract is a gap with this code, and frees its line at once.'
  if (withoutData) return 'The contract is a gap with this code; its stream is cancelled.'
  if (kind === 'operations') return 'A warning of `/health` and `doctor`, under `operations`.'
  if (kind === 'information') return 'Counts it, and goes on.'
  const ends = endsRequest({ id: null, code, kind, message: '', farm: null })
  return ends === 'yes' ? 'The request that it names fails with these words.' : 'Counts it, and goes on.'
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}
