import { endedEarly } from '../describe-runs.ts'
import { type Column, figure, type Section, table } from '../html.ts'
import { decimal, percent, whole } from '../numbers.ts'
import type { Report } from '../report.ts'
import type { ReportRun } from '../report-run.ts'

type Row = ReportRun & { readonly index: number }

const COLUMNS: readonly Column<Row>[] = [
  { title: 'scenario', text: ({ scenario }) => scenario },
  { title: 'experiment', text: ({ experiment }) => experiment },
  { title: 'seed', text: ({ seed }) => String(seed ?? '–'), value: ({ seed }) => seed },
  { title: 'rules', text: ({ rules }) => rules ?? '–' },
  { title: 'records', text: ({ records }) => whole(records), value: ({ records }) => records },
  {
    title: 'mid range',
    meaning: 'highest less lowest mid, as a part of the first',
    ...share(({ figures }) => rangeOf(figures)),
  },
  {
    title: 'mean spread, $',
    ...number(({ figures }) => figures.meanSpread, 3),
  },
  { title: 'orders', ...number(({ fills }) => fills.all?.orders ?? 0, 0) },
  { title: 'shares sent', ...number(({ fills }) => fills.all?.sentQuantity ?? 0, 0) },
  { title: 'filled', ...number(({ fills }) => fills.all?.filledQuantity ?? 0, 0) },
  {
    title: 'filled part',
    meaning: 'filled shares over sent shares',
    ...share(({ fills }) => fills.all?.quantityRate ?? null),
  },
  { title: 'final inventory', ...number(({ figures }) => figures.finalInventory, 0) },
  { title: 'largest inventory', meaning: 'in size', ...number(({ figures }) => largest(figures), 0) },
  { title: 'final P&L, $', ...number(({ figures }) => figures.finalPnl, 2) },
  { title: 'lowest P&L, $', ...number(({ figures }) => figures.lowestPnl, 2) },
  {
    title: 'effect on mid, $',
    meaning: 'mean of mid less mid of the passive run',
    ...number(({ paired }) => paired?.market.meanMidDifference ?? null, 4),
  },
  {
    title: 'largest fall',
    meaning: 'within 30 minutes',
    ...share(({ crash }) => crash?.signature.fallFraction ?? 0),
  },
  {
    title: 'ended',
    meaning: 'the reason is above, with what was left out',
    text: (run) => (endedEarly(run) ?? run.end?.kind ?? 'not stated').split(':')[0] as string,
  },
  { title: 'file', text: ({ file }) => file },
]

/** Every run with its figures. */
export function allRuns({ runs }: Report, shown: ReadonlyMap<number, number>): Section {
  const rows = runs.map((run, index) => ({ ...run, index }))
  const action = ({ index }: Row) => {
    const place = shown.get(index)
    return place === undefined ? '' : `<button type="button" data-run="${place}">show</button>`
  }
  const field =
    '<p class="screen"><label>Filter: <input type="search" data-filters="runs" placeholder="words, such as flash passive" size="28"></label></p>'
  return {
    id: 'all-runs',
    title: 'All runs',
    html:
      field +
      figure(table('runs', 'All runs', rows, COLUMNS, action), {
        runs: 'all that were read, one a row',
        meaning:
          'A click on a column’s name sorts by it, a second one the other way round. Prices and P&L in dollars, quantities in shares. P&L is cash plus inventory at the last valid mid.',
      }),
  }
}

function number(
  value: (run: Row) => number | null,
  decimals: number,
): Pick<Column<Row>, 'text' | 'value'> & {
  value: (run: Row) => number | null
} {
  return { value, text: (run) => decimal(value(run), decimals) }
}

function share(value: (run: Row) => number | null): Pick<Column<Row>, 'text'> & {
  value: (run: Row) => number | null
} {
  return { value, text: (run) => percent(value(run), 2) }
}

function rangeOf({ firstMid, lowestMid, highestMid }: ReportRun['figures']): number | null {
  if (firstMid === null || lowestMid === null || highestMid === null || firstMid === 0) return null
  return (highestMid - lowestMid) / firstMid
}

function largest({ lowestInventory, highestInventory }: ReportRun['figures']): number | null {
  if (lowestInventory === null || highestInventory === null) return null
  return Math.max(-lowestInventory, highestInventory)
}
