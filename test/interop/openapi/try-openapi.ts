import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Goal } from '../../../scripts/bench/report.ts'
import { createOpenApiEnvironment } from '../python-environment.ts'

const PROGRAM = resolve(import.meta.dirname, '../../../..', 'dist/main.js')
const READY_LIMIT_MS = 120_000
const RUN_LIMIT_MS = 20 * 60_000
/** The stream of events. */
const ENDLESS = '/api/events'
const DOCUMENT = '/api/openapi.json'
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete']
const NAME = 'failures of the HTTP API found by schemathesis'

/** How requests are refused that the document forbids: it makes some that are longer than a target may be. */
const SETTINGS = `[checks]
negative_data_rejection.expected-statuses = ["400", "404", "405", "414"]
`
/**
 * Not every request that has the described forms is taken: which days the calendar has, and which parameters exclude each other,
 * is said in words.
 */
const LEFT_OUT = 'positive_data_acceptance'

/**
 * Has schemathesis make requests from `/api/openapi.json` of a running daemon with an embedded simulated gateway, and check
 * every answer against the document: wrong parameters must be refused, methods named, answers of their schema, none an error
 * of the program. The stream of events never ends and is left out.
 */
export async function tryOpenApi(folder: string, quick: boolean): Promise<Goal[]> {
  const environment = await createOpenApiEnvironment()
  if (environment.kind === 'missing') {
    console.log(`openapi: not run: ${environment.why}`)
    return [{ name: NAME, value: null, unit: 'operations', atMost: 0, why: environment.why }]
  }
  await mkdir(folder, { recursive: true })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const daemon = spawn(
    process.execPath,
    [PROGRAM, 'demo', '--port', `${port}`, '--lake', join(folder, 'lake')],
    {
      env: { PATH: process.env.PATH },
      stdio: 'ignore',
    },
  )
  try {
    await untilReady(daemon, `${url}/api/chains/SPY/latest`)
    const report = join(folder, 'report.xml')
    const settings = join(folder, 'schemathesis.toml')
    await writeFile(settings, SETTINGS)
    const output = await runSchemathesis(join(environment.folder, 'bin', 'schemathesis'), {
      folder,
      args: [
        ...['--config-file', settings],
        ...['run', `${url}${DOCUMENT}`, '--exclude-path', ENDLESS, '--checks', 'all'],
        ...['--exclude-checks', LEFT_OUT, '--suppress-health-check', 'filter_too_much'],
        ...['--max-examples', quick ? '10' : '100', '--generation-deterministic', '--no-color'],
        ...['--continue-on-failure', '--report', 'junit', '--report-junit-path', report],
      ],
    })
    const xml = await readFile(report, 'utf8')
    const [failures, errors] = ['failures', 'errors'].map((name) => countOf(xml, name))
    const described = await operationsOf(url)
    const missed = described.filter((operation) => !xml.includes(`<testcase name="${operation}"`))
    if (missed.length > 0) console.log(`not tried: ${missed.join(', ')}`)
    if (failures || errors || missed.length > 0) console.log(output)
    return [
      { name: NAME, value: (failures ?? 0) + (errors ?? 0), unit: 'operations', atMost: 0 },
      {
        name: `operations of ${described.length} not tried`,
        value: missed.length,
        unit: 'operations',
        atMost: 0,
      },
    ]
  } finally {
    daemon.kill('SIGINT')
    if (daemon.exitCode === null) await once(daemon, 'exit')
  }
}

/** What the document describes, such as `GET /api/slots`, without the stream, and without the document, which is read first. */
async function operationsOf(url: string): Promise<string[]> {
  const document: unknown = await (await fetch(`${url}${DOCUMENT}`)).json()
  const { paths } = document as { readonly paths: Readonly<Record<string, object>> }
  return Object.entries(paths)
    .filter(([path]) => path !== ENDLESS)
    .flatMap(([path, item]) =>
      METHODS.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${path}`),
    )
    .filter((operation) => operation !== `GET ${DOCUMENT}`)
}

/** A number of the whole run. */
function countOf(xml: string, name: string): number {
  return Number(new RegExp(`<testsuites[^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? Number.NaN)
}

/** What it prints. It ends with 1 where it has found something, which the report says too. */
async function runSchemathesis(
  program: string,
  { args, folder }: { readonly args: readonly string[]; readonly folder: string },
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      // It keeps what it has found where it runs.
      cwd: folder,
      timeout: RUN_LIMIT_MS,
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  } catch (error) {
    const { code, killed, stdout, stderr } = error as Killed
    if (killed) throw new Error(`schemathesis did not end within ${RUN_LIMIT_MS / 60_000} minutes`)
    if (code !== 1) throw new Error(`schemathesis failed: ${stderr || stdout || String(error)}`)
    return stdout ?? ''
  }
}

interface Killed {
  readonly code?: unknown
  readonly killed?: boolean
  readonly stdout?: string
  readonly stderr?: string
}

async function untilReady(daemon: ChildProcess, url: string): Promise<void> {
  const endsAt = performance.now() + READY_LIMIT_MS
  while (daemon.exitCode === null && performance.now() < endsAt) {
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => null,
    )
    if (status === 200) return
    await wait(500)
  }
  throw new Error(`the daemon does not answer ${url}: exit code ${daemon.exitCode}`)
}

function freePort(): Promise<number> {
  return new Promise((settle, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => settle(port))
    })
  })
}
