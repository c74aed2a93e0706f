import { readFile } from 'node:fs/promises'
import { createMetrics } from '../../../src/serve/metrics/metrics.ts'
import { recordAll } from '../../support/recorded-metrics.ts'

/** A query of the dashboard, and what Prometheus says is wrong with its answer; null if nothing is. */
export interface PanelTrial {
  readonly title: string
  readonly expression: string
  readonly fault: string | null
}

/** The scraped text of a daemon that has recorded every metric. */
export async function everyMetric(): Promise<string> {
  const metrics = createMetrics('0.0.0', { symbols: ['SPY'] })
  recordAll(metrics)
  return metrics.text()
}

/** Asks a running Prometheus every query of the dashboard about one target, as Grafana would. */
export async function queryPanels(
  address: string,
  { dashboard, instance }: { readonly dashboard: string; readonly instance: string },
): Promise<PanelTrial[]> {
  const { panels } = JSON.parse(await readFile(dashboard, 'utf8')) as {
    panels: { title: string; targets: { expr: string }[] }[]
  }
  const trials: PanelTrial[] = []
  for (const { title, targets } of panels) {
    for (const { expr: expression } of targets) {
      const query = expression.replaceAll('$instance', instance).replaceAll('$__rate_interval', '1m')
      const answer = await fetch(`${address}/api/v1/query?query=${encodeURIComponent(query)}`)
      const { error, data } = (await answer.json()) as { error?: string; data?: { result: unknown[] } }
      const fault = error ?? (data?.result.length === 0 ? 'no series' : null)
      trials.push({ title, expression, fault })
    }
  }
  return trials
}
