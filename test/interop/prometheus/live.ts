import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type AlertScenario, WATCHED_MINUTES } from './alert-scenarios.ts'
import { createMonitoredDaemon } from './monitored-daemon.ts'
import { everyMetric, type PanelTrial, queryPanels } from './panels.ts'

/** The target whose series the panels of the dashboard are asked for. */
const PANELS = 'panels'
/** Seconds that a minute of a scenario takes, and so do the minutes of the rules, a scrape at most and the time between two. */
const MINUTE_SECONDS = 3
/** Rules that were late in the last minute of a scenario are evaluated in these. */
const EXTRA_MINUTES = 5
/** Longest time for Prometheus to start, to scrape every target once, and to answer every query. */
const LIMIT_MS = 60_000

/**
 * Runs Prometheus with the rules, twenty times as fast, on one daemon for each scenario, which it scrapes over HTTP. A minute
 * ends when every daemon has been scraped in it, however slow the machine is. Returns the alerts that fired, by scenario, and
 * the answers to the queries of the dashboard.
 */
export async function fireInPrometheus(
  scenarios: readonly AlertScenario[],
  {
    rules,
    dashboard,
    folder,
  }: { readonly rules: string; readonly dashboard: string; readonly folder: string },
): Promise<{ fired: ReadonlyMap<string, readonly string[]>; panels: readonly PanelTrial[] }> {
  const daemons = scenarios.map((scenario) => ({ scenario, daemon: createMonitoredDaemon() }))
  const scrapes = new Map<string, string | null>([[`/${PANELS}`, await everyMetric()]])
  /** Paths that were not scraped in this minute. */
  const waiting = new Set<string>()
  const server = await serve((path) => {
    waiting.delete(path)
    return scrapes.get(path) ?? null
  })
  const { port } = server.address() as AddressInfo
  await writeFile(join(folder, 'rules.yml'), faster(await readFile(rules, 'utf8')))
  await writeFile(join(folder, 'prometheus.json'), JSON.stringify(configuration(scenarios, port)))
  const ownPort = await freePort()
  const prometheus = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.json')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${ownPort}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const ended = new Promise<void>((resolve) => prometheus.once('exit', () => resolve()))
  const address = `http://127.0.0.1:${ownPort}`
  try {
    await untilReady(address)
    for (let minute = 0; minute <= WATCHED_MINUTES; minute++) {
      const startMs = performance.now()
      for (const [at, { scenario, daemon }] of daemons.entries()) {
        scenario.before(minute, daemon)
        daemon.minute(minute)
        scrapes.set(`/${at}`, await daemon.text())
        waiting.add(`/${at}`)
      }
      await wait(Math.max(0, startMs + MINUTE_SECONDS * 1_000 - performance.now()))
      await until(
        () => waiting.size === 0,
        () => `scrape ${waiting.size} of ${daemons.length} daemons`,
      )
    }
    await wait(EXTRA_MINUTES * MINUTE_SECONDS * 1_000)
    const panels = await answeredPanels(address, dashboard)
    return { fired: await firedOf(address, scenarios), panels }
  } finally {
    prometheus.kill('SIGTERM')
    await ended
    server.closeAllConnections()
    server.close()
  }
}

/** Every window and every `for`, a minute as MINUTE_SECONDS. */
function faster(rules: string): string {
  const units: Readonly<Record<string, (count: number) => string>> = {
    m: (count) => `${count * MINUTE_SECONDS}s`,
    h: (count) => `${count * MINUTE_SECONDS}m`,
    d: (count) => `${24 * count * MINUTE_SECONDS}m`,
  }
  return rules.replace(
    /(\[|for: )(\d+)([mhd])\b/g,
    (_, before, count, unit) => `${before}${units[unit]?.(Number(count))}`,
  )
}

function configuration(scenarios: readonly AlertScenario[], port: number) {
  const minute = `${MINUTE_SECONDS}s`
  return {
    global: { scrape_interval: minute, scrape_timeout: minute, evaluation_interval: minute },
    rule_files: ['rules.yml'],
    scrape_configs: [
      {
        job_name: 'optionlake',
        static_configs: scenarios.map(({ name }, at) => ({
          targets: [`127.0.0.1:${port}`],
          labels: { __metrics_path__: `/${at}`, instance: name },
        })),
      },
      {
        job_name: 'panels',
        metrics_path: `/${PANELS}`,
        static_configs: [{ targets: [`127.0.0.1:${port}`], labels: { instance: PANELS } }],
      },
    ],
  }
}

/** Answers with the metrics, or 503 where there are none. */
async function serve(textOf: (path: string) => string | null): Promise<Server> {
  const server = createServer((request, response) => {
    const text = textOf(request.url ?? '/')
    response.writeHead(text === null ? 503 : 200, { 'Content-Type': 'text/plain; version=0.0.4' })
    response.end(text ?? '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function freePort(): Promise<number> {
  const server = await serve(() => null)
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function untilReady(address: string): Promise<void> {
  const isReady = async () => (await fetch(`${address}/-/ready`).catch(() => null))?.ok === true
  await until(isReady, () => 'start')
}

/** Waits for Prometheus. `what`: what it has not done if it takes too long. */
async function until(isSo: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const endMs = performance.now() + LIMIT_MS
  while (!(await isSo())) {
    if (performance.now() > endMs)
      throw new Error(`Prometheus did not ${what()} within ${LIMIT_MS / 1_000} s`)
    await wait(100)
  }
}

/** A query has no series in the moment after a scrape that took too long. */
async function answeredPanels(address: string, dashboard: string): Promise<readonly PanelTrial[]> {
  const endMs = performance.now() + LIMIT_MS
  for (;;) {
    const panels = await queryPanels(address, { dashboard, instance: PANELS })
    if (panels.every(({ fault }) => fault === null) || performance.now() > endMs) return panels
    await wait(1_000)
  }
}

async function firedOf(
  address: string,
  scenarios: readonly AlertScenario[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const query = encodeURIComponent(
    'group by (instance, alertname) (max_over_time(ALERTS{alertstate="firing"}[1h]))',
  )
  const answer = (await (await fetch(`${address}/api/v1/query?query=${query}`)).json()) as {
    data: { result: { metric: { instance?: string; alertname: string } }[] }
  }
  const fired = answer.data.result.map(({ metric }) => metric)
  return new Map(
    scenarios.map(({ name }) => [
      name,
      fired.flatMap(({ instance, alertname }) => (instance === name ? [alertname] : [])).sort(),
    ]),
  )
}
