import { join } from 'node:path'
import type { Engine, SkippedEngine } from './engine.ts'
import { openExternalEngine } from './external-engine.ts'
import { openHyparquet } from './hyparquet-engine.ts'
import type { Installation } from './installation.ts'
import { installDeltaForSpark, installJavaKernel, installRustKernel, SOURCES } from './kernel-environment.ts'
import {
  createDeltaEnvironment,
  createDuckDbDeltaEnvironment,
  createSparkEnvironment,
  type PythonEnvironment,
} from './python-environment.ts'

const PROGRAM = join(SOURCES, 'external_engine.py')

interface EngineEntry {
  readonly name: string
  /** As docs/reliability.md prints it. */
  readonly version: string
  open(entry: EngineEntry): Promise<Engine | SkippedEngine>
}

/** All engines. Those that change tables come first. */
const ENGINES: readonly EngineEntry[] = [
  {
    name: 'delta-rs',
    version: 'deltalake 1.6.6',
    open: (entry) =>
      openPython(entry, { id: 'delta-rs', environment: createDeltaEnvironment(), changes: true }),
  },
  { name: 'Spark', version: '4.2.0 with Delta 4.4.0', open: openSpark },
  {
    name: 'pyarrow',
    version: '26.0.1, over the files that delta-rs lists',
    open: (entry) => openPython(entry, { id: 'pyarrow', environment: createDeltaEnvironment() }),
  },
  {
    name: 'Polars',
    version: '2.1.0, scan_delta',
    open: (entry) => openPython(entry, { id: 'polars', environment: createDeltaEnvironment() }),
  },
  { name: 'Delta Kernel for Java', version: '4.4.0', open: openJavaKernel },
  { name: 'Delta Kernel for Rust', version: '0.30.1', open: openRustKernel },
  {
    name: 'DuckDB 1 with delta',
    version: '1.5.5, delta_scan',
    open: (entry) => openPython(entry, { id: 'duckdb-delta', environment: createDuckDbDeltaEnvironment() }),
  },
  {
    name: 'DuckDB 2',
    version: '2.0.0, read_parquet over the files that delta-rs lists',
    open: (entry) => openPython(entry, { id: 'duckdb-files', environment: createDeltaEnvironment() }),
  },
  {
    name: 'hyparquet',
    version: '1.31.5, over the files that optionlake lists',
    open: async ({ name, version }) => openHyparquet(name, version),
  },
]

export const ENGINE_NAMES = ENGINES.map(({ name }) => name)

/** Opens these engines, in the order given above. One at a time, because several use the same installation. */
export async function openEngines(names: readonly string[]): Promise<(Engine | SkippedEngine)[]> {
  const opened: (Engine | SkippedEngine)[] = []
  for (const entry of ENGINES.filter(({ name }) => names.includes(name))) opened.push(await entry.open(entry))
  return opened
}

interface PythonProgram {
  /** The engine's name in external_engine.py. */
  readonly id: string
  readonly environment: Promise<PythonEnvironment>
  readonly args?: readonly string[]
  readonly changes?: boolean
}

async function openPython(
  { name, version }: EngineEntry,
  { id, environment, args = [], changes = false }: PythonProgram,
): Promise<Engine | SkippedEngine> {
  const made = await environment
  if (made.kind === 'missing') return { name, version, skipped: made.why }
  return openExternalEngine({ name, version, command: made.python, args: [PROGRAM, id, ...args], changes })
}

async function openSpark(entry: EngineEntry): Promise<Engine | SkippedEngine> {
  const jars = await installDeltaForSpark()
  if (jars.kind === 'missing') return { name: entry.name, version: entry.version, skipped: jars.why }
  const args = [join(jars.folder, 'jars')]
  return openPython(entry, { id: 'spark', environment: createSparkEnvironment(), args, changes: true })
}

async function openJavaKernel(entry: EngineEntry): Promise<Engine | SkippedEngine> {
  return openKernel(entry, await installJavaKernel(), (folder) => ({
    command: 'java',
    args: ['-cp', join(folder, 'jars', '*'), join(SOURCES, 'kernel-java', 'ReadDelta.java')],
  }))
}

async function openRustKernel(entry: EngineEntry): Promise<Engine | SkippedEngine> {
  return openKernel(entry, await installRustKernel(), (folder) => ({
    command: join(folder, 'target', 'debug', 'read-delta'),
    args: [],
  }))
}

async function openKernel(
  { name, version }: EngineEntry,
  installed: Installation,
  programOf: (folder: string) => { command: string; args: readonly string[] },
): Promise<Engine | SkippedEngine> {
  if (installed.kind === 'missing') return { name, version, skipped: installed.why }
  return openExternalEngine({ name, version, ...programOf(installed.folder), changes: false })
}
