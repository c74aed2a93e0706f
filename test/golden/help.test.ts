import { expect, test } from 'vitest'
import { expectGolden } from './golden.ts'
import {
  createProgram,
  describeCommands,
  describedCommands,
  errorText,
  exitAfter,
  run,
  runCommand,
} from './imports.ts'

async function helpOf(args: readonly string[], start: typeof run = runCommand): Promise<string> {
  const { code, stdout, stderr } = await start([...args, '--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

/** The commands that a help page lists, without help itself. */
function commandsOf(page: string): string[] {
  const listed = /^Commands:\n((?: {2}.*\n)+)/m.exec(page)?.[1] ?? ''
  return [...listed.matchAll(/^ {2}(\w\S*)/gm)]
    .map(([, name]) => name as string)
    .filter((name) => name !== 'help')
}

test('the help of every command matches the golden file', async () => {
  const whole = await helpOf([], run)
  const names = commandsOf(whole)
  expect(names).toContain('collect-once')
  expect(await helpOf(['chain'], run)).toBe(await helpOf(['chain']))
  const pages = [whole]
  for (const name of names) {
    const page = await helpOf([name])
    pages.push(page)
    for (const inner of commandsOf(page)) pages.push(await helpOf([name, inner]))
  }
  expectGolden('help', pages.join('\n\n'))
})

test('the catalogue of the build parses and shows help as the commands do', async () => {
  const catalogue = describedCommands(JSON.parse(JSON.stringify(await describeCommands())))
  const inCatalogue = async (args: readonly string[], width: number) => {
    const { signal } = new AbortController()
    let written = ''
    const write = (text: string) => {
      written += text
    }
    const both = []
    for (const commands of [catalogue, undefined]) {
      written = ''
      const program = await createProgram(args, '1.2.3', signal, commands)
      for (const command of [
        program,
        ...program.commands,
        ...program.commands.flatMap((one) => one.commands),
      ])
        command.configureOutput({ writeOut: write, writeErr: write, getOutHelpWidth: () => width })
      const error = await program.parseAsync([...args], { from: 'user' }).catch((thrown: unknown) => thrown)
      both.push(written + (error ? errorText(exitAfter(error, signal), false) : 'no error'))
    }
    return both as [string, string]
  }
  for (const args of [
    ...[['--help'], ['help'], [], ['--version'], ['help', 'chain'], ['help', 'experiment', 'run']],
    ...[
      ['experiment', '--help'],
      ['experiment'],
      ['experiment', '--sead', '1'],
      ['paper', 'run', '-h'],
      ['paper'],
    ],
    ...[['colect-once'], ['chain'], ['chain', 'SPY', '--xpiry', '1'], ['chain', 'SPY', '--greeks', 'some']],
    ...[
      ['chain', 'SPY', 'QQQ'],
      ['realised', '--help'],
      ['simulate', '--port'],
      ['paper', 'stauts'],
      ['--lake'],
    ],
  ]) {
    for (const width of [60, 120]) {
      const [described, real] = await inCatalogue(args, width)
      expect(described).toBe(real)
      expect(described).not.toBe('no error')
    }
  }
})
