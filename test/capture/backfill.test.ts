import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { knownForHistory } from '../../src/capture/backfill.ts'
import { emptyCache } from '../../src/chain/cache-updates.ts'
import { chainCachePath, writeChainCache } from '../../src/chain/chain-cache.ts'
import type { Underlying } from '../../src/market/contract.ts'
import { conId, sessionDate } from '../../src/market/units.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const future = (id: number): Underlying => ({
  ...{ symbol: 'ES', secType: 'FUT', exchange: 'CME', currency: 'USD' },
  conId: conId(id),
})

test('once a future has expired, history is asked of the one that the chain has now', () => {
  const folder = temporaryFolder()
  const [december, march] = [future(1), future(2)]
  const path = chainCachePath(folder, 'ES')
  mkdirSync(dirname(path), { recursive: true })
  writeChainCache(path, emptyCache(march, sessionDate('2026-12-18')))
  const known = knownForHistory([{ symbol: 'ES', what: 'TRADES' }], folder, new Map([['ES', december]]))
  expect(known.get('ES')?.conId).toBe(2)
})
