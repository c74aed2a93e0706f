import type { Finding } from '../../lake/check/findings.ts'
import { count } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

/** Findings shown without --json. */
const SHOWN = 20

/** The first findings, one a line. */
export function findingsTable(findings: readonly Finding[]): string {
  const table = formatTable(findings.slice(0, SHOWN), [
    { title: 'finding', value: ({ kind }) => kind },
    { title: 'where', shortenTo: 24, value: ({ path }) => path },
    { title: 'what', wraps: true, value: ({ detail }) => detail },
  ])
  return findings.length > SHOWN ? `${table}\n… ${count(findings.length - SHOWN)} more: --json` : table
}
