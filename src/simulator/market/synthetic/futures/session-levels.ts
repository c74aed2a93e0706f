import { epochMs } from '../../../../market/units.ts'
import { INDICES, type MarketIndex } from '../../indices.ts'
import { fundOf, type IndexLevel, levelOf } from '../index-levels.ts'
import { type MarketPath, momentIn } from '../path.ts'
import type { SessionLevels } from './index-path.ts'

/** The indices of index futures, from the path that all prices follow. */
export function sessionLevels(path: MarketPath): SessionLevels {
  const levels = new Map<string, IndexLevel>()
  const levelIn = (symbol: string) => {
    const known = levels.get(symbol) ?? levelOf(indexNamed(symbol).level, path)
    levels.set(symbol, known)
    return known
  }
  return {
    level: (symbol, session, second) =>
      levelIn(symbol).at(momentIn(session, epochMs(session.openAt + second * 1_000))),
    levels: (symbol, session) => levelIn(symbol).over(session),
    vol: (symbol, session, second) => {
      const { level } = indexNamed(symbol)
      if (level.kind !== 'fund') throw new RangeError(`no fund follows ${symbol}`)
      return path.vol(fundOf(level.symbol), momentIn(session, epochMs(session.openAt + second * 1_000)))
    },
    dividendYield: (symbol) => indexNamed(symbol).options?.dividendYieldFraction ?? 0,
  }
}

function indexNamed(symbol: string): MarketIndex {
  const found = INDICES.find((index) => index.symbol === symbol)
  if (!found) throw new RangeError(`no index ${symbol} in the synthetic market`)
  return found
}
