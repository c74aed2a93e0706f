import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { openApiDocument } from '../../src/serve/openapi/document.ts'

/** The file config/openapi.json: the HTTP API of this version. */
export function openApiFile(): string {
  const { version } = JSON.parse(readFileSync(resolve('package.json'), 'utf8')) as { version: string }
  return `${JSON.stringify(openApiDocument(version), null, 2)}\n`
}
