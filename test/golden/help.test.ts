import { expect, test } from 'vitest'
import { expectGolden } from './golden.ts'
import { run } from './imports.ts'

async function helpOf(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run([...args, '--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

test('the help of every command matches the golden file', async () => {
  const whole = await helpOf([])
  const listed = /^Commands:\n((?: {2}.*\n)+)/m.exec(whole)?.[1] ?? ''
  const names = [...listed.matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name as string)
  expect(names).toContain('collect-once')
  const pages = [whole]
  for (let at = 0; at < names.length; at += 2) {
    const two = names.slice(at, at + 2).filter((name) => name !== 'help')
    pages.push(...(await Promise.all(two.map((name) => helpOf([name])))))
  }
  expectGolden('help', pages.join('\n\n'))
})
