import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** All temporary folders of a run lie in one, which goes with it: also those of programs that tests kill. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-tests-'))
  // A test of a read-only folder looks at it as a user who owns nothing.
  chmodSync(folder, 0o755)
  process.env.TMPDIR = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
