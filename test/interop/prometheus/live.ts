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
/** A minute of a scenario takes a second, and so do the minutes of the rules. */
const MINUTE_MS = 1_000
/** A scrape that is late by a second shows the same in the end. */
const EXTRA_MINUTES = 5
const START_MS = 30_000

/**
 * Runs Prometheus with the rules, sixty times as fast, on one daemon for each scenario: it scrapes each every second over
 * HTTP. Returns the alerts that fired, by scenario, and the answers to the queries of the dashboard.
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
  const server = await serve((path) =>
    path === `/${PANELS}` ? everyMetric() : (daemons[Number(path.slice(1))]?.daemon.text() ?? null),
  )
  const { port } = server.address() as AddressInfo
  await writeFile(join(folder, 'rules.yml'), sixtyTimesFaster(await readFile(rules, 'utf8')))
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
    const startMs = performance.now()
    for (let minute = 0; minute <= WATCHED_MINUTES; minute++) {
      for (const { scenario, daemon } of daemons) {
        scenario.before(minute, daemon)
        daemon.minute(minute)
      }
      await wait(Math.max(0, startMs + (minute + 1) * MINUTE_MS - performance.now()))
    }
    await wait(EXTRA_MINUTES * MINUTE_MS)
    const panels = await queryPanels(address, { dashboard, instance: PANELS })
    return { fired: await firedOf(address, scenarios), panels }
  } finally {
    prometheus.kill('SIGTERM')
    await ended
    server.closeAllConnections()
    server.close()
  }
}

/** Minutes become seconds in every window and every `for`; hours and days become minutes. */
function sixtyTimesFaster(rules: string): string {
  const faster: Readonly<Record<string, (count: number) => string>> = {
    m: (count) => `${count}s`,
    h: (count) => `${count}m`,
    d: (count) => `${24 * count}m`,
  }
  return rules.replace(
    /(\[|for: )(\d+)([mhd])\b/g,
    (_, before, count, unit) => `${before}${faster[unit]?.(Number(count))}`,
  )
}

function configuration(scenarios: readonly AlertScenario[], port: number) {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
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
async function serve(textOf: (path: string) => Promise<string | null> | null): Promise<Server> {
  const server = createServer((request, response) => {
    void Promise.resolve(textOf(request.url ?? '/')).then((text) => {
      response.writeHead(text === null ? 503 : 200, { 'Content-Type': 'text/plain; version=0.0.4' })
      response.end(text ?? '')
    })
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
  const endMs = performance.now() + START_MS
  while (performance.now() < endMs) {
    const answer = await fetch(`${address}/-/ready`).catch(() => null)
    if (answer?.ok) return
    await wait(100)
  }
  throw new Error(`Prometheus was not ready within ${START_MS / 1_000} s`)
}

async function firedOf(
  address: string,
  scenarios: readonly AlertScenario[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const query = encodeURIComponent(
    'group by (instance, alertname) (max_over_time(ALERTS{alertstate="firing"}[10m]))',
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
