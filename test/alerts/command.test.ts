import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CommandTarget, passedOn, runCommand } from '../../src/alerts/command.ts'
import { createMask } from '../../src/alerts/secrets.ts'
import { temporaryFolder } from '../lake/lakes.ts'
import { change, message } from './alert-messages.ts'

const SECRET = 'hunter2hunter2'

function run(script: string, own: Partial<CommandTarget> = {}, signal = new AbortController().signal) {
  const environment = {
    PATH: process.env.PATH,
    HOME: '/nowhere',
    MAIL_PASSWORD: SECRET,
    OTHER_TOKEN: 'other',
  }
  const target: CommandTarget = {
    ...{ run: ['sh', '-c', script], input: 'text', from: null, to: null, timeoutMs: 5_000 },
    variables: passedOn(['MAIL_PASSWORD'], environment),
    mask: createMask([SECRET]),
    ...own,
  }
  return runCommand(target, message(), { unixSeconds: 1_795_014_000, signal })
}

test('a program gets the message on standard input and as variables, and no other variable of ours', async () => {
  const folder = temporaryFolder()
  const [input, variables] = [join(folder, 'input'), join(folder, 'variables')]
  expect(await run(`cat > ${input}; env > ${variables}`)).toEqual({ kind: 'delivered' })
  expect(readFileSync(input, 'utf8')).toContain('FAIL gateway: disconnected for 45 s')
  const text = readFileSync(variables, 'utf8')
  expect(text).toContain('OPTIONLAKE_ALERT_TITLE=FAIL: gateway\n')
  expect(text).toContain(`MAIL_PASSWORD=${SECRET}\n`)
  expect(text).not.toContain('OTHER_TOKEN')
})

test('no shell reads the arguments', async () => {
  const file = join(temporaryFolder(), 'made')
  expect(await run('', { run: ['true', `; touch ${file}`, `$(touch ${file})`] })).toEqual({
    kind: 'delivered',
  })
  expect(existsSync(file)).toBe(false)
})

test('a failure has its exit code, and the last line without secrets apart from it', async () => {
  expect(await run(`echo first >&2; echo "no login with ${SECRET}" >&2; exit 3`)).toEqual({
    kind: 'failed',
    reason: 'exit code 3',
    isTransient: false,
    mayHaveArrived: false,
    retryAfterSeconds: null,
    detail: 'no login with ***',
  })
  expect(await run('exit 75')).toMatchObject({ reason: 'exit code 75', isTransient: true })
  expect(await run('kill -KILL $$')).toMatchObject({ reason: 'ended by SIGKILL', isTransient: true })
  expect(await run('', { run: ['/nowhere/msmtp'] })).toMatchObject({ reason: 'cannot be run: ENOENT' })
})

test('of a flood on standard error little is kept, and no half of a secret', async () => {
  const flood = `printf '${SECRET}%.0s' $(seq 1 20000) >&2; exit 1`
  expect(await run(flood)).toMatchObject({ reason: 'exit code 1', detail: null })
})

test('a program that reads nothing is no problem, however long the message', async () => {
  const long = message({ changes: Array.from({ length: 13 }, () => change({ reason: 'x'.repeat(20_000) })) })
  const target: CommandTarget = {
    ...{ run: ['true'], input: 'json', from: null, to: null, timeoutMs: 5_000, variables: {} },
    mask: (text) => text,
  }
  const { signal } = new AbortController()
  expect(await runCommand(target, long, { unixSeconds: 1, signal })).toEqual({ kind: 'delivered' })
})

test('a program that hangs is ended at the time-out, with what it has started', async () => {
  const file = join(temporaryFolder(), 'alive')
  const startedMs = performance.now()
  const outcome = await run(`(sleep 0.4; touch ${file}) & sleep 30`, { timeoutMs: 100 })
  expect(outcome).toMatchObject({ reason: 'not finished within 0.1 s', isTransient: true })
  expect(performance.now() - startedMs).toBeLessThan(380)
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(existsSync(file)).toBe(false)
})

test('a program that leaves another behind is done when it ends', async () => {
  const startedMs = performance.now()
  expect(await run('sleep 2 & exit 0')).toEqual({ kind: 'delivered' })
  expect(performance.now() - startedMs).toBeLessThan(1_500)
})

test('a program is ended when the daemon stops', async () => {
  const stopping = new AbortController()
  const attempt = run('sleep 30', {}, stopping.signal)
  setTimeout(() => stopping.abort(new Error('stopped')), 50)
  expect(await attempt).toMatchObject({ reason: 'the daemon was stopped' })
})
