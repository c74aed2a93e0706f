import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeMcpLake } from '../mcp/mcp-lake.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const folder = mkdtempSync(join(tmpdir(), 'optionlake-mcp-'))
const ARGS = [MAIN, '--lake', join(folder, 'lake'), 'mcp']

beforeAll(() => makeMcpLake(join(folder, 'lake')), 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a client of the SDK starts the program, asks and closes it', async () => {
  const transport = new StdioClientTransport({ command: process.execPath, args: ARGS, cwd: folder })
  const client = new Client({ name: 'test', version: '0.0.0' })
  await client.connect(transport)
  const { structuredContent } = await client.callTool({
    name: 'market_figures',
    arguments: { symbol: 'SPY', figures: ['iv_rank'], at: '2026-11-20' },
  })
  expect(structuredContent).toMatchObject({
    ...{ slot: '2026-11-20T20:55:00.000Z', data: ['simulated'] },
    figures: { iv_rank: { definition: 'iv_rank_252d', unit: 'percent', value: expect.any(Number) } },
  })
  await client.close()
}, 60_000)

test('standard output has the protocol only, rubbish is survived, and the program ends with its input', async () => {
  const child = spawn(process.execPath, ARGS, { cwd: folder })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data) => (stdout += data))
  child.stderr.on('data', (data) => (stderr += data))
  const initialize = {
    ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
    params: {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'raw', version: '0' },
    },
  }
  child.stdin.write(`${JSON.stringify(initialize)}\n`)
  child.stdin.write('no JSON\n{"jsonrpc":"2.0"}\n[]\n\n')
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`)
  const call = { name: 'query_sql', arguments: { query: 'SELECT 1 AS one' } }
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: call })}\n`)
  while (!stdout.includes('"id":2')) await once(child.stdout, 'data')
  child.stdin.end()
  const [code] = await once(child, 'exit')
  const lines = stdout.trim().split('\n')
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' })
  expect(stdout).toContain('"one"')
  expect([code, stderr.includes('    at ')]).toEqual([0, false])
}, 60_000)
