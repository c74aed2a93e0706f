import { z } from 'zod'
import { refusal } from '../../schemas/http/refusal.ts'
import { SYMBOL_SCHEMA } from '../route-parameters.ts'
import type { DocumentedAnswer, DocumentedRoute } from './documented.ts'
import { ROUTES } from './routes.ts'

type Json = Readonly<Record<string, unknown>>

/** Refusals that any route may answer with, by status. */
const REFUSALS: Readonly<Record<string, string>> = {
  400: 'A parameter that the route does not have, that is given twice, or that is not of its form.',
  403: 'The Host or Origin is not in http.allowedHosts.',
  404: 'The symbol is not collected, or there is no such path.',
  405: 'A method other than GET and HEAD; the header Allow names them.',
  413: 'The request has a body.',
  414: 'The target is longer than 1,024 characters.',
  500: 'An error of the program: its log says which.',
  503: 'Stored data cannot be read, or too many event streams are open.',
}

/**
 * The description of the HTTP API in OpenAPI 3.1. Made from the schemas that the answers are checked against, and the same on
 * every machine.
 */
export function openApiDocument(version: string): Json {
  const { schemas, refOf } = componentsOf(schemasOf(ROUTES))
  return {
    openapi: '3.1.0',
    info: {
      title: 'optionlake',
      version,
      summary: 'Option chains as they were collected, with figures that name their basis.',
      description:
        'All routes are read-only and answer GET and HEAD. Times are ISO 8601, trade dates YYYY-MM-DD, expirations YYYYMMDD; ' +
        'what is unknown is null, with a reason where there is one. There is no authentication: the server listens on the ' +
        'local machine and refuses foreign Host and Origin headers. Answers of a kilobyte and more are compressed for ' +
        'clients that accept gzip. Routes with the parameter `at` have an ETag and answer 304. The files of the web page ' +
        'are served from the same address and are not described here.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'http://127.0.0.1:8787', description: 'The default of http.host and http.port.' }],
    tags: [
      { name: 'health', description: 'For process managers and monitoring.' },
      { name: 'stored data', description: 'What is in the lake, and figures made from it.' },
      { name: 'live', description: 'What the daemon does at this moment.' },
      { name: 'views', description: 'What the web page draws, in columns.' },
    ],
    paths: Object.fromEntries(ROUTES.map((route) => [route.path, pathItem(route, refOf)])),
    components: {
      schemas,
      responses: Object.fromEntries(
        Object.entries(REFUSALS).map(([status, description]) => [
          `refused_${status}`,
          { description, content: { 'application/json': { schema: refOf(refusal) } } },
        ]),
      ),
    },
  }
}

function pathItem(route: DocumentedRoute, refOf: RefOf): Json {
  const { path, tag, summary, symbols, parameters = {}, answer } = route
  const ofPath = symbols
    ? [
        {
          ...{ name: 'symbol', in: 'path', required: true, schema: SYMBOL_SCHEMA },
          description:
            symbols === 'collected'
              ? 'A symbol that the daemon collects; others are refused with 404.'
              : 'Any symbol; one without data has an empty list.',
        },
      ]
    : []
  const ofQuery = Object.entries(parameters).map(([name, { parameter, meaning }]) => ({
    ...{ name, in: 'query', required: false, description: meaning, schema: parameter.schema },
  }))
  const all = [...ofPath, ...ofQuery]
  const refusals = Object.keys(REFUSALS)
    .filter((status) => route.parameters !== undefined || symbols !== undefined || status !== '400')
    .map((status) => [status, { $ref: `#/components/responses/refused_${status}` }])
  const content = contentOf(answer, refOf)
  const responses = {
    200: { description: summary, content },
    ...('at' in parameters && { 304: { description: 'The client has this answer already: its ETag.' } }),
    ...Object.fromEntries(refusals),
    ...(answer.kind === 'json' && answer.alsoWith503 && { 503: { description: 'A check fails.', content } }),
  }
  const operation = (method: string) => ({
    ...{ operationId: `${method}${nameOf(path)}`, tags: [tag], summary },
    ...(all.length > 0 && { parameters: all }),
  })
  const bodiless = Object.keys(responses).map((status) => [
    status,
    { description: REFUSALS[status] ?? summary },
  ])
  return {
    get: { ...operation('get'), responses },
    head: { ...operation('head'), responses: Object.fromEntries(bodiless) },
  }
}

/** `/api/chains/{symbol}/latest` is ChainsSymbolLatest. */
function nameOf(path: string): string {
  const words = path.replace(/^\/api\//, '/').match(/[A-Za-z]+/g) ?? []
  return words.map((one) => one.charAt(0).toUpperCase() + one.slice(1)).join('')
}

function contentOf(answer: DocumentedAnswer, refOf: RefOf): Json {
  switch (answer.kind) {
    case 'json':
      return { 'application/json': { schema: refOf(answer.schema) } }
    case 'document':
      return { 'application/json': { schema: { type: 'object' } } }
    case 'text':
      return { [answer.contentType]: { schema: { type: 'string', description: answer.meaning } } }
    case 'events': {
      const lines = Object.entries(answer.events).map(([name, schema]) => `${name}: ${schema.description}`)
      const description = `Server-sent events; the data of each is one line of JSON. ${lines.join(' ')}`
      return {
        'text/event-stream': {
          schema: { type: 'string', description },
          'x-events': Object.fromEntries(
            Object.entries(answer.events).map(([name, schema]) => [name, refOf(schema)]),
          ),
        },
      }
    }
  }
}

type RefOf = (schema: z.ZodType) => Json

function schemasOf(routes: readonly DocumentedRoute[]): z.ZodType[] {
  const answers = routes.flatMap(({ answer }) =>
    answer.kind === 'json' ? [answer.schema] : answer.kind === 'events' ? Object.values(answer.events) : [],
  )
  return [...new Set([...answers, refusal])]
}

/** Every named schema once, and how an answer refers to one. */
function componentsOf(wanted: readonly z.ZodType[]): { readonly schemas: Json; readonly refOf: RefOf } {
  const whole = z.toJSONSchema(z.strictObject(Object.fromEntries(wanted.map((one, at) => [`s${at}`, one]))))
  const { $defs = {} } = JSON.parse(
    JSON.stringify(whole).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as { $defs?: Record<string, Record<string, unknown>> }
  const schemas = Object.fromEntries(
    Object.entries($defs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { id: _, ...schema }]) => [name, schema]),
  )
  return {
    schemas,
    refOf: (schema) => {
      const name = schema.meta()?.id
      if (name === undefined || !(name in schemas))
        throw new TypeError('an answer has a schema without a name')
      return { $ref: `#/components/schemas/${name}` }
    },
  }
}
