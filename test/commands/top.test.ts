import { expect, test } from 'vitest'
import type { DaemonState } from '../../src/commands/gateway/top/daemon-state.ts'
import { topLines } from '../../src/commands/gateway/top/top-lines.ts'
import { widthOf } from '../../src/commands/terminal/wrap.ts'
import { epochMs } from '../../src/market/units.ts'
import { runCommand } from './run-command.ts'
import { runningDaemonOfFile } from './running-daemon-of-file.ts'

const daemon = runningDaemonOfFile()

async function stateNow(): Promise<DaemonState> {
  const { code, stdout } = await runCommand(['top', '--url', daemon.url, '--json'])
  expect(code).toBe(0)
  return JSON.parse(stdout) as DaemonState
}

const NOW = epochMs(Date.parse('2026-11-20T15:02:00Z'))

function linesOf(state: DaemonState, columns: number, rows: number | null, trouble: string | null = null) {
  const cycle = { phase: 'harvest', requested: 800, answered: 400, contracts_per_second: 61.6 } as const
  const screen = { columns, isTerminal: true, hasColour: false, isUnicode: true }
  return topLines(state, { cycle, now: NOW, screen, rows, trouble })
}

test('without a terminal top prints the state of a running daemon once', async () => {
  const { code, stdout } = await runCommand(['top', '--url', daemon.url])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^optionlake at http:\/\/127\.0\.0\.1:\d+ · /)
  expect(stdout).toMatch(/^no session now · next slot 2026-11-23 09:30$/m)
  expect(stdout).toMatch(/^IWM +0 of 78 /m)
})

test('the screen has problems first, the running slot with its rate, and keeps its size', async () => {
  const state: DaemonState = {
    ...(await stateNow()),
    connected: true,
    health: {
      status: 'fail',
      checks: [
        { name: 'clock', status: 'warn', reason: 'the clock is 2 s late', advice: null },
        { name: 'gateway', status: 'fail', reason: 'the connection is lost', advice: 'restart the gateway' },
      ],
    },
    next_slot: { slot: '2026-11-20T15:05:00.000Z', symbols: ['IWM'] },
    notices: [2103, 2105].map((code) => ({
      code,
      message: 'a farm is broken '.repeat(9),
      at: '2026-11-20T15:00:00Z',
    })),
  }
  const wide = linesOf(state, 120, 30)
  expect(wide[2]).toBe('✗ gateway: the connection is lost: restart the gateway')
  expect(wide[3]).toBe('! clock: the clock is 2 s late')
  expect(wide.join('\n')).toContain('next slot 10:05 in 3:00')
  expect(wide.join('\n')).toMatch(
    /collecting █{12}░{12} 400 of 800 contracts · 62 of at most \d+ contracts\/s/,
  )
  expect(wide.at(-1)).toMatch(/^10:00 2105 a farm is broken/)
  for (const columns of [60, 80]) {
    for (const rows of [5, 14, 30]) {
      const lines = linesOf(state, columns, rows, 'connect ECONNREFUSED')
      expect(lines.length).toBeLessThanOrEqual(rows)
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns)
      expect(lines.join('\n')).toContain('no answer: connect ECONNREFUSED; asking again')
    }
  }
})

test('without a daemon top says what to do', async () => {
  const { code, stderr } = await runCommand(['top', '--url', 'http://127.0.0.1:9'])
  expect(code).toBe(69)
  expect(stderr).toMatch(/no daemon answers at http:\/\/127\.0\.0\.1:9 \(.*\): start one with optionlake run/)
  expect(await runCommand(['top', '--url', 'somewhere'])).toMatchObject({ code: 64 })
})
