import { expect, test } from 'vitest'
import { expectGolden } from './golden.ts'
import { run, runCommand } from './imports.ts'

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
