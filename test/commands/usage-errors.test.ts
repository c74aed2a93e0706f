import { expect, test } from 'vitest'
import { runCommand } from './run-command.ts'

test.each([
  [
    ['completion'],
    'missing <what>: write optionlake completion <what> [shell], where <what> is bash, zsh, fish or install',
  ],
  [['completion', 'ksh'], 'no <what> is called ksh: write bash, zsh, fish or install'],
  [['completion', 'install', 'ksh'], 'no <shell> is called ksh: write bash, zsh or fish'],
  [['experiment', 'stats'], 'missing <file>: write optionlake experiment stats <file>'],
  [['chain'], 'missing <symbol>: write optionlake chain <symbol>'],
  [['chain', 'SPY', 'QQQ'], "too many arguments for 'chain': 2 instead of 1: see optionlake chain --help"],
  [['stats', '--lake'], '--lake <folder> has no value: write it after the option, or see optionlake --help'],
  [['experiment', 'zzz'], "unknown command 'zzz': see optionlake experiment --help"],
  [['stats', '--zzzzzz'], "unknown option '--zzzzzz': see optionlake stats --help"],
  [['stats', '--symbolz', 'SPY'], "unknown option '--symbolz' (Did you mean --symbols?)"],
])('%j: %s', async (args, message) => {
  expect(await runCommand(args)).toEqual({ code: 64, stdout: '', stderr: `${message}\n` })
})
