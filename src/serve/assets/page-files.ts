import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, sep } from 'node:path'

/** One file of the page, as it is served. */
export interface PageFile {
  /** `/`, `/charts/line-chart.js` */
  readonly path: string
  readonly body: Buffer
  readonly contentType: string
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
}

/** Files of packages under the names that the page uses. */
const VENDOR: Readonly<Record<string, string>> = {
  '/vendor/uplot.js': 'uplot/dist/uPlot.iife.min.js',
  '/vendor/uplot.css': 'uplot/dist/uPlot.min.css',
}

const FOLDER = join(import.meta.dirname, '../page')

/**
 * Every HTML, CSS and JavaScript file of the page and of the packages that it uses. Reads them from disk. Our own scripts
 * come without their doc comments, which are a sixth of all that a browser would load.
 */
export function pageFiles(): PageFile[] {
  const packages = createRequire(import.meta.url)
  const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(isServed)
  return [
    ...names.map((name) => ownFile(pathOf(name), join(FOLDER, name))),
    ...Object.entries(VENDOR).map(([path, name]) => fileAt(path, packages.resolve(name))),
  ]
}

/**
 * Empties the lines of doc comments, types of JSDoc above all. Every other line stays as it is, with its number: what an
 * error of the browser names is found in the source.
 */
export function withoutDocComments(script: string): string {
  return script.replace(DOC_COMMENT, (comment) => comment.replace(/[^\n]+/g, ''))
}

/** One that has its lines for itself: a cast stands before its value. */
const DOC_COMMENT = /^[ \t]*\/\*\*(?:(?!\*\/)[\s\S])*\*\/[ \t]*$/gm

function isServed(name: string): boolean {
  return /\.(html|css|js)$/.test(name)
}

function pathOf(name: string): string {
  return name === 'index.html' ? '/' : `/${name.split(sep).join('/')}`
}

function ownFile(path: string, file: string): PageFile {
  const own = fileAt(path, file)
  return path.endsWith('.js') ? { ...own, body: Buffer.from(withoutDocComments(own.body.toString())) } : own
}

function fileAt(path: string, file: string): PageFile {
  const kind = file.slice(file.lastIndexOf('.') + 1)
  return { path, body: readFileSync(file), contentType: CONTENT_TYPES[kind] as string }
}
