import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { experimentFilesPage } from '../../../scripts/docs/experiment-files-page.ts'
import { runManifestSchemaFile, stepRecordSchemaFile } from '../../../scripts/docs/experiment-schema-files.ts'

const config = resolve(import.meta.dirname, '../../../config')

test('the published schemas are those of the code (npm run docs)', () => {
  expect(readFileSync(join(config, 'step-record.schema.json'), 'utf8')).toBe(stepRecordSchemaFile())
  expect(readFileSync(join(config, 'run-manifest.schema.json'), 'utf8')).toBe(runManifestSchemaFile())
})

test('the page of files and figures is that of the code (npm run docs)', () => {
  expect(readFileSync(join(config, '../docs/experiment-files.md'), 'utf8')).toBe(experimentFilesPage())
})
