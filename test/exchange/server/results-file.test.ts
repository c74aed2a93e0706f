import { mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openResultsFile } from '../../../src/exchange/server/results-file.ts'
import { EXIT } from '../../../src/process/failure.ts'
import { result } from './result.ts'

const newPath = () => join(mkdtempSync(join(tmpdir(), 'optionlake-results-')), 'results.jsonl')
const idsIn = (path: string) => openResultsFile(path, 100).kept.map(({ run_id }) => run_id)

test('a file that holds something else is refused and stays as it is', () => {
  for (const text of ['my notes\n', '{"exchange":{}}\n', `${JSON.stringify(result('a'))}\nnotes\n`]) {
    const path = newPath()
    writeFileSync(path, text)
    expect(() => openResultsFile(path, 10)).toThrow(
      expect.objectContaining({
        exitCode: EXIT.configuration,
        message: expect.stringMatching(/: line [12] is no result of a run: name another file$/),
      }),
    )
    expect(readFileSync(path, 'utf8')).toBe(text)
  }
})

test('a file that cannot be written is refused at the start', () => {
  expect(() => openResultsFile('/none/results.jsonl', 10)).toThrow(
    expect.objectContaining({ exitCode: EXIT.io }),
  )
})

test('a last line without its line break is not joined with the next one', () => {
  const path = newPath()
  writeFileSync(path, JSON.stringify(result('a')))
  openResultsFile(path, 10).append(result('b'))
  expect(idsIn(path)).toEqual(['a', 'b'])
})

test('half a line is left out, wherever the write ended', () => {
  const line = `${JSON.stringify(result('b'))}\n`
  for (let length = 1; length < line.length; length += 7) {
    const path = newPath()
    writeFileSync(path, `${JSON.stringify(result('a'))}\n${line}`)
    truncateSync(path, Buffer.byteLength(line) + length)
    const file = openResultsFile(path, 10)
    expect(file.unreadable).toBe(1)
    file.append(result('c'))
    expect(idsIn(path)).toEqual(['a', 'c'])
  }
})

test('the file has never more than twice the results that are kept', () => {
  const path = newPath()
  const file = openResultsFile(path, 5)
  for (let at = 0; at < 100; at++) {
    file.append(result(`${at}`))
    expect(readFileSync(path, 'utf8').split('\n').length - 1).toBeLessThan(10)
  }
  expect(idsIn(path).slice(-5)).toEqual(['95', '96', '97', '98', '99'])
})
