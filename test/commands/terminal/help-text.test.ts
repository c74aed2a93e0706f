import { expect, test } from 'vitest'
import { COMMANDS } from '../../../src/commands/program.ts'
import { helpText } from '../../../src/commands/terminal/help-text.ts'
import { widthOf } from '../../../src/commands/terminal/wrap.ts'
import { atTerminal } from '../at-terminal.ts'
import { runCommand } from '../run-command.ts'

const TEXT = [
  'Settings do not count here, and neither do variables of the',
  'environment.',
  '',
  'Figures:',
  '  parity    distance of calls and puts from parity',
  '',
  'Examples:',
  '  optionlake --gateway 127.0.0.1:4001   ask it',
].join('\n')

test('paragraphs are filled again, and the text of a list goes on under itself', () => {
  expect(helpText(TEXT, { columns: 40 }).split('\n')).toEqual([
    'Settings do not count here, and neither',
    'do variables of the environment.',
    '',
    'Figures:',
    '  parity    distance of calls and puts',
    '            from parity',
    '',
    'Examples:',
    '  optionlake --gateway 127.0.0.1:4001',
    '      ask it',
  ])
})

test('help that fits, or that no terminal shows, stays as it is', () => {
  expect(helpText(TEXT, { columns: 80 })).toBe(TEXT)
  expect(helpText(TEXT, { columns: null })).toBe(TEXT)
})

test('the help of every command fits 80 columns', async () => {
  const wide: string[] = []
  await atTerminal(80, async () => {
    for (const args of [[], ...Object.keys(COMMANDS).map((name) => [name])]) {
      const { stdout } = await runCommand([...args, '--help'])
      expect(stdout).toContain('Usage: optionlake')
      wide.push(...stdout.split('\n').filter((line) => widthOf(line) > 80))
    }
  })
  expect(wide).toEqual([])
}, 30_000)
