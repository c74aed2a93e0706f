import { expect, test } from 'vitest'
import { expectGolden } from './golden.ts'
import { run, runCommand } from './imports.ts'

async function helpOf(args: readonly string[], start: typeof run = runCommand): Promise<string> {
  const { code, stdout, stderr } = await start([...args, '--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

test('the help of every command matches the golden file', async () => {
  const whole = await helpOf([], run)
  const listed = /^Commands:\n((?: {2}.*\n)+)/m.exec(whole)?.[1] ?? ''
  const names = [...listed.matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name as string)
  expect(names).toContain('collect-once')
  expect(await helpOf(['chain'], run)).toBe(await helpOf(['chain']))
  const pages = [whole]
  for (const name of names) if (name !== 'help') pages.push(await helpOf([name]))
  expectGolden('help', pages.join('\n\n'))
})
