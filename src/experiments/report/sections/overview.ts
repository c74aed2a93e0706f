import { escapeText } from '../charts/svg.ts'
import { endedEarly } from '../describe-runs.ts'
import { table } from '../html.ts'
import { amount, listing, whole } from '../numbers.ts'
import type { Report } from '../report.ts'

/** What the report is made of. */
export function overview(report: Report): string {
  const { runs, madeAt, version } = report
  const unique = <Value>(values: readonly Value[]) => [...new Set(values)]
  const seeds = unique(runs.map(({ seed }) => seed)).filter((seed) => seed !== null)
  const facts: readonly (readonly [string, string])[] = [
    ['runs', whole(runs.length)],
    ['scenarios', whole(unique(runs.map(({ scenario }) => scenario)).length)],
    ['experiments', whole(unique(runs.map(({ experiment }) => experiment)).length)],
    [
      'seeds',
      seeds.length === 0 ? 'not stated' : seeds.length === 1 ? String(seeds[0]) : whole(seeds.length),
    ],
    ['rules', listing(unique(runs.map(({ rules }) => rules ?? 'not stated')))],
    ['step records', whole(runs.reduce((sum, { records }) => sum + records, 0))],
    ['made', `${madeAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`],
    ['optionlake', version],
  ]
  const list = facts.map(
    ([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`,
  )
  return `<h1>Experiments on market mechanics</h1><dl class="facts">${list.join('')}</dl>${leftOut(report)}`
}

interface Omission {
  readonly what: string
  readonly reason: string
}

/** What the figures do not have: files, lines, baselines, the rest of runs that ended early, repeated runs. */
export function omissionsOf({ runs, counted, leftOut: files }: Report): Omission[] {
  const passiveMarkets = new Set(runs.filter(({ mode }) => mode === 'passive').map(marketKey))
  return [
    ...files.map(({ file, reason }) => ({ what: file, reason: `not shown: ${reason}` })),
    ...runs.flatMap((run, index) => {
      const reasons: string[] = []
      if (run.damagedLines > 0)
        reasons.push(
          `${amount(run.damagedLines, 'damaged line')} skipped, ${whole(run.records)} records read`,
        )
      const early = endedEarly(run)
      if (early !== null) reasons.push(`ended after step ${whole(run.lastStep)}: ${early}`)
      if (run.mode === 'active' && run.paired === null && !passiveMarkets.has(marketKey(run)))
        reasons.push('no passive run of the same scenario, seed and rules: no effect on the market')
      if (!counted.has(index))
        reasons.push('a newer run of the same scenario, experiment, seed and rules counts in its place')
      if (run.series === null) reasons.push('not shown over time: too many runs for one page')
      return reasons.map((reason) => ({ what: run.file, reason }))
    }),
  ]
}

function marketKey({ scenario, seed, rules }: Report['runs'][number]): string {
  return JSON.stringify([scenario, seed, rules])
}

function leftOut(report: Report): string {
  const omissions = omissionsOf(report)
  if (omissions.length === 0)
    return '<p class="soft">Nothing was left out: every file was read to its end, and every run lasted as long as it should.</p>'
  const rows = table('left-out', 'What was left out', omissions, [
    { title: 'file', text: ({ what }) => what },
    { title: 'what is missing', text: ({ reason }) => reason, wraps: true },
  ])
  return `<details${omissions.length <= 12 ? ' open' : ''}><summary class="warn">${amount(omissions.length, 'remark')} on what was left out</summary>${rows}</details>`
}
