import type { Api } from '../refusals.ts'
import { parametersOf } from '../route-parameters.ts'
import type { HttpSources } from '../sources.ts'
import { OPENAPI_PATH } from './documented.ts'

/** Adds the description of the API. It is made when it is first asked for: nothing of it is loaded before. */
export function addOpenApi(app: Api, { version }: Pick<HttpSources, 'version'>): void {
  let text: string | undefined
  app.get(OPENAPI_PATH, async (context) => {
    parametersOf(context, {})
    if (text === undefined) {
      const { openApiDocument } = await import('./document.ts')
      text = JSON.stringify(openApiDocument(version))
    }
    return context.body(text, 200, { 'Content-Type': 'application/json' })
  })
}
