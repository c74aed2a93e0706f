import { type AlertMessage, senderWords, textOf, titleOf } from './message.ts'

/** A body with its media type. */
export interface Body {
  readonly contentType: string
  readonly text: string
}

/** The body of a webhook. */
export function bodyOf(message: AlertMessage, format: 'json' | 'slack' | 'text'): Body {
  if (format === 'text') return { contentType: 'text/plain; charset=utf-8', text: textOf(message) }
  const value = format === 'json' ? plainMessage(message) : { text: slackText(textOf(message)) }
  return { contentType: 'application/json; charset=utf-8', text: JSON.stringify(value) }
}

/** The message as JSON. Keys stay as they are within a version. */
export function plainMessage(message: AlertMessage) {
  const { id, at, sender, status, changes, open, heldBack, isTest } = message
  return {
    version: 1,
    id,
    at: iso(at),
    test: isTest,
    sender: sender.name,
    source: sender.source,
    /** Of /health as a whole. */
    status,
    title: titleOf(message),
    text: textOf(message),
    changes: changes.map(({ check, from, to, reason, advice, since, firstAt, count, worst }) => ({
      ...{ check, status: to, previous: from, reason, advice },
      since: since === null ? null : iso(since),
      ...{ first_at: iso(firstAt), count, worst },
    })),
    open: open.map(({ name, status: own, reason }) => ({ check: name, status: own, reason })),
    held_back: heldBack && { count: heldBack.count, since: iso(heldBack.since), because: heldBack.because },
  }
}

/** Slack gives meaning to these three characters: without this, the words of a gateway could call a whole channel. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** What a command gets on standard input. */
export function inputOf(
  message: AlertMessage,
  {
    input,
    from,
    to,
    unixSeconds,
  }: {
    readonly input: 'text' | 'json' | 'mail'
    readonly from: string | null
    readonly to: string | null
    readonly unixSeconds: number
  },
): string {
  if (input === 'json') return `${JSON.stringify(plainMessage(message))}\n`
  if (input === 'text') return textOf(message)
  return mailOf(message, { from: from ?? '', to: to ?? '', unixSeconds })
}

/** Lines of a mail may have 998 bytes (RFC 5322, 2.1.1): a character has at most 4. */
const MAX_LINE = 200

/** A mail with its headers, for `msmtp -t` or `sendmail -t`. */
function mailOf(
  message: AlertMessage,
  { from, to, unixSeconds }: { readonly from: string; readonly to: string; readonly unixSeconds: number },
): string {
  const headers = [
    `From: optionlake <${from}>`,
    `To: <${to}>`,
    `Subject: [${senderWords(message.sender)}] ${titleOf(message)}`,
    `Date: ${new Date(unixSeconds * 1_000).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${message.id}@optionlake.invalid>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ]
  const body = textOf(message)
    .split('\n')
    .flatMap((line) => line.match(new RegExp(`.{1,${MAX_LINE}}(?=\\s|$)|.{1,${MAX_LINE}}`, 'gu')) ?? [''])
  return `${headers.join('\n')}\n\n${body.map((line) => line.trimEnd()).join('\n')}`
}

/** The message as environment variables, for a command that needs one line of it. */
export function variablesOf(message: AlertMessage): Record<string, string> {
  const { id, at, sender, status, changes, heldBack, isTest } = message
  return {
    OPTIONLAKE_ALERT_ID: id,
    OPTIONLAKE_ALERT_AT: iso(at),
    OPTIONLAKE_ALERT_SENDER: sender.name,
    OPTIONLAKE_ALERT_SOURCE: sender.source,
    OPTIONLAKE_ALERT_STATUS: status,
    OPTIONLAKE_ALERT_TITLE: titleOf(message),
    OPTIONLAKE_ALERT_CHECKS: changes.map(({ check, to }) => `${check}=${to}`).join(' '),
    OPTIONLAKE_ALERT_HELD_BACK: String(heldBack?.count ?? 0),
    OPTIONLAKE_ALERT_TEST: isTest ? '1' : '0',
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
