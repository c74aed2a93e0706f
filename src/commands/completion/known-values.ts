import { EXPORT_TABLES } from '../../lake/query/export.ts'
import { BUILT_IN_NAMES } from '../experiment/built-in-names.ts'
import type { KnownValues } from './words.ts'

/** Values of options that the commands check themselves, because files may stand there too or the message says more. */
export const KNOWN_VALUES: KnownValues = {
  clock: ['system', 'gateway'],
  rules: ['original', 'research'],
  every: ['slot', 'day'],
  format: ['parquet', 'csv'],
  table: EXPORT_TABLES,
  ...BUILT_IN_NAMES,
}
