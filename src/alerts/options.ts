import { z } from 'zod'
import { CHECK_NAMES, type CheckName } from '../serve/health/check.ts'

/** Bounds the receivers, and with them the processes and connections that one change of health can start. */
const MAX_RECEIVERS = 10
const REFERENCE = /\$\{[A-Za-z_][A-Za-z0-9_]*\}/

const fromFile = z.strictObject({ file: z.string().min(1).max(1_000) })
/** A text that may be secret: `${NAME}` stands for a variable of the environment, `{ "file": … }` for what a file holds. */
const addressText = z.union([z.string().min(1).max(2_000), fromFile])
/** The same, but never written out: a password has no place in a configuration. */
const secretText = z.union([
  z.string().max(2_000).regex(REFERENCE, `must name an environment variable as \${NAME}, or a file`),
  fromFile,
])

const webhook = z.strictObject({
  url: addressText,
  format: z.enum(['json', 'slack', 'text']).default('json'),
  secret: secretText.nullable().default(null),
  authorization: secretText.nullable().default(null),
})

const argument = z
  .string()
  .max(1_000)
  .regex(/^[^\0]*$/, 'must not have a null character')
/** A mail address as a header of a message may have it; nothing that could begin another header. */
const mailAddress = z
  .string()
  .max(300)
  .regex(/^[\x21-\x7e]+@[\x21-\x7e]+$/, 'must be a mail address, such as me@example.org')

const command = z
  .strictObject({
    run: z.array(argument.min(1, 'must not be empty')).min(1).max(50),
    input: z.enum(['text', 'json', 'mail']).default('text'),
    from: mailAddress.nullable().default(null),
    to: mailAddress.nullable().default(null),
    environment: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'))
      .max(20)
      .default([]),
  })
  .refine(({ input, from, to }) => input !== 'mail' || (from !== null && to !== null), {
    message: 'must have from and to for "input": "mail"',
  })

const severity = z.enum(['warn', 'fail'])

const receiver = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must have 1 to 32 lower-case letters, digits and dashes'),
    minimumSeverity: severity.nullable().default(null),
    webhook: webhook.optional(),
    command: command.optional(),
  })
  .refine(({ webhook, command }) => (webhook === undefined) !== (command === undefined), {
    message: 'must have either a webhook or a command',
  })

/** What warnings of these checks mean for later slots is known long before they fail. */
const TOLD_FROM: Partial<Record<CheckName, 'warn'>> = { operations: 'warn', alerts: 'warn' }

const perCheck = z.enum(['warn', 'fail', 'never']).nullable()

/** Who is told when the health of the daemon changes, and how often. */
export const alertsOptions = z.strictObject({
  receivers: z
    .array(receiver)
    .max(MAX_RECEIVERS)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      message: 'must have different names',
    })
    .default([])
    .describe(
      'Webhooks and commands that are told of changes of /health; see alerts.md. Secrets come from the environment or from files.',
    ),
  sender: z
    .string()
    .min(1)
    .max(60)
    .regex(/^[\x20-\x7e]*$/, 'must be plain ASCII')
    .nullable()
    .default(null)
    .describe('Name of this daemon in its alerts; null: the name of the machine.'),
  minimumSeverity: severity
    .default('fail')
    .describe('Least severe status of a check that is told; a receiver may have its own.'),
  checks: z
    .strictObject(
      Object.fromEntries(
        CHECK_NAMES.map((name) => [name, perCheck.default(TOLD_FROM[name] ?? null)]),
      ) as Record<CheckName, z.ZodDefault<typeof perCheck>>,
    )
    .prefault({})
    .describe(
      'Least severe status of single checks that is told: warn, fail or never; null: minimumSeverity. By default, warn for operations and alerts.',
    ),
  confirmSeconds: z
    .number()
    .min(0)
    .max(3_600)
    .default(30)
    .describe('How long a check must have been bad, all together, before it is told, s.'),
  recoverSeconds: z
    .number()
    .min(0)
    .max(3_600)
    .default(120)
    .describe('How long it must then be better without a break before that is told, s.'),
  remindHours: z
    .number()
    .min(1)
    .max(168)
    .nullable()
    .default(4)
    .describe('A check that still fails is told again after this long, h; null: never.'),
  maxMessagesPerHour: z
    .int()
    .min(1)
    .max(1_000)
    .default(12)
    .describe(
      'Messages to one receiver within an hour. Changes beyond are held back and told in one summary; a quarter is kept for failures.',
    ),
  timeoutSeconds: z
    .number()
    .min(1)
    .max(60)
    .default(10)
    .describe('Time for one attempt to deliver a message, s.'),
})

/** The legal keys at a path within the section, below its own; null for any other path. For messages about unknown keys. */
export function alertKeys([section, list, , kind]: readonly string[]): readonly string[] | null {
  if (section !== 'alerts') return null
  if (list === 'checks') return CHECK_NAMES
  if (list !== 'receivers') return null
  if (kind === 'webhook') return Object.keys(webhook.shape)
  return Object.keys(kind === 'command' ? command.shape : receiver.shape)
}

export type AlertsOptions = z.output<typeof alertsOptions>
export type ReceiverOptions = AlertsOptions['receivers'][number]
export type WebhookOptions = NonNullable<ReceiverOptions['webhook']>
export type CommandOptions = NonNullable<ReceiverOptions['command']>
export type SecretText = string | { readonly file: string }
