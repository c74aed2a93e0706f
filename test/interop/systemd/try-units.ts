import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Goal } from '../../../scripts/bench/report.ts'
import { has } from '../installation.ts'

const UNITS = join(import.meta.dirname, '../../../../config/systemd')
/** Exposure by `systemd-analyze security`, from 0 to 10, as docs/operations.md says. */
const MOST_EXPOSED = 1.6

/** What `systemd-analyze` says of the units: whether they can be loaded, and how much of the system they can reach. */
export async function tryUnits(): Promise<Goal[]> {
  if (!has('systemd-analyze', '--version')) {
    const why = 'systemd-analyze is not installed'
    console.log(`systemd: not run: ${why}`)
    return goals({ findings: null, exposure: null, why })
  }
  const paths = readdirSync(UNITS).map((name) => join(UNITS, name))
  const { stderr } = await analyze('verify', ...paths)
  const findings = stderr.split('\n').filter((line) => line.trim() !== '')
  for (const line of findings) console.log(`systemd: ${line}`)
  let exposure = 0
  for (const path of paths.filter((one) => one.endsWith('.service'))) {
    const { stdout } = await analyze('security', '--offline=true', '--no-pager', path)
    const [, level] = /exposure level for .*: (\d+(?:\.\d+)?)/.exec(stdout) ?? []
    if (level === undefined) throw new Error(`systemd-analyze security gives no level for ${path}`)
    exposure = Math.max(exposure, Number(level))
  }
  return goals({ findings: findings.length, exposure, why: '' })
}

/** Its exit code says less than its output. */
async function analyze(...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  try {
    return await promisify(execFile)('systemd-analyze', args)
  } catch (error) {
    const { stdout, stderr, message } = error as Error & {
      readonly stdout?: string
      readonly stderr?: string
    }
    return { stdout: stdout ?? '', stderr: stderr || message }
  }
}

function goals(found: {
  readonly findings: number | null
  readonly exposure: number | null
  readonly why: string
}): Goal[] {
  const { findings, exposure, why } = found
  return [
    { name: 'findings of systemd-analyze verify', value: findings, unit: 'lines', atMost: 0, why },
    {
      ...{ name: 'exposure by systemd-analyze security, worst unit', value: exposure },
      ...{ unit: 'of 10', atMost: MOST_EXPOSED, why },
    },
  ]
}
