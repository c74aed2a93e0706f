import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.ts'
import { type ConfigSearch, findConfigFile } from '../../src/config/config-file.ts'
import { lakeFolderOf } from '../../src/config/lake-folder.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const HERE = 'config/optionlake.json'
const OWN = '/home/ada/.config/optionlake/optionlake.json'
const MACHINE = '/etc/optionlake/optionlake.json'
const ALL = [HERE, OWN, MACHINE]

function find(existing: readonly string[], more: Partial<ConfigSearch> = {}) {
  const environment = { HOME: '/home/ada', ...more.environment }
  return findConfigFile({
    named: more.named,
    environment,
    exists: (path) => existing.includes(path),
  })
}

test("--config precedes the variable, and both the current folder's file, the user's and the machine's", () => {
  const environment = { OPTIONLAKE_CONFIG: 'other.json' }
  expect(find(ALL, { named: 'mine.json', environment })?.path).toBe('mine.json')
  expect(find(ALL, { environment })?.path).toBe('other.json')
  expect(find(ALL, { environment: { OPTIONLAKE_CONFIG: '' } })?.path).toBe(HERE)
  expect(find([OWN, MACHINE])?.path).toBe(OWN)
  expect(find([MACHINE])?.path).toBe(MACHINE)
  expect(find([])).toBeNull()
})

test('XDG_CONFIG_HOME moves the own file and XDG_DATA_HOME its lakes; relative ones are ignored', () => {
  const environment = { XDG_CONFIG_HOME: '/x/config', XDG_DATA_HOME: '/x/data' }
  expect(find(['/x/config/optionlake/optionlake.json', MACHINE], { environment })).toEqual({
    path: '/x/config/optionlake/optionlake.json',
    dataFolder: '/x/data/optionlake',
  })
  expect(find(ALL.slice(1), { environment: { XDG_CONFIG_HOME: 'x' } })?.path).toBe(OWN)
})

test("the machine's file has its lakes in /var/lib/optionlake, also when the service names it", () => {
  const expected = { path: MACHINE, dataFolder: '/var/lib/optionlake' }
  expect(find([MACHINE])).toEqual(expected)
  expect(find([], { environment: { OPTIONLAKE_CONFIG: MACHINE } })).toEqual(expected)
  expect(find([], { named: MACHINE })).toEqual(expected)
})

test('lakes are below the data folder of the file; those of a command line or a variable are where it says', () => {
  const folder = temporaryFolder()
  const path = join(folder, 'optionlake.json')
  const loaded = (text: string, environment = {}) => {
    writeFileSync(path, text)
    return loadConfig({ path, dataFolder: '/var/lib/optionlake' }, environment)
  }
  expect(lakeFolderOf(loaded('{}'), 'simulated')).toBe('/var/lib/optionlake/lake/simulated')
  expect(lakeFolderOf(loaded('{ "simulator": { "seed": 2 } }'), 'simulated')).toBe(
    '/var/lib/optionlake/lake/simulated-seed-2',
  )
  expect(lakeFolderOf(loaded('{ "lake": { "folder": "mine" } }'), 'ib')).toBe('/var/lib/optionlake/mine')
  expect(lakeFolderOf(loaded('{ "lake": { "folder": "/data" } }'), 'ib')).toBe('/data')
  expect(lakeFolderOf(loaded('{}', { OPTIONLAKE_LAKE_FOLDER: 'here' }), 'ib')).toBe('here')
  expect(lakeFolderOf(loadConfig(path, {}), 'ib')).toBe('lake/ib')
  expect(() => loaded('{ "lake": 3 }')).toThrow(`${path}: lake is 3: `)
})

test('a file that cannot be read is named, and defaults do not replace it', () => {
  const folder = temporaryFolder()
  expect(() => loadConfig({ path: folder, dataFolder: null }, {})).toThrow(
    `cannot read the configuration ${folder}: it is a folder`,
  )
  expect(() => loadConfig('/nowhere/mine.json', {})).toThrow(
    'cannot read the configuration /nowhere/mine.json: there is no such file',
  )
})
