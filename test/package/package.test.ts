import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const LEFT_OUT = new Set(['.git', 'node_modules', 'dist', 'build', 'lake', 'data', 'test'])

/** A copy of a fresh clone. It is inside the repository, so that it finds the installed dependencies. */
function freshClone(): string {
  const folder = mkdtempSync(join(root, 'build/package-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of readdirSync(root).filter((one) => !LEFT_OUT.has(one))) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  return folder
}

interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
}

test('a package made from a fresh clone contains only the compiled program and its documents', () => {
  const clone = freshClone()
  expect(existsSync(join(clone, 'dist'))).toBe(false)
  const printed = execFileSync('npm', ['pack', '--dry-run', '--json'], {
    cwd: clone,
    stdio: 'pipe',
  }).toString()
  const [pack] = JSON.parse(printed) as [{ files: { path: string }[] }]
  const files = pack.files.map(({ path }) => path)

  const { bin, exports } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as Manifest
  const named = [
    ...Object.values(bin),
    ...Object.values(exports).flatMap((targets) => Object.values(targets)),
  ]
  for (const file of named) expect(files).toContain(file.replace(/^\.\//, ''))
  // The path of version 0.1.
  expect(files).toContain('dist/src/main.js')
  expect(files).toContain('dist/serve/page/index.html')
  expect(files).toContain('dist/exchange/scenarios/built-in/normal_market.json')

  const allowed =
    /^(dist\/.*\.(js|d\.ts|html|css)|dist\/site\/.*|dist\/exchange\/scenarios\/built-in\/[a-z_]+\.json|(config|docs)\/.*|src\/delta\/README\.md|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/
  expect(files.filter((file) => !allowed.test(file))).toEqual([])
  expect(files.filter((file) => /^dist\/(test|scripts|build)\//.test(file))).toEqual([])
})

test('every path that the Dockerfile copies from the repository exists', () => {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').split('\n')
  const copied = lines
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1))
  expect(copied).toContain('tsconfig.build.json')
  expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([])
})
