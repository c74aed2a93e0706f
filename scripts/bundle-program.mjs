// Bundles the program and the library into dist/program, so that a command starts in a few files instead of hundreds: their
// own modules and those packages that commands which only answer load. Packages of long-running commands, and native ones,
// are loaded from where they are installed. Of what the compiler wrote, only the types of the library stay in dist.
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative, resolve, sep } from 'node:path'
import { rolldown } from 'rolldown'

/** Of these, a bundle would only take time and space: they are native, or a server's. */
const INSTALLED = new Set([
  ...['@hono/node-server', '@modelcontextprotocol/server', '@stoqey/ib', '@swc/wasm-typescript', 'hono'],
  ...['node-cron', 'nodejs-polars', 'opossum', 'pino', 'prom-client', 'uplot', 'ws'],
])

/** What is started, loaded or imported by its path in dist, and its name in dist/program, which that path leads to. */
const ENTRIES = {
  'main.ts': 'main',
  'index.ts': 'library',
  'delta/index.ts': 'delta',
  'lake/query/apart/query-child.ts': 'query-child',
  'commands/experiment/run-worker.ts': 'run-worker',
  'experiments/strategies/typescript-hooks.ts': 'typescript-hooks',
}
/** The types that package.json names. */
const TYPES = ['index.d.ts', 'delta/index.d.ts']
/** Of dist: what the compiler did not write. */
const NOT_COMPILED = ['program', 'site', 'serve/page', 'experiments/report/page']

/** @param {string} root of the project; dist must have been compiled */
export async function bundleProgram(root) {
  const source = join(root, 'src')
  const out = join(root, 'dist')
  const folder = join(out, 'program')
  rmSync(folder, { recursive: true, force: true })
  const bundle = await rolldown({
    input: Object.fromEntries(Object.entries(ENTRIES).map(([file, name]) => [name, join(source, file)])),
    platform: 'node',
    external: (id) =>
      id.startsWith('node:') || id === '@duckdb/node-bindings' || INSTALLED.has(packageOf(id)),
    plugins: [bundledDuckdb(), placesOfModules(source)],
  })
  const { output } = await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    // Without comments and white space; names stay, for stack traces.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  })
  await bundle.close()
  const modules = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))
  writeFileSync(join(folder, 'licences.txt'), licencesOf(modules))
  removeCompiled(out, typesOf(out))
  for (const [file, name] of Object.entries(ENTRIES)) {
    const path = posix.relative(posix.dirname(file), `program/${name}.js`)
    const start = file === 'main.ts' ? '#!/usr/bin/env node\n' : ''
    const from = path.startsWith('.') ? path : `./${path}`
    const compiled = join(out, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(compiled), { recursive: true })
    writeFileSync(compiled, `${start}export * from '${from}'\n`)
  }
}

/** The declaration files that the types of the library import, and these themselves; absolute. */
function typesOf(out) {
  const found = new Set(TYPES.map((file) => join(out, file)))
  for (const file of found) {
    for (const [, path] of readFileSync(file, 'utf8').matchAll(
      /(?:from |import\()['"](\.[^'"]*)\.[jt]s['"]/g,
    ))
      found.add(resolve(dirname(file), `${path}.d.ts`))
  }
  return found
}

/** Removes what the compiler wrote but for the types to keep, and folders that are empty then. */
function removeCompiled(out, types) {
  const others = new Set(NOT_COMPILED.map((path) => join(out, path)))
  const clear = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (!others.has(path)) clear(path)
      } else if (/\.(js|d\.ts)$/.test(entry.name) && !types.has(path)) rmSync(path)
    }
    if (readdirSync(folder).length === 0) rmdirSync(folder)
  }
  clear(out)
}

/** The licences of the packages in the bundle, which demand that a copy has them. */
function licencesOf(modules) {
  const folders = modules.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
  return [...new Set(folders)]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
      const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
      return `${name} ${version}: ${license}\n${text}`
    })
    .join('\n')
}

/** The package's own loading by require would leave its sixty files where they are. */
function bundledDuckdb() {
  return {
    name: 'bundled-duckdb',
    load: (id) =>
      id.endsWith('/lake/engines/duckdb-package.ts')
        ? "import * as duckdb from '@duckdb/node-api'\nexport { duckdb }"
        : null,
  }
}

/** Modules of the bundle find files beside themselves where the compiler put them: dist/program/../folder of the module. */
function placesOfModules(source) {
  return {
    name: 'places-of-modules',
    transform(code, id) {
      if (!id.startsWith(source + sep) || !code.includes('import.meta.')) return null
      const file = relative(source, id).replaceAll(sep, '/').replace(/\.ts$/, '.js')
      const places = {
        url: `new URL(${JSON.stringify(`../${file}`)}, import.meta.url).href`,
        dirname: `(import.meta.dirname + ${JSON.stringify(`/../${dirname(file)}`)})`,
      }
      return code.replace(/\bimport\.meta\.(url|dirname)\b/g, (_, place) => places[place])
    },
  }
}

function packageOf(id) {
  const [scope, name] = id.split('/')
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}
