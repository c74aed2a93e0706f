import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The modules of the page's script; one comes after those that it imports. */
const MODULES = ['packed-series.js', 'scale.js', 'panels.js', 'run-view.js', 'tables.js', 'main.js']

const IMPORT = /^import\s[^;]*?from '\.\/[\w-]+\.js'\n/gm

/** What the page contains besides its text: a style sheet and a script. */
export interface PageAssets {
  readonly style: string
  readonly script: string
}

/**
 * Reads the style sheet, and the script as one piece: its modules one after the other, without their imports and exports, in
 * one function. Their names must therefore differ; an engine refuses the script when two are equal.
 */
export function readPageAssets(): PageAssets {
  const read = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8')
  const modules = MODULES.map((file) =>
    read(file)
      .replace(/^\/\*\*[\s\S]*?\*\/\n/, '')
      .replace(IMPORT, '')
      .replace(/^export /gm, ''),
  )
  return { style: read('page.css'), script: `'use strict';(() => {\n${modules.join('\n')}})()\n` }
}

/** Allows this style sheet and this script, and nothing that would be fetched from anywhere. */
export function contentSecurityPolicy({ style, script }: PageAssets): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return [
    "default-src 'none'",
    `style-src ${hash(style)}`,
    `script-src ${hash(script)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
