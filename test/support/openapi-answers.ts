import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { openApiDocument } from '../../src/serve/openapi/document.ts'
import { ROUTES } from '../../src/serve/openapi/routes.ts'

interface Steps {
  readonly [step: string]: Steps | undefined
}

/** Whether answers of a server are as its OpenAPI document describes them. */
export interface AnswerCheck {
  /** What is wrong with one answer. */
  faultsOf(path: string, status: number, body: unknown): string[]
  /** What is wrong with an event of `/api/events`. */
  faultsOfEvent(name: string, data: unknown): string[]
  /** Asks every route for a symbol, and says what is wrong with the answers. */
  ask(url: string, symbol: string, query?: string): Promise<string[]>
}

export function createAnswerCheck(): AnswerCheck {
  const document = openApiDocument('0.0.0') as Steps
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'openapi')

  function schemaAt(steps: readonly string[]): ValidateFunction | undefined {
    const pointer = steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')))
    return ajv.getSchema(`openapi#/${pointer.join('/')}`)
  }

  function faultsIn(name: string, validate: ValidateFunction | undefined, body: unknown): string[] {
    if (validate === undefined) return [`${name} is not described`]
    validate(body)
    return (validate.errors ?? []).map((error) => `${name}: ${wordsOf(error)}`)
  }

  function faultsOf(path: string, status: number, body: unknown): string[] {
    const steps = ['paths', path, 'get', 'responses', String(status)]
    const response = steps.reduce<Steps | undefined>((at, step) => at?.[step], document)
    const name = String(response?.$ref ?? '')
      .split('/')
      .at(-1)
    const at = name ? ['components', 'responses', name] : steps
    return faultsIn(`${path} ${status}`, schemaAt([...at, 'content', 'application/json', 'schema']), body)
  }

  return {
    faultsOf,
    faultsOfEvent: (name, data) => faultsIn(name, schemaAt(['components', 'schemas', `event_${name}`]), data),
    ask: async (url, symbol, query = '') => {
      const faults: string[] = []
      for (const { path, answer } of ROUTES) {
        if (answer.kind !== 'json') continue
        const response = await fetch(url + path.replace('{symbol}', symbol) + query)
        faults.push(...faultsOf(path, response.status, await response.json()))
      }
      return faults
    },
  }
}

function wordsOf({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message} ${JSON.stringify(params)}`
}
