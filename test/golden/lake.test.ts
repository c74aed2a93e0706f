import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { beforeAll, expect, test } from 'vitest'
import { expectGolden } from './golden.ts'
import { filesBelow, temporaryFolder } from './imports.ts'
import { makeLake } from './make-lake.ts'

const lake = join(temporaryFolder(), 'lake')
beforeAll(() => makeLake(lake))

/** Replaces ids and checksums, which differ in every lake. */
class Names {
  readonly #given = new Map<string, string>()

  plain(text: string): string {
    return text
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, (id) => {
        if (!this.#given.has(id)) this.#given.set(id, `<id ${this.#given.size + 1}>`)
        return this.#given.get(id) as string
      })
      .replaceAll(/"seal":"[0-9a-f]{64}"/g, '"seal":"<seal>"')
  }
}

/** Reads the logs first, in order, so that file ids are numbered in the order of their commits. */
async function sightOf(folder: string): Promise<string> {
  const names = new Names()
  const paths = filesBelow(folder)
  const inLog = paths.filter((path) => path.includes('/_delta_log/'))
  const logs: string[] = []
  for (const path of inLog) logs.push(`== ${path}\n${names.plain(await logText(folder, path))}`)
  const others = paths.filter((path) => !inLog.includes(path))
  const listed = others.map((path) => `${names.plain(path)} ${describe(join(folder, path))}`).sort()
  const state = others
    .filter((path) => path.startsWith('.state/'))
    .map((path) => `== ${path}\n${readFileSync(join(folder, path), 'utf8')}`)
  return [...listed, '', ...logs, ...state].join('\n')
}

function describe(path: string): string {
  const bytes = readFileSync(path)
  return `${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex')}`
}

async function logText(folder: string, path: string): Promise<string> {
  const bytes = readFileSync(join(folder, path))
  if (path.endsWith('.parquet')) return checkpointText(bytes)
  const text = bytes.toString('utf8')
  if (basename(path) !== '_last_checkpoint') return text
  // The names in a checkpoint change its bytes and checksum.
  return text.replace(/"sizeInBytes":\d+/, '"sizeInBytes":<bytes>').replace(/[0-9a-f]{64}/, '<sha256>')
}

async function checkpointText(bytes: Buffer): Promise<string> {
  const file = new Uint8Array(bytes).buffer
  const { schema, key_value_metadata: footer = [] } = parquetMetadata(file)
  const columns = schema.map(({ name, type, converted_type: converted }) =>
    [name, type, converted].filter((part) => part !== undefined).join(' '),
  )
  const rows = await parquetReadObjects({ file })
  return [
    `footer: ${footer.map(({ key }) => key).join(', ')}`,
    `columns: ${columns.join(', ')}`,
    ...rows.map((row) => JSON.stringify(row, plainValue)),
    '',
  ].join('\n')
}

function plainValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value === null ? undefined : value
}

test('the files of a lake match the golden file byte for byte', async () => {
  expectGolden('lake', await sightOf(lake))
})

test('a second lake of the same rows has the same bytes', async () => {
  const again = join(temporaryFolder(), 'lake')
  await makeLake(again)
  expect(await sightOf(again)).toBe(await sightOf(lake))
})
