import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../lake/lakes.ts'
import { runCommand } from './run-command.ts'

test.each([
  [
    ['--gateway', '127.0.0.1:4001'],
    'demo takes no --gateway: it has a simulated gateway of its own; leave it out',
  ],
  [['--client-id', '3'], 'demo takes no --client-id: it has a simulated gateway of its own; leave it out'],
  [['--symbols', 'SPY'], 'demo takes no --symbols: it has SPY and QQQ; leave it out'],
  [['--day', '2026-11-26'], '--day 2026-11-26 is no trading day: try 2026-11-25 or 2026-11-27'],
  [
    ['--day', 'someday'],
    '--day someday is not a date: write for example 2026-11-20, 20261120, today or yesterday',
  ],
  [['--day', '2199-12-30'], '--day 2199-12-30 is after 2049-12-31, the last that can be played'],
  [['--speed', '0'], '--speed 0 is not a whole number from 1 to 300'],
  [['--sessions', '21'], '--sessions 21 is not a whole number from 0 to 20'],
  [['--port', '70000'], '--port 70000 is not a whole number from 0 to 65,535'],
])('demo refuses %j', async (args, message) => {
  const { code, stderr } = await runCommand(['demo', ...args])
  expect({ code, stderr }).toEqual({ code: 64, stderr: `${message}\n` })
})

test('a demo never takes a folder that holds anything', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'mine.txt'), 'precious')
  const { code, stderr } = await runCommand(['demo', '--lake', folder])
  expect(code).toBe(64)
  expect(stderr).toBe(
    `--lake ${folder} is not empty: a demo has a lake of its own, which never mixes with another: name a new folder\n`,
  )
})

test('a demo never takes a file for its folder', async () => {
  const file = join(temporaryFolder(), 'mine.txt')
  writeFileSync(file, 'precious')
  const { code, stderr } = await runCommand(['demo', '--lake', file])
  expect({ code, stderr }).toEqual({
    code: 73,
    stderr: `--lake ${file} cannot be used (ENOTDIR): name a new folder\n`,
  })
})

test('a folder for temporary files that cannot be written is named', async () => {
  const absent = join(temporaryFolder(), 'absent')
  const { code, stderr } = await runCommand(['demo'], { TMPDIR: absent })
  expect({ code, stderr }).toEqual({
    code: 73,
    stderr: `cannot make a folder for the lake in ${absent} (ENOENT): name one with --lake\n`,
  })
})

test('a port that is taken is refused before anything is stored', async () => {
  const folder = join(temporaryFolder(), 'lake')
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { code, stdout, stderr } = await runCommand(['demo', '--port', `${port}`, '--lake', folder])
  expect({ code, stdout, stderr }).toEqual({
    code: 75,
    stdout: '',
    stderr: `--port ${port} is in use by another program: choose another port, or 0 for a free one\n`,
  })
  expect(existsSync(folder)).toBe(false)
})
