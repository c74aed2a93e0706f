import { rangeChart } from '../charts/range-chart.ts'
import { describeRuns } from '../describe-runs.ts'
import { meanDistribution } from '../distribution.ts'
import { charts, figure, type Section } from '../html.ts'
import { listing, percent } from '../numbers.ts'
import type { MarketGroup } from '../report.ts'

/** How wide the spread and how deep the book was. */
export function liquidity(markets: readonly MarketGroup[]): Section {
  const chosen = markets.map(({ label, runs }) => {
    const passive = runs.filter(({ mode }) => mode === 'passive')
    return { label, runs: passive.length > 0 ? passive : runs, isPassive: passive.length > 0 }
  })
  const rowsOf = (key: 'spread' | 'bidDepth' | 'askDepth', colour: 'blue' | 'orange') =>
    chosen.map(({ label, runs }) => ({
      label,
      colour,
      distribution: meanDistribution(runs.map(({ figures }) => figures[key])),
    }))
  const svgs = [
    rangeChart('Spread', rowsOf('spread', 'blue'), 'spread, $', { least: 0.01 }),
    rangeChart('Depth of the bids', rowsOf('bidDepth', 'blue'), 'shares', { least: 100 }),
    rangeChart('Depth of the asks', rowsOf('askDepth', 'orange'), 'shares', { least: 100 }),
  ]
  const active = chosen.filter(({ isPassive }) => !isPassive).map(({ label }) => label)
  const twoSided = chosen.map(({ label, runs }) => {
    const mean = runs.reduce((sum, { figures }) => sum + figures.twoSidedFraction, 0) / runs.length
    return `${label} ${percent(mean, 2)}`
  })
  return {
    id: 'liquidity',
    title: 'Spread and depth',
    html: figure(charts(svgs), {
      runs: `passive runs${active.length > 0 ? `, but all runs of ${listing(active)}, which has no passive one` : ''}: ${describeRuns(chosen.flatMap(({ runs }) => runs))}`,
      meaning: `Line: 5 to 95 % of the steps; box: 25 to 75 %; bar, and the number at the right: the median; ring: the largest. Percentiles are those of each run, averaged over the runs. Depth counts the shares of all levels that the venue sends. Steps with a bid and an ask: ${twoSided.join(', ')}.`,
    }),
  }
}
