import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { QUICK, type SimulatedGateway, startGateway } from './gateway.ts'
import { expectGolden, shapeOf } from './golden.ts'
import { createMetrics, type Running, recordAll, start, temporaryFolder } from './imports.ts'

const SMALL = { ...QUICK, OPTIONLAKE_SYMBOLS: 'IWM', OPTIONLAKE_HTTP_PORT: '0' }
let gateway: SimulatedGateway
let daemon: Running
let url: string

beforeAll(async () => {
  gateway = await startGateway()
  daemon = start(['run', '--lake', join(temporaryFolder(), 'lake'), ...gateway.options], SMALL)
  let output = ''
  daemon.child.stderr?.on('data', (data) => {
    output += data
  })
  const listening = /http:\/\/127\.0\.0\.1:\d+/
  await daemon.printed(listening)
  url = listening.exec(output)?.[0] as string
  // The first slot, its figures, and the history for ranks.
  await until(async () =>
    (await get('/metrics')).includes('optionlake_slots_total{symbol="IWM",outcome="stored",reason="none"} 1'),
  )
  await until(async () => JSON.parse(await get('/api/iv/IWM')).history.length > 200)
  await until(async () => JSON.parse(await get('/api/market-data/IWM')).figures.iv_rank.value !== null)
  await until(async () => JSON.parse(await get('/health')).status === 'ok')
  // Every item of the history has been asked for: until then some values are null.
  await until(async () =>
    JSON.parse(await get('/api/gateway')).history.every(({ to }: { to: string | null }) => to !== null),
  )
}, 120_000)

afterAll(async () => {
  for (const { child, ended } of [daemon, gateway.running]) {
    child.kill('SIGTERM')
    await ended
  }
})

async function get(path: string): Promise<string> {
  return (await fetch(url + path)).text()
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 100))
}

test.each([
  ['livez', '/livez'],
  ['readyz', '/readyz'],
  ['health', '/health'],
  ['slots', '/api/slots'],
  ['slots-of-holiday', '/api/slots?date=2024-07-04'],
  ['chain', '/api/chains/IWM/latest'],
  ['market-data', '/api/market-data/IWM'],
  ['iv', '/api/iv/IWM'],
  ['realized', '/api/realized/IWM'],
  ['gateway', '/api/gateway'],
])('the HTTP answer for %s matches the golden file', async (name, path) => {
  const { status, headers, body } = await answerOf(path)
  const names = ['/livez', '/readyz', '/health'].includes(path) ? checksOf(body) : []
  const lines = [`${path}\n${status}`, ...headers, ...names, '', shapeOf(body)]
  expectGolden(`http-${name}`, lines.join('\n'))
})

async function answerOf(path: string) {
  const answer = await fetch(url + path)
  const left = ['date', 'content-length', 'keep-alive', 'connection', 'transfer-encoding']
  const headers = [...answer.headers].filter(([name]) => !left.includes(name)).map((pair) => pair.join(': '))
  return { status: answer.status, headers: headers.sort(), body: (await answer.json()) as unknown }
}

function checksOf(body: unknown): string[] {
  const { checks } = body as { checks: { name: string; status: string }[] }
  return checks.map(({ name, status }) => `check ${name}: ${status}`)
}

test('refusals over HTTP match the golden file', async () => {
  const asked = [
    '/nothing',
    '/api/slots?date=2026-02-30',
    '/api/slots?day=2026-02-03',
    '/api/chains/NOPE/latest',
    '/api/market-data/NOPE',
    '/api/iv/NOPE',
    '/api/iv/IWM?days=many',
  ]
  const lines: string[] = []
  for (const path of asked) {
    const { status, body } = await answerOf(path)
    lines.push(`${path}\n${status} ${JSON.stringify(body)}`)
  }
  const posted = await fetch(`${url}/health`, { method: 'POST' })
  lines.push(`POST /health\n${posted.status} ${await posted.text()}`)
  expectGolden('http-refused', lines.join('\n'))
})

interface Series {
  readonly help: string
  readonly type: string
  readonly labels: Set<string>
}

/** Help, type and labels of each metric, as a scrape shows them. */
function seriesOf(text: string): Map<string, Series> {
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
  return new Map(
    types.map(([, name = '', type = '']) => {
      const help = new RegExp(`^# HELP ${name} (.*)$`, 'm').exec(text)?.[1] ?? ''
      const samples = text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? `, 'gm'))
      const labels = [...samples].flatMap(([, inner = '']) =>
        [...inner.matchAll(/(\w+)="/g)].map(([, label]) => label as string),
      )
      return [name, { help, type, labels: new Set(labels.sort()) }]
    }),
  )
}

/** The metrics with everything recorded once, so that every label appears. */
async function recordedSeries(): Promise<Map<string, Series>> {
  const metrics = createMetrics('0.1.0')
  recordAll(metrics)
  return seriesOf(await metrics.text())
}

test('metrics match the golden file, and the daemon serves each', async () => {
  const recorded = await recordedSeries()
  const lines = [...recorded].map(
    ([name, { type, labels, help }]) => `${name}{${[...labels].join(', ')}} ${type}: ${help}`,
  )
  expectGolden('metrics', lines.sort().join('\n'))

  const shown = seriesOf(await get('/metrics'))
  expect([...shown.keys()].sort()).toEqual([...recorded.keys()].sort())
  for (const [name, { type, help, labels }] of shown) {
    expect({ name, type, help }).toEqual({
      name,
      type: recorded.get(name)?.type,
      help: recorded.get(name)?.help,
    })
    expect([...labels].filter((label) => !recorded.get(name)?.labels.has(label))).toEqual([])
  }
})
