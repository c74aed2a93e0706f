import { execFile } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../src/commands/program.ts'
import { PURPOSES } from '../../src/commands/purpose.ts'
import { openLake } from '../../src/lake/open.ts'
import { slots, stats } from '../../src/lake/query/stats.ts'
import { append } from '../../src/lake/write/append.ts'
import { systemClock } from '../../src/market/clock.ts'
import { rowOf, SLOT } from '../analytics/chains.ts'
import { slotOf } from '../lake/slots.ts'
import { start, temporaryFolder } from './program.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const LONG = "SELECT repeat('optionlake ', 20000) AS text FROM range(20)"
let lake = ''

beforeAll(async () => {
  lake = join(temporaryFolder(), 'lake')
  const opened = await openLake(lake, { mode: 'write', source: 'simulated', clock: systemClock })
  const spy = [675, 680, 685].map((strike, at) => rowOf({ strike, con_id: at + 1 }))
  await append(opened, slotOf({ SPY: spy }, SLOT, '2026-11-20' as Parameters<typeof slotOf>[2]))
  await opened.close()
})
afterAll(() => rmSync(lake, { recursive: true, force: true }))

/** What a line of Bash prints, with the program as `$OPTIONLAKE` and its lake as `$LAKE`, and what it writes on standard error. */
function bash(script: string): Promise<{ stdout: string; stderr: string }> {
  const environment = { PATH: process.env.PATH, OPTIONLAKE: `${process.execPath} ${MAIN}`, LAKE: lake, LONG }
  return new Promise((done) => {
    execFile(
      'bash',
      ['--norc', '-c', script],
      { env: environment, cwd: temporaryFolder() },
      (_, stdout, stderr) => done({ stdout, stderr }),
    )
  })
}

const FULL = 'the output cannot be written (ENOSPC): free space, or write it elsewhere'

describe.skipIf(!existsSync('/dev/full'))('output that cannot be written', () => {
  test.concurrent.each([
    ['a text', '$OPTIONLAKE stats --lake $LAKE'],
    ['the answer of work', '$OPTIONLAKE compact --lake $LAKE'],
  ])('%s ends with 74 and one line', async (_, command) => {
    const { stdout, stderr } = await bash(`${command} 2>error >/dev/full; echo $?; grep optionlake: error`)
    expect(stdout).toBe(`74\noptionlake: ${FULL}\n`)
    expect(stderr).toBe('')
  })

  test.concurrent('with --json ends with 74 and one line of JSON', async () => {
    const { stdout, stderr } = await bash('$OPTIONLAKE chain SPY --json --lake $LAKE >/dev/full; echo $?')
    expect(stdout).toBe('74\n')
    expect(JSON.parse(stderr)).toEqual({ error: { exit_code: 74, name: 'io', message: FULL } })
  })

  test.concurrent('a full standard error ends with 74, but does not hide a failure', async () => {
    const { stdout } = await bash(
      '$OPTIONLAKE stats --lake $LAKE >answer 2>/dev/full; echo $?; $OPTIONLAKE nope 2>/dev/full; echo $?',
    )
    expect(stdout).toBe('74\n64\n')
  })

  test.concurrent('a disk that takes only a part of the answer counts as full', async () => {
    const { stdout } = await bash(
      'trap "" XFSZ; (ulimit -f 8; $OPTIONLAKE sql "$LONG" --json --lake $LAKE >part; echo $?); wc -c <part',
    )
    expect(stdout).toBe('74\n8192\n')
  })
})

describe('a reader that has gone', () => {
  test.concurrent.each([
    ['ends an answer with 0', '$OPTIONLAKE sql "$LONG" --json --lake $LAKE | head -c 1', '{0\n'],
    ['ends help with 0', '$OPTIONLAKE --help | head -c 5', 'Usage0\n'],
    ['does not cut off work', '$OPTIONLAKE compact --lake $LAKE | true', '0\n'],
    ['keeps the code of a failure', '$OPTIONLAKE stats --lake /none 2>/dev/null | true', '78\n'],
  ])('%s', async (_, command, expected) => {
    const { stdout, stderr } = await bash(`${command}; echo \${PIPESTATUS[0]}`)
    expect(stdout).toBe(expected)
    expect(stderr.replace(/^\d+ rows? from .*\n/, '')).toBe('')
  })
})

describe('a signal', () => {
  test('cuts collect-once off with 130 and one line, and what has come is stored', async () => {
    const folder = join(temporaryFolder(), 'lake')
    const running = start(['collect-once', '--lake', folder, '--symbols', ' spy, QQQ,IWM'])
    await running.printed(/complete/)
    running.child.kill('SIGINT')
    const { code, stderr, stdout } = await running.ended
    expect(code).toBe(130)
    expect(stderr).toMatch(/\noptionlake: stopped by SIGINT\n$/)
    expect(stderr).not.toMatch(/^ {4}at /m)
    expect(stdout).toMatch(/stored [\d,]+ answered contracts/)
    const opened = await openLake(folder, { mode: 'read', clock: systemClock })
    expect((await stats(opened)).rows).toBeGreaterThan(0)
    expect((await slots(opened)).map(({ outcome }) => outcome)).toContain('partial')
    await opened.close()
  })

  test('ends a server with 0', async () => {
    const server = start(['simulate', '--port', '0'])
    await server.printed(/listening on/)
    server.child.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
  })

  test('the second one ends the program at once', async () => {
    const running = start(['collect-once', '--lake', join(temporaryFolder(), 'lake'), '--symbols', 'SPY'])
    await running.printed(/complete/)
    // Signals that come together count as one.
    const again = setInterval(() => running.child.kill('SIGINT'), 200)
    await running.ended
    clearInterval(again)
    expect(running.child.signalCode).toBe('SIGINT')
  })
})

test('what commands are for names only commands that there are', () => {
  const groups = Object.keys(PURPOSES).map((path) => path.split(' ')[0] as string)
  expect(groups.filter((name) => !(name in COMMANDS) && name !== 'mcp' && name !== 'top')).toEqual([])
})
