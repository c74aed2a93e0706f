import type { Command } from 'commander'
import { createQueryProcess } from '../../lake/query/apart/query-process.ts'
import { systemClock } from '../../market/clock.ts'
import { namesOf } from '../../market/instrument.ts'
import { createLakeAccess } from '../../mcp/lake-access.ts'
import { createMcpServer } from '../../mcp/server.ts'
import { serveOnStdio } from '../../mcp/stdio.ts'
import { withContext } from '../context.ts'
import { parseSeconds } from '../option-values.ts'
import { storedLakeFolder } from '../stored-lake.ts'

export function registerMcp(program: Command, signal: AbortSignal, version: string): void {
  program
    .command('mcp')
    .description(
      'answer a language model about the lake: a read-only MCP server on standard input and output',
    )
    .option('--timeout <seconds>', 'stop an SQL query of the client after this time', '30')
    .addHelpText(
      'after',
      `
Started by an MCP client, not by hand; it ends when the client closes standard input. Tools: coverage, figures with their
basis, chains, surfaces, realized volatility, positioning, bars, definitions, and one SELECT with limits. docs/mcp.md has
the settings of common clients.

Examples:
  optionlake --lake lake/ib mcp
  claude mcp add optionlake -- optionlake --lake /data/lake mcp`,
    )
    .action(({ timeout }: { timeout: string }, command: Command) =>
      withContext(command, signal, async ({ config, lifetime, log }) => {
        const queryLimitMs = parseSeconds('--timeout', timeout, { max: 3_600 })
        const access = createLakeAccess(storedLakeFolder(config), systemClock)
        lifetime.onClose(() => access.close())
        const queries = createQueryProcess()
        lifetime.onClose(() => queries.close())
        await serveOnStdio(
          () =>
            createMcpServer({
              ...{ access, queries, analytics: config.analytics, symbols: namesOf(config.symbols), version },
              queryLimitMs,
              onError: (error) => log.error({ err: error }, 'a question of the MCP client failed'),
            }),
          {
            signal,
            onError: ({ message }) =>
              log.warn({ reason: message.slice(0, 300) }, 'a message of the MCP client was not understood'),
          },
        )
      }),
    )
}
