import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../lake/lakes.ts'
import { runCommand } from '../run-command.ts'

test('a scenario that cannot be served is refused in one line', async () => {
  const refused = async (...args: string[]) => {
    const { code, stderr } = await runCommand(['simulate', '--port', '0', ...args])
    return [code, stderr.trim()]
  }
  expect(await refused('--scenario', 'normal')).toEqual([
    64,
    'unknown scenario normal; did you mean normal_market? Known: normal_market, flash_crash, mini_flash_crash, stressed_market, hft_dominated, or the path of a .json file',
  ])
  const file = join(temporaryFolder(), 'mine.json')
  writeFileSync(file, '{}')
  expect(await refused('--scenario', file)).toEqual([78, `${file}: id is missing: must be a text`])
  expect((await refused('--scenario', 'flash_crash', '--chain', 'a.csv'))[1]).toBe(
    '--chain and --scenario name two markets: give one of them',
  )
  expect((await refused('--scenario', 'flash_crash', '--from', '2026-11-20T10:00:00Z'))[1]).toBe(
    '--from goes with --replay: give that too',
  )
  expect((await refused('--scenario', 'flash_crash', '--speed', '0'))[1]).toBe(
    '--speed 0 is not a pace: write a number above 0 and up to 10,000, such as 10',
  )
})
