import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openWebhookServer, type WebhookServer } from '../../alerts/webhook-server.ts'
import { temporaryFolder } from '../../lake/lakes.ts'
import { expectToFollow } from '../../support/published-schema.ts'
import { runCommand } from '../run-command.ts'

const TOKEN = 'T0KEN-of-the-address'
const SECRET = 'hunter2hunter2'
let server: WebhookServer

beforeAll(async () => {
  server = await openWebhookServer()
})
beforeEach(() => server.answerWith((response) => void response.writeHead(204).end()))
afterAll(() => server.close())

function ask(
  args: readonly string[],
  receivers: readonly unknown[],
  environment: Record<string, string> = {},
) {
  const file = join(temporaryFolder(), 'optionlake.json')
  writeFileSync(file, JSON.stringify({ alerts: { receivers, sender: 'host-1' }, http: { port: 0 } }))
  return runCommand(['--config', file, 'alerts', ...args], environment)
}

const phone = () => ({
  name: 'phone',
  webhook: { url: `${server.url}/\${SLACK_TOKEN}`, secret: `\${SIGNING}` },
})
const environment = { SLACK_TOKEN: TOKEN, SIGNING: SECRET }

test('test sends a message to every receiver, and shows no secret', async () => {
  const mail = { name: 'mail', command: { run: ['sh', '-c', 'grep -q "Nothing is wrong"'] } }
  const { code, stdout, stderr } = await ask(['test'], [phone(), mail], environment)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^✓ +phone +http:\/\/127\.0\.0\.1:\d+\/… +\d\.\d +delivered *$/m)
  expect(stdout).toMatch(/^✓ +mail +sh +\d\.\d +delivered *$/m)
  expect(stdout).toContain('2 of 2 messages delivered')
  expect(stdout + stderr).not.toMatch(new RegExp(`${TOKEN}|${SECRET}`))
  expect(server.received.at(-1)).toMatchObject({ path: `/${TOKEN}` })
  expect(JSON.parse(server.received.at(-1)?.body as string)).toMatchObject({
    test: true,
    sender: 'host-1',
    changes: [],
  })
})

test('test of one receiver, as JSON; what did not arrive ends with 69', async () => {
  server.answerWith((response) => void response.writeHead(302, { location: `/${SECRET}` }).end(SECRET))
  const { code, stdout, stderr } = await ask(
    ['test', 'phone', '--json'],
    [phone(), { name: 'mail', command: { run: ['false'] } }],
    environment,
  )
  expect(code).toBe(69)
  expect(stderr).toBe('the test message did not reach phone: see docs/alerts.md\n')
  expectToFollow('alerts test', stdout)
  expect(JSON.parse(stdout).receivers).toEqual([
    {
      name: 'phone',
      kind: 'webhook',
      target: `${server.url}/…`,
      delivered: false,
      seconds: expect.any(Number),
      reason: 'the answer is 302, a redirect, which is not followed: configure the final address',
      detail: null,
    },
  ])
  expect(stdout).not.toMatch(new RegExp(`${TOKEN}|${SECRET}`))
})

test('test without receivers, of an unknown one, or without its secret says what to do', async () => {
  expect(await ask(['test'], [])).toMatchObject({
    code: 78,
    stderr: 'alerts.receivers is empty: name who is to be told, see docs/alerts.md\n',
  })
  expect(await ask(['test', 'fone'], [phone()], environment)).toMatchObject({
    code: 64,
    stderr: 'no receiver "fone" in alerts.receivers; did you mean phone? Known here: phone\n',
  })
  expect(await ask(['test'], [phone()])).toMatchObject({
    code: 78,
    stderr: 'alerts.receivers.0.webhook.url: needs the environment variable SLACK_TOKEN: set it\n',
  })
})

test('list shows the receivers and what they are told, without secrets and without a daemon', async () => {
  const written = {
    name: 'pager',
    minimumSeverity: 'fail',
    webhook: { url: `https://hooks.example/${TOKEN}` },
  }
  const { code, stdout, stderr } = await ask(['list'], [phone(), written])
  expect(code).toBe(0)
  expect(stderr).toContain('no daemon of this lake is running: what became of messages is not known')
  expect(stdout).toMatch(/^phone +webhook +http:\/\/127\.0\.0\.1:\d+\/… /m)
  expect(stdout).toMatch(/^pager +webhook +https:\/\/hooks\.example\/… /m)
  expect(stdout).toContain('phone is told of failures; warnings too of operations, alerts')
  expect(stdout).toContain('pager is told of failures\n')
  expect(stdout).not.toContain(TOKEN)
  const json = await ask(['list', '--json'], [written])
  expectToFollow('alerts list', json.stdout)
  expect(JSON.parse(json.stdout)).toMatchObject({
    daemon: null,
    receivers: [{ name: 'pager', target: 'https://hooks.example/…', levels: { slot: 'fail' }, state: null }],
  })
  expect((await ask(['list'], [])).stdout).toBe(
    'no receivers: nobody is told when health changes. See docs/alerts.md for alerts.receivers\n',
  )
})
