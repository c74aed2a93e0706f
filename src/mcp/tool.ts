import type { McpServer } from '@modelcontextprotocol/server'
import type { z } from 'zod'
import type { AnalyticsOptions } from '../analytics/options.ts'
import type { Lake } from '../lake/open.ts'
import type { SelectRequest } from '../lake/query/apart/messages.ts'
import type { SelectAnswer } from '../lake/query/apart/query-process.ts'
import type { AnswerOf } from '../schemas/answer-of.ts'
import { errorResult } from './tool-error.ts'

/** What a tool answers from. */
export interface ToolSources {
  readonly lake: Lake
  readonly analytics: AnalyticsOptions
  /** Configured symbols: one without slots yet is not unknown. */
  readonly symbols: readonly string[]
}

/** How questions are answered. The signal is aborted when the client takes back the question, or is gone. */
export interface Answering {
  /** Calls a function with the sources of one question. */
  fromLake<Answer>(question: (sources: ToolSources) => Promise<Answer>, signal: AbortSignal): Promise<Answer>
  /** Runs a SELECT of the client. */
  select(request: Omit<SelectRequest, 'folder'>, signal: AbortSignal): Promise<SelectAnswer>
}

/** A tool as its file defines it. @template From what it answers from */
interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject, From> {
  readonly name: string
  readonly title: string
  /** For a language model: when to use it, what comes back. */
  readonly description: string
  readonly input: Input
  readonly output: Output
  answer(question: z.output<Input>, from: From): Promise<AnswerOf<Output>>
}

/** A tool that a server can be given. */
export interface Tool {
  readonly name: string
  register(server: McpServer, answering: Answering, onError: (error: unknown) => void): void
}

/** Reads only, and answers the same to the same question about the same lake. */
const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }

/** A tool that answers from the tables of the lake. */
export function tool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output, ToolSources>,
): Tool {
  return registered(definition, (question, answering, signal) =>
    answering.fromLake((sources) => definition.answer(question, sources), signal),
  )
}

/** Runs a SELECT of the client. */
export type Select = (request: Omit<SelectRequest, 'folder'>) => Promise<SelectAnswer>

/** A tool that answers from a SELECT of the client. */
export function selectTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output, Select>,
): Tool {
  return registered(definition, (question, answering, signal) =>
    definition.answer(question, (request) => answering.select(request, signal)),
  )
}

function registered<Input extends z.ZodObject, Output extends z.ZodObject, From>(
  { name, title, description, input, output }: ToolDefinition<Input, Output, From>,
  answer: (question: z.output<Input>, answering: Answering, signal: AbortSignal) => Promise<AnswerOf<Output>>,
): Tool {
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
          const given = await answer(question as z.output<Input>, answering, context.mcpReq.signal)
          return {
            content: [{ type: 'text', text: JSON.stringify(given) }],
            structuredContent: given as unknown as Record<string, unknown>,
          }
        } catch (error) {
          return errorResult(error, onError)
        }
      })
    },
  }
}
