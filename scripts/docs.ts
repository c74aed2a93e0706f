/** Writes the pages of docs/ that are generated from the code; a test checks that they are up to date. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { configurationPage } from './docs/configuration-page.ts'
import { lakePage } from './docs/lake-page.ts'

// Runs from build/scripts.
const docs = resolve(import.meta.dirname, '../../docs')
writeFileSync(resolve(docs, 'configuration.md'), configurationPage())
writeFileSync(resolve(docs, 'lake.md'), lakePage())
