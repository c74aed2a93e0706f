import { McpServer } from '@modelcontextprotocol/server'
import type { AnalyticsOptions } from '../analytics/options.ts'
import type { QueryProcess } from '../lake/query/apart/query-process.ts'
import { dataDictionary, numbersPage } from './documents.ts'
import { createTurns, type LakeAccess, readAgain } from './lake-access.ts'
import type { Answering, Tool } from './tool.ts'
import { barsTool } from './tools/bars.ts'
import { chainTool } from './tools/chain.ts'
import { coverageTool } from './tools/coverage.ts'
import { explainTool } from './tools/explain.ts'
import { ivTool } from './tools/iv.ts'
import { marketTool } from './tools/market.ts'
import { positioningTool } from './tools/positioning.ts'
import { realizedTool } from './tools/realized.ts'
import { sqlTool } from './tools/sql.ts'
import { surfaceTool } from './tools/surface.ts'
import { tablesTool } from './tools/tables.ts'

/** In the order in which a client lists them: what is there, figures, rows, SQL. */
const TOOLS: readonly Tool[] = [
  coverageTool,
  marketTool,
  ivTool,
  surfaceTool,
  realizedTool,
  positioningTool,
  chainTool,
  barsTool,
  explainTool,
  tablesTool,
  sqlTool,
]

const INSTRUCTIONS = `Reads a lake of option chains collected every five minutes, and figures made from them. Read-only.
Begin with coverage. Every answer names its slot, its age and whether the data are simulated, live, frozen or delayed:
repeat these with a number, together with the definition and source of its basis. A null has a reason: give the reason and
never a guess. Volatilities are fractions a year (0.17 is 17 %), ranks 0 to 100, times UTC unless they say New York.`

export interface McpOptions {
  readonly access: LakeAccess
  /** Runs the SELECTs of the client. */
  readonly queries: QueryProcess
  readonly analytics: AnalyticsOptions
  /** Configured symbols. */
  readonly symbols: readonly string[]
  readonly version: string
  /** Time limit of one SQL query, ms. */
  readonly queryLimitMs: number
  /** Called for errors that no client can do anything about. */
  onError(error: unknown): void
}

/** A server of one client: its tools and documents. Connect it to a transport. */
export function createMcpServer(options: McpOptions): McpServer {
  const { access, queries, analytics, symbols, version, queryLimitMs, onError } = options
  const server = new McpServer({ name: 'optionlake', version }, { instructions: INSTRUCTIONS })
  const turns = createTurns(1)
  const answering: Answering = {
    fromLake: (question, signal) =>
      access.read(async (lake) => {
        signal.throwIfAborted()
        return question({ lake, analytics, symbols })
      }),
    select: (request, signal) =>
      turns.take(() =>
        readAgain(() =>
          queries.ask({ folder: access.folder, ...request }, { timeLimitMs: queryLimitMs, signal }),
        ),
      ),
  }
  for (const one of TOOLS) one.register(server, answering, onError)
  const text = (uri: string, body: string) => ({ contents: [{ uri, mimeType: 'text/markdown', text: body }] })
  server.registerResource(
    'data-dictionary',
    'optionlake://data-dictionary',
    { title: 'Tables and columns of the lake', mimeType: 'text/markdown' },
    async ({ href }) => text(href, dataDictionary()),
  )
  server.registerResource(
    'numbers',
    'optionlake://numbers',
    { title: 'Definitions of all figures', mimeType: 'text/markdown' },
    async ({ href }) => text(href, await numbersPage()),
  )
  return server
}
