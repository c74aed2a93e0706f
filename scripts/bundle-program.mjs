// Bundles the program into dist/program, so that a command starts in a few files instead of hundreds: its own modules and
// those packages that commands which only answer load. Packages of long-running commands, and native ones, are loaded from
// where they are installed. The modules as the compiler wrote them stay in dist: for the library, and for worker threads.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, posix, relative, sep } from 'node:path'
import { rolldown } from 'rolldown'

/** Of these, a bundle would only take time and space: they are native, or a server's. */
const INSTALLED = new Set([
  ...['@hono/node-server', '@modelcontextprotocol/server', '@stoqey/ib', '@swc/wasm-typescript', 'hono'],
  ...['node-cron', 'nodejs-polars', 'opossum', 'pino', 'prom-client', 'uplot', 'ws'],
])

/** What is started as a process. In dist, each becomes the start of its bundle. */
const ENTRIES = ['main.ts', 'lake/query/apart/query-child.ts']

/** @param {string} root of the project; dist must have been compiled */
export async function bundleProgram(root) {
  const source = join(root, 'src')
  const folder = join(root, 'dist/program')
  rmSync(folder, { recursive: true, force: true })
  const bundle = await rolldown({
    input: Object.fromEntries(ENTRIES.map((file) => [basename(file, '.ts'), join(source, file)])),
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
  for (const file of ENTRIES) {
    const compiled = file.replace(/\.ts$/, '.js')
    const bundled = posix.join(posix.relative(posix.dirname(compiled), 'program'), basename(compiled))
    const start = file === 'main.ts' ? '#!/usr/bin/env node\n' : ''
    writeFileSync(
      join(root, 'dist', compiled),
      `${start}import '${bundled.startsWith('.') ? bundled : `./${bundled}`}'\n`,
    )
  }
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
