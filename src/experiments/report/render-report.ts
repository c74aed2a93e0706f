import { escapeText } from './charts/svg.ts'
import { runName } from './describe-runs.ts'
import type { Section } from './html.ts'
import { contentSecurityPolicy, readPageAssets } from './page/assets.ts'
import type { PageData, PageRun } from './page-data.ts'
import { marketGroups, type Report } from './report.ts'
import type { ReportRun } from './report-run.ts'
import { allRuns } from './sections/all-runs.ts'
import { crashes } from './sections/crashes.ts'
import { fills } from './sections/fills.ts'
import { impact } from './sections/impact.ts'
import { latency } from './sections/latency.ts'
import { liquidity } from './sections/liquidity.ts'
import { oneRun } from './sections/one-run.ts'
import { overview } from './sections/overview.ts'

/** The report as one HTML page that needs nothing else: style sheet, script and data are in it. */
export function renderReport(report: Report): string {
  const data = pageData(report)
  const markets = marketGroups(report)
  const sections = [
    oneRun(data.runs.length, Math.max(0, ...data.runs.map(({ buckets }) => buckets))),
    impact(markets),
    fills(markets),
    crashes(report),
    liquidity(markets),
    latency(report),
    allRuns(report, shownPlaces(report)),
  ].filter((section) => section !== null)
  return renderPage({ title: 'Experiments on market mechanics', head: overview(report), sections, data })
}

export interface Page {
  readonly title: string
  readonly head: string
  readonly sections: readonly Section[]
  /** For the charts over time; null without them. */
  readonly data: PageData | null
}

export function renderPage({ title, head, sections, data }: Page): string {
  const assets = readPageAssets()
  const links = sections.map(({ id, title: name }) => `<a href="#${id}">${escapeText(name)}</a>`)
  const parts = sections.map(
    ({ id, title: name, html }) => `<section id="${id}"><h2>${escapeText(name)}</h2>\n${html}</section>`,
  )
  // In a script element only "<" could end the data.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  const block = data === null ? '' : `<script type="application/json" id="data">${json}</script>\n`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeText(contentSecurityPolicy(assets))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${escapeText(title)}</title>
<style>${assets.style}</style>
</head>
<body>
<header>${head}</header>
<nav aria-label="Contents">${links.join('')}</nav>
<main>
${parts.join('\n')}
</main>
${block}<script>${assets.script}</script>
</body>
</html>
`
}

/** Place in the page's data of each run that is shown over time. */
function shownPlaces({ runs }: Report): Map<number, number> {
  const places = new Map<number, number>()
  runs.forEach((run, index) => {
    if (run.series !== null) places.set(index, places.size)
  })
  return places
}

function pageData({ runs }: Report): PageData {
  const shown = runs.filter(({ series }) => series !== null)
  const placeOf = new Map(shown.map(({ file }, place) => [file, place]))
  return { runs: shown.map((run) => pageRun(run, shown, placeOf)) }
}

function pageRun(run: ReportRun, shown: readonly ReportRun[], placeOf: ReadonlyMap<string, number>): PageRun {
  const { scenario, experiment, firstStep, lastStep, secondsPerStep, paired, series } = run
  const comparison =
    paired !== null
      ? `compared with ${paired.baseline}`
      : run.mode === 'passive'
        ? 'a passive run: it sends no orders'
        : 'without a passive run of the same market'
  const rules = run.rules === null ? 'rules not stated' : `rules ${run.rules}`
  return {
    scenario,
    experiment,
    name: runName(run, shown),
    ...{ firstStep, lastStep, secondsPerStep },
    baseline: paired === null ? null : (placeOf.get(paired.baseline) ?? null),
    about: `${run.file}: ${rules}; ${run.records.toLocaleString('en-US')} records; ${comparison}.`,
    buckets: series?.buckets ?? 0,
    series: series?.packed as PageRun['series'],
  }
}
