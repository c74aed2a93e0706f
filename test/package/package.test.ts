import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  ALLOWED_LICENCES,
  installedPackages,
  type LockFile,
  licencesPage,
} from '../../scripts/docs/licences-page.ts'
import { loadConfig } from '../../src/config/config.ts'

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
    /^(dist\/.*\.(js|d\.ts|html|css)|dist\/commands\.json|dist\/program\/licences\.txt|dist\/site\/.*|dist\/exchange\/scenarios\/built-in\/[a-z_]+\.json|(config|docs)\/.*|src\/delta\/README\.md|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/
  expect(files.filter((file) => !allowed.test(file))).toEqual([])
  expect(files.filter((file) => /^dist\/(test|scripts|build)\//.test(file))).toEqual([])
  // Builds the project.
}, 240_000)

test('every path that the Dockerfile copies from the repository exists', () => {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').split('\n')
  const copied = lines
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1))
  expect(copied).toContain('tsconfig.build.json')
  expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('the list of licences is current, and has none that is not allowed (npm run docs)', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile
  expect(readFileSync(join(root, 'docs/licences.md'), 'utf8')).toBe(licencesPage(lock))
  expect(installedPackages(lock).filter(({ licence }) => !ALLOWED_LICENCES.includes(licence))).toEqual([])
})

test('no package that is installed runs a script at installation', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; hasInstallScript?: boolean }>
  }
  const scripted = Object.entries(packages).filter(([, one]) => one.hasInstallScript && !one.dev)
  expect(scripted.map(([path]) => path)).toEqual([])
})

test('every file that compose.yaml mounts exists, and every variable is one of the program or of its image', () => {
  const compose = readFileSync(join(root, 'compose.yaml'), 'utf8')
  const mounted = [...compose.matchAll(/^ +- (\.\/[^:]+):/gm)].map(([, path]) => path as string)
  expect(mounted.length).toBeGreaterThan(3)
  expect(mounted.filter((path) => !existsSync(join(root, path)))).toEqual([])
  const named = [...compose.matchAll(/^ +(OPTIONLAKE_[A-Z_]+):(?: '(.*)')?$/gm)]
  expect(named.map(([, name]) => name)).toContain('OPTIONLAKE_HTTP_ALLOWED_HOSTS')
  const values = { OPTIONLAKE_GATEWAY_HOST: 'ib-gateway', OPTIONLAKE_GATEWAY_PORT: '4003' }
  const environment = Object.fromEntries(
    named.map(([, name = '', value]) => [name, value ?? values[name as keyof typeof values]]),
  )
  expect(loadConfig(null, environment)).toMatchObject({
    gateway: { host: 'ib-gateway', port: 4003 },
    http: { allowedHosts: expect.arrayContaining(['optionlake']) },
  })
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
  expect(compose).toContain(`lake:${/^VOLUME (.+)$/m.exec(dockerfile)?.[1]}`)
  expect(dockerfile.match(/^FROM node:\d+\.\d+-/gm)).toHaveLength(2)
})
