import { EXIT, Failure } from '../process/failure.ts'
import { CHECK_NAMES, type CheckName } from '../serve/health/check.ts'
import { passedOn, runCommand } from './command.ts'
import type { Outcome } from './delivery.ts'
import type { AlertMessage } from './message.ts'
import type { AlertsOptions, CommandOptions, ReceiverOptions, WebhookOptions } from './options.ts'
import { createMask, type Environment, readSecret } from './secrets.ts'
import type { AlertLevel } from './track-checks.ts'
import { postMessage } from './webhook.ts'

/** One receiver with everything that is needed to reach it; its secrets are inside `deliver`, and nowhere else. */
export interface Receiver {
  readonly name: string
  readonly kind: 'webhook' | 'command'
  /** Where messages go, for people: the host of a webhook or the name of a program, without secrets. */
  readonly target: string
  /** From which status on each check is told. */
  readonly levels: ReadonlyMap<CheckName, AlertLevel>
  /** One attempt. Never rejects, and ends within the time-out. `unixSeconds` is the time of day. */
  deliver(
    message: AlertMessage,
    at: { readonly unixSeconds: number; readonly signal: AbortSignal },
  ): Promise<Outcome>
}

/**
 * The receivers of the settings, with their secrets read.
 * @throws Failure EXIT.configuration when a secret is missing or an address is none; no value is in the message
 */
export function createReceivers(options: AlertsOptions, environment: Environment): Receiver[] {
  return options.receivers.map((receiver, at) => {
    const key = `alerts.receivers.${at}`
    const timeoutMs = options.timeoutSeconds * 1_000
    const { webhook, command } = receiver
    const reached =
      webhook === undefined
        ? throughCommand(command as CommandOptions, { environment, timeoutMs })
        : throughWebhook(webhook, { key: `${key}.webhook`, environment, timeoutMs })
    return { name: receiver.name, ...reached, levels: levelsOf(options, receiver) }
  })
}

type Reached = Pick<Receiver, 'kind' | 'target' | 'deliver'>

function throughWebhook(
  { url: written, format, secret, authorization }: WebhookOptions,
  {
    key,
    environment,
    timeoutMs,
  }: { readonly key: string; readonly environment: Environment; readonly timeoutMs: number },
): Reached {
  const read = (given: WebhookOptions['secret'], name: string) =>
    given === null ? null : readSecret(given, `${key}.${name}`, environment)
  const url = addressOf(readSecret(written, `${key}.url`, environment), `${key}.url`)
  const target = {
    ...{ url, format, timeoutMs },
    secret: checkedSecret(read(secret, 'secret'), `${key}.secret`),
    authorization: read(authorization, 'authorization'),
  }
  return {
    kind: 'webhook',
    target: `${url.protocol}//${url.host}/…`,
    deliver: (message, at) => postMessage(target, message, at),
  }
}

function addressOf(text: string, key: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Failure(EXIT.configuration, `${key}: must be an address that begins with https:// or http://`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new Failure(
      EXIT.configuration,
      `${key}: must not have a user or a password: write authorization, such as "Basic \${CREDENTIALS}"`,
    )
  }
  return url
}

/** A secret that is not what it seems would sign with another key, and only the receiver would notice. */
function checkedSecret(secret: string | null, key: string): string | null {
  if (secret?.startsWith('whsec_') && !/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret)) {
    throw new Failure(EXIT.configuration, `${key}: begins with whsec_, but what follows is not base64`)
  }
  return secret
}

function throughCommand(
  { run, input, from, to, environment: names }: CommandOptions,
  { environment, timeoutMs }: { readonly environment: Environment; readonly timeoutMs: number },
): Reached {
  const [program, ...args] = run as [string, ...string[]]
  const own = names.flatMap((name) => environment[name] ?? [])
  const target = {
    run: [program, ...args] as const,
    ...{ input, from, to, timeoutMs },
    variables: passedOn(names, environment),
    mask: createMask([...own, ...args]),
  }
  return {
    kind: 'command',
    target: program,
    deliver: (message, at) => runCommand(target, message, at),
  }
}

/** The level of each check for a receiver. One that wants failures only is told no warning, whatever the check. */
export function levelsOf(
  { checks, minimumSeverity }: AlertsOptions,
  { minimumSeverity: own }: Pick<ReceiverOptions, 'minimumSeverity'>,
): Map<CheckName, AlertLevel> {
  return new Map(
    CHECK_NAMES.map((name) => {
      const level = checks[name] ?? own ?? minimumSeverity
      return [name, level === 'warn' && own === 'fail' ? 'fail' : level]
    }),
  )
}

/** In place of an address that the daemon would refuse. It may hold a secret, so it is not repeated. */
const REFUSED = 'an address that the daemon refuses: optionlake alerts test says why'

/** Where a receiver's messages go, without reading its secrets; null: an environment variable or a file says it. */
export function configuredTarget({ webhook, command }: ReceiverOptions): string | null {
  if (webhook === undefined) return command?.run[0] ?? null
  if (typeof webhook.url !== 'string') return null
  const start = /^https?:\/\/[^/?#@$]+(?=[/?#]|$)/.exec(webhook.url)?.[0]
  if (start !== undefined) return `${start}/…`
  return webhook.url.includes('$') ? null : REFUSED
}
