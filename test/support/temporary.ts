import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** All temporary folders of a run, even those of killed programs, are in one folder that is removed afterwards. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-tests-'))
  // A test of a read-only folder reads it as another user.
  chmodSync(folder, 0o755)
  process.env.TMPDIR = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
