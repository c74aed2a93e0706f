import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { completionAnswer } from '../../src/schemas/completion.ts'
import { run, temporaryFolder } from './program.ts'

const folder = temporaryFolder()
const lake = join(folder, 'lake of SPY')

beforeAll(() => {
  for (const symbol of ['SPY', 'IWM']) {
    mkdirSync(join(lake, 'option_snapshots', `symbol=${symbol}`), { recursive: true })
  }
  writeFileSync(join(folder, 'spy.csv'), '')
})

function isInstalled(shell: string): boolean {
  return ['/bin', '/usr/bin', '/usr/local/bin'].some((place) => existsSync(join(place, shell)))
}

/** What each shell offers for these lines: the last word is the one that is completed. */
const LINES: readonly (readonly [line: readonly string[], offered: readonly string[]])[] = [
  [['collect'], ['collect-once']],
  [['chain', '--gre'], ['--greeks']],
  [['chain', '--greeks', ''], ['all']],
  [
    ['--lake', lake, 'chain', ''],
    ['IWM', 'SPY'],
  ],
  [
    ['alerts', ''],
    ['list', 'test'],
  ],
  [['experiment', 'run', '--scenario', 'fl'], ['flash_crash']],
  [['simulate', '--chain', 'spy'], ['spy.csv']],
]

/** How each shell is asked: one program that prints a line for each of `LINES`. */
const PROGRAMS = {
  bash: (script: string) =>
    `source ${script}\n${LINES.map(
      ([words]) =>
        `COMP_WORDS=(optionlake ${words.map(quoted).join(' ')}); COMP_CWORD=${words.length}; _optionlake; echo "\${COMPREPLY[*]}"`,
    ).join('\n')}`,
  // compadd and _files choose among what is offered; they work only while a line is edited.
  zsh: (script: string) =>
    `compdef() { : }; source ${script}
compadd() { shift; print -r -- \${(M)@:#\${words[CURRENT]}*} }; _files() { print -r -- \${words[CURRENT]}*(N) }
${LINES.map(([words]) => `words=(optionlake ${words.map(quoted).join(' ')}); CURRENT=${words.length + 1}; _optionlake`).join('\n')}`,
  fish: (script: string) =>
    `source ${script}\n${LINES.map(
      ([words]) =>
        `echo (complete -C ${quoted(['optionlake', ...words.map((word) => word.replaceAll(' ', '\\\\ '))].join(' '))} | string replace -r '\\t.*' '')`,
    ).join('\n')}`,
} as const

const START = { bash: ['--norc', '-c'], zsh: ['-f', '-c'], fish: ['--no-config', '-c'] } as const

function quoted(word: string): string {
  return `'${word}'`
}

test.concurrent.each(['bash', 'zsh', 'fish'] as const)(
  'completes commands, options, values, symbols and files in %s',
  async (shell) => {
    const { stdout, stderr, code } = await run(['completion', shell])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    if (!isInstalled(shell)) return
    const script = join(folder, `script.${shell}`)
    writeFileSync(script, stdout)
    const answer = await new Promise<string>((done) => {
      const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder } }
      execFile(shell, [...START[shell], PROGRAMS[shell](script)], options, (_, out, error) =>
        done(out + error),
      )
    })
    const offered = answer.trimEnd().split('\n')
    expect(offered.map((line) => line.split(' ').sort())).toEqual(LINES.map(([, words]) => [...words]))
  },
)

test.concurrent('installs one file, says so, and leaves it as it is the next time', async () => {
  const home = { HOME: join(folder, 'home'), SHELL: '/bin/bash' }
  const path = join(home.HOME, '.local/share/bash-completion/completions/optionlake')
  const first = await run(['completion', 'install'], home)
  expect(first).toMatchObject({ code: 0, stdout: `wrote ${path}\n` })
  expect(first.stderr).toContain(`to undo: rm ${path}`)
  execFileSync('bash', ['-n', path])
  const before = readFileSync(path, 'utf8')
  const again = await run(['completion', 'install', 'bash', '--json'], home)
  expect(completionAnswer.parse(JSON.parse(again.stdout))).toEqual({ shell: 'bash', path, changed: false })
  expect(readFileSync(path, 'utf8')).toBe(before)
  const unknown = await run(['completion', 'install'], { HOME: folder, SHELL: '/bin/csh' })
  expect(unknown).toMatchObject({ code: 64 })
})
