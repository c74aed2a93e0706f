import type { McpServer } from '@modelcontextprotocol/server'
import type { z } from 'zod'
import type { AnalyticsOptions } from '../analytics/options.ts'
import type { Lake } from '../lake/open.ts'
import type { AnswerOf } from '../schemas/answer-of.ts'
import { errorResult } from './tool-error.ts'

/** What a tool answers from. */
export interface ToolSources {
  readonly lake: Lake
  readonly analytics: AnalyticsOptions
  /** Configured symbols: one without slots yet is not unknown. */
  readonly symbols: readonly string[]
  /** Time limit of one SQL query, ms. */
  readonly queryLimitMs: number
  /** Aborted when the client takes back the question, or is gone. */
  readonly signal: AbortSignal
}

/** Calls a function with the sources of one question. */
export type Answering = <Answer>(
  question: (sources: ToolSources) => Promise<Answer>,
  signal: AbortSignal,
) => Promise<Answer>

/** A tool as its file defines it. */
interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string
  readonly title: string
  /** For a language model: when to use it, what comes back. */
  readonly description: string
  readonly input: Input
  readonly output: Output
  answer(question: z.output<Input>, sources: ToolSources): Promise<AnswerOf<Output>>
}

/** A tool that a server can be given. */
export interface Tool {
  readonly name: string
  register(server: McpServer, answering: Answering, onError: (error: unknown) => void): void
}

/** Reads only, and answers the same to the same question about the same lake. */
const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }

export function tool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  const { name, title, description, input, output } = definition
  return {
    name,
    register: (server, answering, onError) => {
      const schemas: { inputSchema: z.ZodObject; outputSchema: z.ZodObject } = {
        inputSchema: input,
        outputSchema: output,
      }
      const config = { title, description, ...schemas, annotations: READ_ONLY }
      server.registerTool(name, config, async (question, context) => {
        try {
          const answer = await answering(
            (sources) => definition.answer(question as z.output<Input>, sources),
            context.mcpReq.signal,
          )
          return {
            content: [{ type: 'text', text: JSON.stringify(answer) }],
            structuredContent: answer as unknown as Record<string, unknown>,
          }
        } catch (error) {
          return errorResult(error, onError)
        }
      })
    },
  }
}
