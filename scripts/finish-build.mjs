// What the compiler leaves to do: the program may be run, and the path that version 0.1 had still starts it.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

const dist = resolve(import.meta.dirname, '../dist')
chmodSync(resolve(dist, 'main.js'), 0o755)
mkdirSync(resolve(dist, 'src'), { recursive: true })
const shim = resolve(dist, 'src/main.js')
writeFileSync(shim, "#!/usr/bin/env node\nimport '../main.js'\n")
chmodSync(shim, 0o755)
