import { expect, test } from 'vitest'
import { openHttpServer } from '../../src/serve/http.ts'
import { httpOptions } from '../../src/serve/options.ts'
import { oddHttpFaults } from '../faults/odd-http.ts'
import { servedSources } from '../support/served-sources.ts'

test('odd requests of every route are answered as the OpenAPI document describes, never with an error of the program', async () => {
  const errors: unknown[] = []
  const server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: servedSources(),
    onError: (error) => errors.push(error),
  })
  try {
    const { faults, statuses } = await oddHttpFaults(server.port, { requests: 600, seed: 7 })
    expect([[...faults.keys()], errors]).toEqual([[], []])
    expect(statuses.get(200)).toBeGreaterThan(50)
  } finally {
    await server.close()
  }
})
