// Finishes the folders that the compiler has written: adds the files of the web pages and the built-in scenarios; in
// dist, also writes what help needs to know of every command, makes the program executable and adds the path that it had
// in version 0.1.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundlePage } from './bundle-page.mjs'
import { bundleProgram } from './bundle-program.mjs'

const root = resolve(import.meta.dirname, '..')
const report = 'experiments/report/page'
const scenarios = 'src/exchange/scenarios/built-in'
for (const out of ['dist', 'build/src'].map((folder) => join(root, folder)).filter(existsSync)) {
  await bundlePage(join(root, 'src/serve/page'), join(out, 'serve/page'))
  const files = readdirSync(join(root, 'src', report)).filter((name) => /\.(css|js)$/.test(name))
  for (const file of files) cpSync(join(root, 'src', report, file), join(out, report, file))
  cpSync(join(root, scenarios), join(out, 'exchange/scenarios/built-in'), { recursive: true })
}

// Without the commands of an earlier build, so that a command that was removed is gone.
const commands = join(root, 'dist/commands.json')
rmSync(commands, { force: true })
const { describeCommands } = await import(
  pathToFileURL(join(root, 'dist/commands/catalogue/describe-commands.js'))
)
writeFileSync(commands, JSON.stringify(await describeCommands()))

await bundleProgram(root)

const main = join(root, 'dist/main.js')
const shim = join(root, 'dist/src/main.js')
mkdirSync(join(root, 'dist/src'), { recursive: true })
writeFileSync(shim, "#!/usr/bin/env node\nimport '../main.js'\n")
for (const program of [main, shim]) chmodSync(program, 0o755)
