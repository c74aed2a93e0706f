import { existsSync } from 'node:fs'
import { olderFigures } from '../../../analytics/stored/older-figures.ts'
import { layoutOf } from '../../../lake/layout.ts'
import { openLake } from '../../../lake/open.ts'
import { systemClock } from '../../../market/clock.ts'
import { olderFiguresText } from '../../older-figures-text.ts'
import { amount } from '../../terminal/format.ts'
import { type Check, failed, passed, warning } from './check.ts'

const NAME = 'figures'

/** Whether the stored figures follow the definitions of this program; nothing where there is no lake yet. */
export async function figuresCheck(folder: string): Promise<Check[]> {
  if (!existsSync(layoutOf(folder).log)) return []
  try {
    const lake = await openLake(folder, { mode: 'read', clock: systemClock })
    try {
      const older = await olderFigures(lake)
      const advice = 'start the daemon, which rebuilds them, or run optionlake metrics --rebuild'
      const text = olderFiguresText(older)
      if (text !== null && older.rebuildable.length > 0) return [warning(NAME, text, advice)]
      const kept =
        older.kept.length === 0 ? '' : `; ${amount(older.kept.length, 'day')} of older ones without chains`
      return [passed(NAME, `they follow today's definitions${kept}`)]
    } finally {
      await lake.close()
    }
  } catch (error) {
    return [failed(NAME, (error as Error).message, 'see optionlake verify')]
  }
}
