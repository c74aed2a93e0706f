import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApiFile } from '../../../scripts/docs/openapi-file.ts'
import { addApi } from '../../../src/serve/api.ts'
import { addEvents } from '../../../src/serve/events/event-streams.ts'
import { type HttpServer, openHttpServer } from '../../../src/serve/http.ts'
import { openApiDocument } from '../../../src/serve/openapi/document.ts'
import { ROUTES } from '../../../src/serve/openapi/routes.ts'
import { httpOptions } from '../../../src/serve/options.ts'
import type { Api } from '../../../src/serve/refusals.ts'
import { unknownParameter } from '../../../src/serve/route-parameters.ts'
import { createAnswerCheck } from '../../support/openapi-answers.ts'
import { servedSources } from '../../support/served-sources.ts'

const check = createAnswerCheck()

let server: HttpServer
beforeAll(async () => {
  server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: servedSources(),
    onError: (error) => {
      throw error
    },
  })
})
afterAll(() => server.close())

const targetOf = (path: string) => path.replace('{symbol}', 'SPY')

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(openApiDocument('0.0.0'))
  expect(errors ?? []).toEqual([])
  expect([valid, validator.version]).toEqual([true, '3.1'])
})

test('every route of the server is described, and every described route is there', () => {
  const app: Api = new Hono()
  addApi(app, servedSources())
  addEvents(app, servedSources()).close()
  const served = app.routes
    .filter(({ method }) => method === 'GET')
    .map(({ path }) => path.replace(/:(\w+)/, '{$1}'))
  expect([...new Set(served)].sort()).toEqual(ROUTES.map(({ path }) => path).sort())
})

test('a route takes exactly the parameters that are described, with their examples', async () => {
  for (const { path, parameters } of ROUTES) {
    if (parameters === undefined) continue
    const answer = await fetch(`${server.url}${targetOf(path)}?not_a_parameter=1`)
    const { error } = (await answer.json()) as { error: { message: string } }
    const documented = Object.fromEntries(
      Object.entries(parameters).map(([name, one]) => [name, one.parameter]),
    )
    expect([path, error.message]).toEqual([path, unknownParameter(documented).refusal.message])
    for (const [name, { parameter }] of Object.entries(parameters)) {
      const { examples, pattern } = parameter.schema
      for (const example of examples) {
        // A list of symbols is known to the server alone.
        if (name !== 'symbol')
          expect([name, example, parameter.read(String(example)) ?? null]).not.toContain(null)
        if (pattern) expect(String(example)).toMatch(new RegExp(pattern))
      }
    }
  }
})

test('answers about data and about none, and refusals, are as they are described', async () => {
  const faults: string[] = []
  for (const { path, answer, symbols, parameters } of ROUTES) {
    if (answer.kind !== 'json') continue
    const targets = [
      ...[[targetOf(path), 200] as const],
      ...(symbols ? [[path.replace('{symbol}', 'QQQ'), 200] as const] : []),
      ...(symbols === 'collected' ? [[path.replace('{symbol}', 'NONE'), 404] as const] : []),
      ...(parameters ? [[`${targetOf(path)}?x=1`, 400] as const] : []),
    ]
    for (const [target, status] of targets) {
      const response = await fetch(server.url + target)
      if (response.status !== status) faults.push(`${target} answers ${response.status}, not ${status}`)
      faults.push(...check.faultsOf(path, status, await response.json()))
    }
    const posted = await fetch(server.url + targetOf(path), { method: 'POST' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    faults.push(...check.faultsOf(path, 405, await posted.json()))
    const long = await fetch(`${server.url}${targetOf(path)}?x=${'1'.repeat(2_000)}`)
    faults.push(...check.faultsOf(path, 414, await long.json()))
  }
  expect(faults).toEqual([])
})

test('every route answers HEAD as GET, without the body', async () => {
  for (const { path, answer } of ROUTES) {
    const target = server.url + targetOf(path)
    const head = await fetch(target, { method: 'HEAD' })
    const aborted = new AbortController()
    const get = await fetch(target, { signal: aborted.signal })
    expect([path, head.status, await head.text()]).toEqual([path, get.status, ''])
    const types = [head, get].map(({ headers }) => headers.get('content-type'))
    expect([path, types[0]]).toEqual([path, types[1]])
    expect([path, head.headers.get('content-encoding')]).toEqual([path, get.headers.get('content-encoding')])
    if (answer.kind === 'events') aborted.abort()
    else await get.text()
  }
})

test('the first event of a stream is as it is described', async () => {
  const aborted = new AbortController()
  const response = await fetch(`${server.url}/api/events`, { signal: aborted.signal })
  const { value } = await (response.body as ReadableStream<Uint8Array>).getReader().read()
  aborted.abort()
  const data = /event: hello\ndata: (.*)\n/.exec(Buffer.from(value ?? []).toString())?.[1]
  expect(check.faultsOfEvent('hello', JSON.parse(data ?? 'null'))).toEqual([])
})

test('config/openapi.json is what `npm run docs` writes', () => {
  const published = readFileSync(join(import.meta.dirname, '../../../config/openapi.json'), 'utf8')
  expect(published).toBe(openApiFile())
})
