/** Writes what is generated from the code: pages of docs/ and schemas of config/. Tests check them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { commandSchemaFiles } from './docs/command-schema-files.ts'
import { configurationPage } from './docs/configuration-page.ts'
import { dataDictionaryPage } from './docs/data-dictionary-page.ts'
import { experimentFilesPage } from './docs/experiment-files-page.ts'
import { runManifestSchemaFile, stepRecordSchemaFile } from './docs/experiment-schema-files.ts'
import { jsonPage } from './docs/json-page.ts'
import { lakePage } from './docs/lake-page.ts'
import { type LockFile, licencesPage } from './docs/licences-page.ts'
import { openApiFile } from './docs/openapi-file.ts'
import { paperJournalSchemaFile } from './docs/paper-journal-schema-file.ts'
import { withPaperSettings } from './docs/paper-settings.ts'
import { scenarioFilePage } from './docs/scenario-file-page.ts'
import { scenarioSchemaFile } from './docs/scenario-schema-file.ts'
import { troubleshootingPage } from './docs/troubleshooting-page.ts'

// Runs from build/scripts.
const docs = resolve(import.meta.dirname, '../../docs')
writeFileSync(resolve(docs, 'configuration.md'), configurationPage())
writeFileSync(resolve(docs, 'lake.md'), lakePage())
writeFileSync(resolve(docs, '../config/openapi.json'), openApiFile())
writeFileSync(resolve(docs, 'data-dictionary.md'), dataDictionaryPage())
writeFileSync(resolve(docs, 'troubleshooting.md'), troubleshootingPage())
writeFileSync(resolve(docs, 'scenario-file.md'), scenarioFilePage())
writeFileSync(resolve(docs, '../config/scenario.schema.json'), scenarioSchemaFile())
writeFileSync(resolve(docs, 'json.md'), jsonPage())
const schemas = resolve(docs, '../config/schemas')
mkdirSync(schemas, { recursive: true })
for (const [name, text] of commandSchemaFiles()) writeFileSync(resolve(schemas, name), text)
writeFileSync(resolve(docs, 'experiment-files.md'), experimentFilesPage())
writeFileSync(resolve(docs, '../config/step-record.schema.json'), stepRecordSchemaFile())
writeFileSync(resolve(docs, '../config/run-manifest.schema.json'), runManifestSchemaFile())

const lock = JSON.parse(readFileSync(resolve(docs, '../package-lock.json'), 'utf8')) as LockFile
writeFileSync(resolve(docs, 'licences.md'), licencesPage(lock))
writeFileSync(resolve(docs, '../config/paper-journal.schema.json'), paperJournalSchemaFile())
const paperTrader = resolve(docs, 'paper-trader.md')
writeFileSync(paperTrader, withPaperSettings(readFileSync(paperTrader, 'utf8')))
