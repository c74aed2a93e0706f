// Bundles the program into dist/program, so that a command starts in a few files instead of hundreds: its own modules and
// those packages that commands which only answer load. Packages of long-running commands, and native ones, are loaded from
// where they are installed. The modules as the compiler wrote them stay in dist: for the library, and for worker threads.
import { rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, posix, relative, sep } from 'node:path'
import { rolldown } from 'rolldown'

/** Of these, a bundle would only take time and space: they are native, or a server's. */
const INSTALLED = new Set(['hono', '@hono/node-server', '@modelcontextprotocol/server', 'nodejs-polars'])
for (const name of [
  '@stoqey/ib',
  '@swc/wasm-typescript',
  'node-cron',
  'opossum',
  'pino',
  'prom-client',
  'uplot',
  'ws',
]) {
  INSTALLED.add(name)
}

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
  await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    // Without comments and white space; names stay, for stack traces.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  })
  await bundle.close()
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
