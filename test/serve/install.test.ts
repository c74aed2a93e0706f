import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'optionlake-install-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A built checkout, reduced to the files that are installed. */
function checkout(): string {
  const source = join(folder, 'checkout')
  for (const part of ['scripts/install-systemd.sh', 'config', 'docs', 'package.json', 'package-lock.json'])
    cpSync(join(root, part), join(source, part), { recursive: true })
  mkdirSync(join(source, 'dist'), { recursive: true })
  writeFileSync(join(source, 'dist/main.js'), '#!/usr/bin/env node\n')
  return source
}

function install(source: string): void {
  execFileSync('sh', [join(source, 'scripts/install-systemd.sh'), '--without-modules'], {
    env: { PATH: process.env.PATH, DESTDIR: join(folder, 'root') },
    stdio: 'pipe',
  })
}

test('every path that a unit names is installed, and nothing else is needed', () => {
  install(checkout())
  const target = join(folder, 'root')
  for (const unit of ['optionlake.service', 'optionlake-verify.service', 'optionlake-backup.service']) {
    const text = readFileSync(join(target, 'etc/systemd/system', unit), 'utf8')
    const paths = [...text.matchAll(/(?:[ =]|\/\/)(\/(?:usr\/local|etc)\/[\w./-]+)/g)].map(
      ([, path]) => path as string,
    )
    expect(paths.length).toBeGreaterThanOrEqual(3)
    for (const path of paths) expect(existsSync(join(target, path)), path).toBe(true)
  }
  for (const timer of ['optionlake-verify.timer', 'optionlake-backup.timer']) {
    expect(existsSync(join(target, 'etc/systemd/system', timer)), timer).toBe(true)
  }
  expect(readlinkSync(join(target, 'usr/local/bin/optionlake'))).toBe('../lib/optionlake/dist/main.js')
})

test('installing again keeps the configuration and drops old files of the program', () => {
  const source = checkout()
  install(source)
  const configuration = join(folder, 'root/etc/optionlake/optionlake.json')
  const old = join(folder, 'root/usr/local/lib/optionlake/dist/old.js')
  writeFileSync(configuration, '{ "symbols": ["SPY"] }')
  writeFileSync(old, '')
  install(source)
  expect(readFileSync(configuration, 'utf8')).toBe('{ "symbols": ["SPY"] }')
  expect(existsSync(old)).toBe(false)
})

test('a checkout that was not built is refused with what to do', () => {
  const source = checkout()
  rmSync(join(source, 'dist'), { recursive: true })
  expect(() => install(source)).toThrow(/run npm ci and npm run build first/)
})
