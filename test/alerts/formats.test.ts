import { expect, test } from 'vitest'
import { bodyOf, inputOf, variablesOf } from '../../src/alerts/formats.ts'
import { messageOf, textOf, titleOf } from '../../src/alerts/message.ts'
import { joinChanges } from '../../src/alerts/pending-changes.ts'
import { epochMs } from '../../src/market/units.ts'
import { AT, change, checks, message } from './alert-messages.ts'

const mail = (own = message()) =>
  inputOf(own, { input: 'mail', from: 'lake@example.org', to: 'me@example.org', unixSeconds: 1_795_014_000 })

test('the text says what changed, what else is wrong, what to do and when', () => {
  const changes = [
    change(),
    change({ check: 'lake', from: 'fail', to: 'ok', reason: 'can be written', advice: null, since: null }),
  ]
  const own = messageOf(joinChanges(new Map(), changes), checks({ gateway: 'fail', surface: 'warn' }), {
    ...{ id: 'a', at: AT, sender: { name: 'host-1', source: 'ib' as const }, heldBackBecause: null },
  })
  expect(textOf(own)).toBe(`optionlake host-1: FAIL: gateway; OK again: lake

FAIL gateway: disconnected for 45 s (since 10:05, was ok)
  Start the gateway.
OK again lake: can be written (was fail)

Also not ok:
WARN surface: surface is warn

2026-11-18 10:07 New York time; /health is fail.
`)
})

test('a message names a simulated market, and what was held back and why', () => {
  const text = textOf(
    message({
      sender: { name: 'host-1', source: 'simulated' },
      changes: [
        change({ to: 'ok', worst: 'fail', count: 4, firstAt: epochMs(AT - 600_000), reason: 'connected' }),
      ],
      heldBack: { count: 4, since: epochMs(AT - 600_000), because: 'limit' },
    }),
  )
  expect(text).toMatch(/^optionlake host-1, simulated market: OK again: gateway$/m)
  expect(text).toContain('OK again gateway: connected (since 10:05, 4 changes since 09:57, the worst fail)')
  expect(text).toContain('4 changes were held back since 09:57, by the limit of messages an hour.')
})

test('the JSON has the whole message under keys that stay', () => {
  const { contentType, text } = bodyOf(message(), 'json')
  expect(contentType).toBe('application/json; charset=utf-8')
  expect(JSON.parse(text)).toEqual({
    version: 1,
    id: '6f1c1a52-6f0e-4e0c-9a38-0d1d6b1c7a10',
    at: '2026-11-18T15:07:00.000Z',
    test: false,
    sender: 'host-1',
    source: 'ib',
    status: 'fail',
    title: 'FAIL: gateway',
    text: textOf(message()),
    changes: [
      {
        check: 'gateway',
        status: 'fail',
        previous: 'ok',
        reason: 'disconnected for 45 s',
        advice: 'Start the gateway.',
        since: '2026-11-18T15:05:00.000Z',
        first_at: '2026-11-18T15:07:00.000Z',
        count: 1,
        worst: 'fail',
      },
    ],
    open: [],
    held_back: null,
  })
})

test('words of a gateway call nobody in Slack', () => {
  const { text } = bodyOf(message({ changes: [change({ reason: '<!channel> & co' })] }), 'slack')
  expect(Object.keys(JSON.parse(text))).toEqual(['text'])
  expect(JSON.parse(text).text).toContain('&lt;!channel&gt; &amp; co')
})

test('account numbers and control characters do not leave the machine', () => {
  const reason = 'account DU1234567 of\r\nBcc: all@example.org \u001b[31m'
  const own = messageOf(joinChanges(new Map(), [change({ reason, advice: reason })]), [], {
    ...{ id: 'a', at: AT, sender: { name: 'h', source: 'ib' as const }, heldBackBecause: null },
  })
  const texts = [textOf(own), bodyOf(own, 'json').text, bodyOf(own, 'slack').text, mail(own)]
  for (const text of texts) {
    expect(text).not.toContain('1234567')
    expect(text).toContain('DU***')
    expect(text).not.toMatch(/^Bcc/m)
    expect(text).not.toContain('\u001b')
  }
})

test('a mail has its headers, an empty line and the text, in lines that any server takes', () => {
  const [head = '', body = ''] = mail(
    message({ changes: [change({ reason: `${'é'.repeat(400)} end` })] }),
  ).split(/\n\n(.*)/s)
  expect(head.split('\n')).toEqual([
    'From: optionlake <lake@example.org>',
    'To: <me@example.org>',
    'Subject: [optionlake host-1] FAIL: gateway',
    'Date: Wed, 18 Nov 2026 15:00:00 +0000',
    'Message-ID: <6f1c1a52-6f0e-4e0c-9a38-0d1d6b1c7a10@optionlake.invalid>',
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ])
  const lines = body.split('\n')
  expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThan(998)
  expect(body.replaceAll('\n', '')).toContain(`FAIL gateway: ${'é'.repeat(400)} end (since 10:05, was ok)`)
})

test('titles tell failures, reminders, warnings and recoveries apart', () => {
  const all = [
    change(),
    change({ check: 'slot', from: 'fail' }),
    change({ check: 'bars', from: 'ok', to: 'warn' }),
    change({ check: 'lake', from: 'fail', to: 'ok' }),
  ]
  expect(titleOf(message({ changes: all }))).toBe(
    'FAIL: gateway; STILL FAILS: slot; WARNING: bars; OK again: lake',
  )
  expect(variablesOf(message({ changes: all }))).toMatchObject({
    OPTIONLAKE_ALERT_STATUS: 'fail',
    OPTIONLAKE_ALERT_CHECKS: 'gateway=fail slot=fail bars=warn lake=ok',
    OPTIONLAKE_ALERT_TEST: '0',
  })
})
