import { rangeChart } from '../charts/range-chart.ts'
import { describeRuns } from '../describe-runs.ts'
import { meanDistribution } from '../distribution.ts'
import { charts, figure, type Section } from '../html.ts'
import { byExperiment, type Report } from '../report.ts'
import type { RunFigures } from '../report-run.ts'

/** What the wall clock measured. */
export function latency({ runs }: Report): Section | null {
  const experiments = byExperiment(runs)
  const draw = (heading: string, key: keyof Pick<RunFigures, 'decisionMs' | 'stepMs' | 'fillMs'>) => {
    const rows = experiments
      .map(([label, same]) => ({
        label,
        colour: 'blue' as const,
        distribution: meanDistribution(same.map(({ figures }) => figures[key])),
      }))
      .filter(({ distribution }) => distribution !== null && distribution.max > 0)
    return rows.length === 0 ? [] : [rangeChart(heading, rows, 'milliseconds', { least: 0.0001 })]
  }
  const svgs = [
    ...draw('Decision', 'decisionMs'),
    ...draw('Step', 'stepMs'),
    ...draw('Order to fill', 'fillMs'),
  ]
  if (svgs.length === 0) return null
  return {
    id: 'latency',
    title: 'Latencies',
    html: figure(charts(svgs), {
      runs: describeRuns(runs),
      meaning:
        'Wall clock of the machine that ran the experiments, not market time. Decision: the strategy’s answer to a snapshot. Step: from the end of the answer before to the next snapshot, the way to the venue and back included. Order to fill: from sending an order to reading its fill; resting orders wait for the market. Line: 5 to 95 %; box: 25 to 75 %; bar and number: the median; ring: the largest. Percentiles of each run, averaged over the runs.',
    }),
  }
}
