import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { message, rawPeer, WELCOME } from '../support/raw-peer.ts'
import { run } from './program.ts'

const LOG = resolve(import.meta.dirname, '../../build/src/process/log.js')

test('a log line is one JSON object on standard error, with all account numbers masked', async () => {
  const program = `
    import { openLog } from ${JSON.stringify(LOG)}
    const error = new Error('order of DU1234567 refused:\\nU7654321 has no permission')
    openLog('info').warn({ err: error, accounts: ['DF246810', 'F1357911'], conId: 756733 }, 'for U1234567')
    process.kill(process.pid, 'SIGKILL')`
  const killed = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]).catch(
    (error: { stderr: string }) => error,
  )
  const [line, ...rest] = killed.stderr.trim().split('\n')
  expect(rest).toEqual([])
  expect(JSON.parse(line as string)).toMatchObject({
    level: 40,
    msg: 'for U***',
    accounts: ['DF***', 'F***'],
    conId: 756733,
    err: { message: 'order of DU*** refused:\nU*** has no permission' },
  })
  expect(line).not.toMatch(/1234567|7654321|246810|1357911/)
})

test('messages of the gateway about an account are logged without its number', async () => {
  const peer = await rawPeer({
    started: [...WELCOME, message(4, 2, -1, 2107, 'Historical data farm inactive for DU1234567', '')],
  })
  const { stdout, stderr } = await run(['doctor', '--gateway', `127.0.0.1:${peer.port}`, '--json'], {
    OPTIONLAKE_LOG_LEVEL: 'trace',
    OPTIONLAKE_GATEWAY_REQUEST_TIMEOUT_MS: '200',
  })
  await peer.close()
  expect(stderr).toContain('"code":2107')
  expect(stderr).toContain('inactive for DU***')
  expect(stdout + stderr).not.toMatch(/1234567|7654321/)
})
