import { expect, test } from 'vitest'
import { type Action, commitText, parseCommit } from '../../src/delta/index.ts'

const KEYS = { content: 'optionlake.seal', file: 'optionlake.sha256' }
const ACTIONS: readonly Action[] = [
  {
    commitInfo: {
      timestamp: 1_795_000_000_000,
      operation: 'WRITE',
      engineInfo: 'optionlake/0.1.0',
      optionlake: { slot: 1, reports: [{ symbol: 'SPY', detail: 'é' }] },
    },
  },
  { txn: { appId: 'slots', version: 3 } },
  {
    add: {
      path: 'symbol=SPY/a.parquet',
      partitionValues: { symbol: 'SPY', date: null },
      size: 10,
      modificationTime: 5,
      dataChange: true,
      stats: '{"numRecords":3}',
    },
  },
  { remove: { path: 'symbol=SPY/b.parquet', dataChange: false, deletionTimestamp: 7 } },
]
/** With the id of version 0.2, and without it as in version 0.1. */
const TEXTS = [
  commitText(ACTIONS, KEYS),
  commitText(
    ACTIONS.map((one) => ('commitInfo' in one ? { commitInfo: { ...one.commitInfo, txnId: 'x-1' } } : one)),
    KEYS,
  ),
]

test('a commit of ours of which both keys of the checksum are damaged is known by its engineInfo', () => {
  const text = TEXTS[0]!.replace('"optionlake":', '"optionlbke":').replace('"seal":', '"seam":')
  expect(() => parseCommit(text, 'commit', KEYS)).toThrow(/its checksum does not match/)
})

test('a commit of another program needs no checksum, whatever names it mentions', () => {
  const commitInfo = {
    engineInfo: 'delta-rs',
    operationParameters: { properties: '{"optionlake.seal":"x"}' },
  }
  const foreign: Action[] = [{ commitInfo }, ...ACTIONS.slice(1)]
  expect(parseCommit(commitText(foreign, null), 'commit', KEYS)).toEqual(foreign)
})

/** The damaged files that are read as if they were sound, but not as what was written. */
function acceptedOf(text: string, damages: Iterable<readonly [what: string, bytes: Buffer]>): string[] {
  const written = JSON.stringify(parseCommit(text, 'commit', KEYS))
  const accepted: string[] = []
  for (const [what, bytes] of damages) {
    try {
      const read = JSON.stringify(parseCommit(bytes.toString('utf8'), 'commit', KEYS))
      if (read !== written) accepted.push(what)
    } catch (error) {
      if ((error as { code?: string }).code !== 'damaged') throw error
    }
  }
  return accepted
}

function* withEveryBitFlipped(bytes: Buffer): Generator<readonly [string, Buffer]> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Buffer.from(bytes)
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7))
    yield [
      `bit ${bit & 7} of byte ${bit >> 3} (${bytes.toString('latin1', (bit >> 3) - 8, (bit >> 3) + 8)})`,
      damaged,
    ]
  }
}

function* withEachByte(
  bytes: Buffer,
  change: 'lost' | 'zero' | 'blank',
): Generator<readonly [string, Buffer]> {
  const instead = { lost: [], zero: [0], blank: [0x20] }[change]
  for (let at = 0; at < bytes.length; at++) {
    yield [
      `byte ${at} ${change}`,
      Buffer.concat([bytes.subarray(0, at), Buffer.from(instead), bytes.subarray(at + 1)]),
    ]
  }
}

function* cutEverywhere(bytes: Buffer): Generator<readonly [string, Buffer]> {
  for (let length = 0; length < bytes.length; length++) yield [`cut at ${length}`, bytes.subarray(0, length)]
}

test.each(TEXTS)(
  'a commit of ours that is damaged anywhere is refused, or reads as it was written',
  (text) => {
    const bytes = Buffer.from(text)
    expect(acceptedOf(text, withEveryBitFlipped(bytes))).toEqual([])
    for (const change of ['lost', 'zero', 'blank'] as const) {
      expect(acceptedOf(text, withEachByte(bytes, change))).toEqual([])
    }
    expect(acceptedOf(text, cutEverywhere(bytes))).toEqual([])
  },
)
