import type { OlderFigures } from '../analytics/stored/older-figures.ts'
import { amount } from './terminal/format.ts'

/** One line about figures of older definitions that can be computed again; null if there are none. */
export function olderFiguresText({ rebuildable }: OlderFigures): string | null {
  const [first] = rebuildable
  if (!first) return null
  const days = amount(rebuildable.length, 'day')
  return `figures of ${days} from ${first.date} on follow older definitions and are not ranked with new ones`
}

/** The same as --json has it. */
export function olderFiguresJson({ rebuildable, kept }: OlderFigures) {
  return { rebuildable: rebuildable.map(({ date }) => date), kept }
}
