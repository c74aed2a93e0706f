// Bundles the page: one script with the frame and the first view, one with the other views and uPlot, which is loaded when
// one of them is opened, and one style sheet. The HTML stays as it is.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

/** Removes what was in the folder `into` before. */
export async function bundlePage(source, into) {
  rmSync(into, { recursive: true, force: true })
  mkdirSync(into, { recursive: true })
  cpSync(join(source, 'index.html'), join(into, 'index.html'))
  writeFileSync(join(into, 'styles.css'), styleSheet(join(source, 'styles.css')))
  const bundle = await rolldown({
    input: { main: join(source, 'main.js') },
    platform: 'browser',
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(`the page cannot be bundled: ${message}`)
    },
  })
  await bundle.write({
    dir: into,
    format: 'es',
    minify: true,
    postBanner: noticesOf,
    entryFileNames: '[name].js',
    // A page that is open while the daemon is updated must not take the new script for that of its own version.
    chunkFileNames: '[name]-[hash].js',
  })
  await bundle.close()
}

/** The copyright notices of the packages in a script, which minifying removes: the comments at their beginnings. */
function noticesOf({ moduleIds }) {
  return moduleIds
    .filter((file) => file.includes('/node_modules/'))
    .map((file) => /^\/\*[\s\S]*?\*\//.exec(readFileSync(file, 'utf8'))?.[0] ?? '')
    .join('\n')
}

const IMPORT = /^@import "([^"]+)";$/gm

/** A style sheet with those that it imports in their places. What does not begin with a dot is a file of a package. */
function styleSheet(file) {
  const packages = createRequire(file)
  return readFileSync(file, 'utf8').replace(IMPORT, (_, name) =>
    styleSheet(name.startsWith('.') ? resolve(dirname(file), name) : packages.resolve(name)),
  )
}
