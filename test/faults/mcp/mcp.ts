import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { makeMcpLake } from '../../mcp/mcp-lake.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { type Campaign, eachRound, randomOf, roundsOf } from '../campaign.ts'
import { oddCalls } from './odd-calls.ts'

/** Between two looks at the memory of the process of queries. */
const WATCH_INTERVAL_MS = 20
const QUERY_LIMIT_S = 3

/** What an answer must never contain: source locations, and what is outside the lake. */
const LEAK = /\bat .+:\d+:\d+|node_modules|root:.*:0:0|file:\/\//

/** Every file below a folder with its content and time. */
function contentOf(folder: string): ReadonlySet<string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const lines = names.map((name) => {
    const path = join(folder, name)
    const { mtimeMs } = statSync(path)
    const isFile = statSync(path).isFile()
    return `${name} ${mtimeMs} ${isFile ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''}`
  })
  return new Set(lines)
}

/** Zero for a process that has just ended. */
function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_000
  } catch {
    return 0
  }
}

/** Processes that a process has started and that still run. */
function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return text === '' ? [] : text.split(' ').map(Number)
  } catch {
    return []
  }
}

/** What is wrong with an answer of the server; null for nothing. */
export function faultOf(line: string): string | null {
  const leak = LEAK.exec(line)
  if (leak) return `leaks "${leak[0].slice(0, 80)}"`
  const { error, result } = JSON.parse(line) as {
    error?: { message: string }
    result?: { isError?: boolean; content?: { text: string }[]; structuredContent?: unknown }
  }
  if (error) return error.message ? null : 'an error without a message'
  if (!result?.isError) return result?.structuredContent ? null : 'an answer without content'
  const [first] = result.content ?? []
  const text = first?.text ?? ''
  if (text.includes('"name":"internal"')) return `an internal error: ${text}`
  return text === '' ? 'an error without words' : null
}

/** Ten thousand odd calls over a real process. */
export const mcpCampaign: Campaign = {
  name: 'mcp',
  summary: 'odd, huge and hostile calls of the MCP server over a real process',
  takes: '10 minutes',
  run: (options) =>
    withFolder(async (folder) => {
      const calls = roundsOf(options, 10_000, 200)
      const lake = join(folder, 'lake')
      await makeMcpLake(lake)
      const before = contentOf(folder)
      const main = resolve(options.programs, '../../../dist/main.js')
      const child = spawn(process.execPath, [main, '--lake', lake, 'mcp', '--timeout', `${QUERY_LIMIT_S}`], {
        cwd: folder,
      })
      // A server that has ended is counted below.
      child.stdin.on('error', () => {})
      const stderr: string[] = []
      child.stderr.on('data', (data: Buffer) => stderr.push(data.toString().slice(0, 2_000)))
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const send = (message: object) =>
        child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
      send({
        ...{ id: 0, method: 'initialize' },
        params: {
          protocolVersion: '2025-06-18',
          capabilities: {},
          clientInfo: { name: 'odd', version: '0' },
        },
      })
      await lines.next()
      send({ method: 'notifications/initialized' })
      const next = oddCalls(randomOf(options.seed), folder)
      const faults = new Map<string, number>()
      const note = (fault: string) => faults.set(fault, (faults.get(fault) ?? 0) + 1)
      let [most, early, refused, slowest, answered, mostOfQueries] = [0, 0, 0, 0, 0, 0]
      const watch = setInterval(() => {
        mostOfQueries = Math.max(mostOfQueries, ...childrenOf(child.pid as number).map(residentMb))
      }, WATCH_INTERVAL_MS)
      await eachRound('calls', calls, async (round) => {
        if (child.exitCode !== null) return
        const id = round + 1
        if (id % 50 === 0) child.stdin.write('{"jsonrpc":"2.0","id":\nnull\n[1,2\n"\u0000"\n')
        const { tool, given } = next()
        const begun = performance.now()
        send({ id, method: 'tools/call', params: { name: tool, arguments: given } })
        // Messages that are not understood are answered without the id of a call, or not at all.
        for (;;) {
          const { value, done } = await lines.next()
          if (done) return
          const fault = faultOf(value)
          if (fault) note(`${tool} ${JSON.stringify(given)?.slice(0, 120)}: ${fault}`)
          if (JSON.parse(value).id !== id) continue
          answered++
          if (value.includes('"isError":true') || value.includes('"error":{')) refused++
          break
        }
        slowest = Math.max(slowest, (performance.now() - begun) / 1_000)
        const resident = residentMb(child.pid as number)
        most = Math.max(most, resident)
        if (id === Math.ceil(calls / 4)) early = most
        if (id % 1_000 === 0) console.log(`${id} of ${calls} calls, ${Math.round(resident)} MB`)
      })
      clearInterval(watch)
      child.stdin.end()
      const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
      const after = contentOf(folder)
      const changes = [...before, ...after].filter((line) => !before.has(line) || !after.has(line))
      for (const line of changes.slice(0, 10)) console.log(`changed: ${line}`)
      for (const [fault, times] of [...faults].slice(0, 20)) console.log(`${times} × ${fault}`)
      console.log(`${answered} calls answered, ${refused} of them refused by name`)
      return [
        { name: `calls of ${calls} not answered`, value: calls - answered, unit: 'calls', atMost: 0 },
        { name: 'answers that leak, are empty or internal', value: faults.size, unit: 'answers', atMost: 0 },
        { name: 'changes to the folder and the lake', value: changes.length, unit: 'changes', atMost: 0 },
        {
          name: 'stack traces',
          value: stderr.filter((text) => /\n\s+at /.test(text)).length,
          unit: 'traces',
          atMost: 0,
        },
        { name: 'most memory', value: Math.round(most), unit: 'MB', atMost: 400 },
        {
          name: 'most memory of the process of queries',
          value: Math.round(mostOfQueries),
          unit: 'MB',
          atMost: 2_000,
        },
        {
          name: 'growth of the peak after a quarter of the calls',
          value: Math.round(most - early),
          unit: 'MB',
          atMost: 150,
        },
        { name: 'slowest answer', value: Math.round(slowest * 10) / 10, unit: 's', atMost: 10 },
        { name: 'exit code', value: Number(code ?? -1), unit: '', atMost: 0 },
      ]
    }),
}
