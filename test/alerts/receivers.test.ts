import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ReceiverOptions } from '../../src/alerts/options.ts'
import { configuredTarget, createReceivers } from '../../src/alerts/receivers.ts'
import { createMask } from '../../src/alerts/secrets.ts'
import { EXIT, Failure } from '../../src/process/failure.ts'
import { temporaryFolder } from '../lake/lakes.ts'
import { message, settings } from './alert-messages.ts'
import { openWebhookServer } from './webhook-server.ts'

const TOKEN = 'T0KEN-of-the-address'

function failureOf(webhook: Record<string, unknown>, environment: Record<string, string> = {}): string {
  try {
    createReceivers(settings({ receivers: [{ name: 'phone', webhook }] }), environment)
  } catch (error) {
    if (error instanceof Failure && error.exitCode === EXIT.configuration) return error.message
    throw error
  }
  throw new Error('it was accepted')
}

test('secrets come from the environment and from files, and only the host of an address is shown', async () => {
  const server = await openWebhookServer()
  const file = join(temporaryFolder(), 'secret')
  writeFileSync(file, '  from a file\n')
  const webhook = {
    url: `\${BASE}/services/\${SLACK_TOKEN}`,
    secret: { file: `\${FOLDER}/secret` },
    authorization: `Bearer \${OTHER}`,
  }
  const environment = { BASE: server.url, SLACK_TOKEN: TOKEN, FOLDER: join(file, '..'), OTHER: 'abc' }
  const [receiver] = createReceivers(settings({ receivers: [{ name: 'phone', webhook }] }), environment)
  expect(receiver?.target).toBe(`${server.url}/…`)
  expect(JSON.stringify(receiver)).not.toContain(TOKEN)
  const { signal } = new AbortController()
  await receiver?.deliver(message(), { unixSeconds: 1, signal })
  expect(server.received[0]).toMatchObject({
    path: `/services/${TOKEN}`,
    headers: { authorization: 'Bearer abc', 'webhook-signature': expect.stringMatching(/^v1,/) },
  })
  await server.close()
})

test('a secret that is missing or cannot be read is named, never shown', () => {
  const folder = temporaryFolder()
  const [large, empty, lines] = ['large', 'empty', 'lines'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(large, 'x'.repeat(10_000))
  writeFileSync(empty, '\n')
  writeFileSync(lines, `${TOKEN}\nX-Other: 1`)
  mkdirSync(join(folder, 'folder'))
  const key = 'alerts.receivers.0.webhook'
  const url = `https://hooks.example/${TOKEN}`
  expect(failureOf({ url: `https://hooks.example/\${SLACK_TOKEN}` })).toBe(
    `${key}.url: needs the environment variable SLACK_TOKEN: set it`,
  )
  expect(failureOf({ url, secret: { file: join(folder, 'none') } })).toBe(
    `${key}.secret: cannot read ${join(folder, 'none')}: ENOENT`,
  )
  expect(failureOf({ url, secret: { file: join(folder, 'folder') } })).toMatch(/folder is not a file$/)
  expect(failureOf({ url, secret: { file: '/dev/zero' } })).toMatch(/\/dev\/zero is not a file$/)
  expect(failureOf({ url, secret: { file: large } })).toMatch(/has more than 8192 bytes$/)
  expect(failureOf({ url, secret: { file: empty } })).toBe(`${key}.secret: is empty`)
  expect(failureOf({ url, authorization: { file: lines } })).toBe(
    `${key}.authorization: has a line break or another control character`,
  )
  expect(failureOf({ url, secret: `\${SECRET}` }, { SECRET: `whsec_${TOKEN}` })).toBe(
    `${key}.secret: begins with whsec_, but what follows is not base64`,
  )
})

test.each([
  [`ftp://hooks.example/${TOKEN}`, 'must be an address that begins with https:// or http://'],
  [TOKEN, 'must be an address that begins with https:// or http://'],
  [`file:///etc/${TOKEN}`, 'must be an address that begins with https:// or http://'],
  [`https://me:${TOKEN}@hooks.example/`, 'must not have a user or a password: write authorization, such as '],
])('the address %s is refused without being shown', (url, why) => {
  const message = failureOf({ url })
  expect(message.startsWith(`alerts.receivers.0.webhook.url: ${why}`), message).toBe(true)
  expect(message).not.toContain(TOKEN)
})

test('what is listed has no secret, whoever wrote the address', () => {
  const target = (url: unknown) =>
    configuredTarget(
      settings({ receivers: [{ name: 'a', webhook: { url } }] }).receivers[0] as ReceiverOptions,
    )
  expect(target(`https://hooks.example:8443/services/${TOKEN}`)).toBe('https://hooks.example:8443/…')
  expect(target(`https://me:${TOKEN}@hooks.example/x`)).toMatch(/refuses/)
  expect(target('hooks.example/x')).toMatch(/refuses/)
  expect(target(`https://\${HOST}/x`)).toBeNull()
  expect(target({ file: '/run/secrets/slack' })).toBeNull()
})

test('each check has its own level, and a receiver of failures is told no warning', () => {
  const options = settings({
    checks: { bars: 'warn', surface: 'never' },
    receivers: [
      { name: 'mail', command: { run: ['true'] } },
      { name: 'phone', minimumSeverity: 'fail', command: { run: ['true'] } },
      { name: 'log', minimumSeverity: 'warn', command: { run: ['true'] } },
    ],
  })
  const levels = createReceivers(options, {}).map((receiver) =>
    (['slot', 'bars', 'surface', 'operations'] as const).map((name) => receiver.levels.get(name)),
  )
  expect(levels).toEqual([
    ['fail', 'warn', 'never', 'warn'],
    ['fail', 'fail', 'never', 'fail'],
    ['warn', 'warn', 'never', 'warn'],
  ])
})

test('a mask replaces secrets as they are and as an address writes them', () => {
  const mask = createMask(['pass word+1', 'pass'])
  expect(mask('a pass word+1 b pass%20word%2B1 c pass%20word+1 d pass')).toBe('a *** b *** c *** d ***')
})
