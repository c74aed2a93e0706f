// Finishes a folder that the compiler has written, dist or build/src: adds the files of the web pages and the built-in
// scenarios; in dist, also writes what help needs to know of every command, bundles the program, makes it executable and adds
// the path that it had in version 0.1.
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundlePage } from './bundle-page.mjs'
import { bundleProgram } from './bundle-program.mjs'

const root = resolve(import.meta.dirname, '..')
const report = 'experiments/report/page'
const scenarios = 'src/exchange/scenarios/built-in'
const folder = process.argv[2]
const out = join(root, folder)
await bundlePage(join(root, 'src/serve/page'), join(out, 'serve/page'))
const files = readdirSync(join(root, 'src', report)).filter((name) => /\.(css|js)$/.test(name))
for (const file of files) cpSync(join(root, 'src', report, file), join(out, report, file))
cpSync(join(root, scenarios), join(out, 'exchange/scenarios/built-in'), { recursive: true })
if (folder === 'dist') await finishProgram()

async function finishProgram() {
  // Without the commands of an earlier build, so that a command that was removed is gone.
  const commands = join(out, 'commands.json')
  rmSync(commands, { force: true })
  const { describeCommands } = await import(
    pathToFileURL(join(out, 'commands/catalogue/describe-commands.js'))
  )
  writeFileSync(commands, JSON.stringify(await describeCommands()))

  await bundleProgram(root)

  const shim = join(out, 'src/main.js')
  mkdirSync(join(out, 'src'), { recursive: true })
  writeFileSync(shim, "#!/usr/bin/env node\nimport '../main.js'\n")
  for (const program of [join(out, 'main.js'), shim]) chmodSync(program, 0o755)
}
