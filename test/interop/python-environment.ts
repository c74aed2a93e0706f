import { join } from 'node:path'
import { has, installOnce } from './installation.ts'

/** Packages that read and change Delta tables, in the versions that were tested. */
const DELTA_PACKAGES = ['deltalake==1.6.6', 'pyarrow==26.0.1', 'polars==2.1.0', 'duckdb==2.0.0']
/** What the examples of docs/lake.md import. */
const SNIPPET_PACKAGES = [...DELTA_PACKAGES, 'pandas==3.1.1']
/** The extension has to be that of the same version of DuckDB. */
const DUCKDB_DELTA_PACKAGES = ['duckdb==1.5.5', 'duckdb-extension-delta==1.5.5', 'pyarrow==26.0.1']
const SPARK_PACKAGES = ['pyspark==4.2.0', 'pyarrow==26.0.1']

/** What the client of the exchange's protocol imports. */
const EXCHANGE_CLIENT_PACKAGES = ['requests==2.34.2', 'websocket-client==1.9.2']

/** An independent library of pricing models. */
const PRICING_PACKAGES = ['QuantLib==1.44']

/** Makes requests from an OpenAPI document and checks the answers against it. */
const OPENAPI_PACKAGES = ['schemathesis==4.32.5']

/** A virtual environment with some packages, or why there is none. */
export type PythonEnvironment =
  | { readonly kind: 'made'; readonly python: string; readonly folder: string }
  | { readonly kind: 'missing'; readonly why: string }

/** The version whose catalog `export --format nautilus` writes. */
export function createNautilusEnvironment(version: string): Promise<PythonEnvironment> {
  return createEnvironment([`nautilus_trader==${version}`, 'pyarrow==26.0.1'])
}

export function createDeltaEnvironment(): Promise<PythonEnvironment> {
  return createEnvironment(DELTA_PACKAGES)
}

export function createDuckDbDeltaEnvironment(): Promise<PythonEnvironment> {
  return createEnvironment(DUCKDB_DELTA_PACKAGES)
}

export function createSnippetEnvironment(): Promise<PythonEnvironment> {
  return createEnvironment(SNIPPET_PACKAGES)
}

export function createSparkEnvironment(): Promise<PythonEnvironment> {
  return createEnvironment(SPARK_PACKAGES)
}

export function createExchangeClientEnvironment(): Promise<PythonEnvironment> {
  return createEnvironment(EXCHANGE_CLIENT_PACKAGES)
}

export function createPricingEnvironment(): Promise<PythonEnvironment> {
  return createEnvironment(PRICING_PACKAGES)
}

export function createOpenApiEnvironment(): Promise<PythonEnvironment> {
  return createEnvironment(OPENAPI_PACKAGES)
}

/** A client library of TWS, with what it needs. */
export function createClientEnvironment(packages: readonly string[]): Promise<PythonEnvironment> {
  return createEnvironment(packages)
}

async function createEnvironment(packages: readonly string[]): Promise<PythonEnvironment> {
  if (!has('python3', '--version')) return { kind: 'missing', why: 'no python3' }
  const made = await installOnce(packages.join(', '), async (folder, run) => {
    await run('python3', ['-m', 'venv', folder])
    await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...packages])
  })
  if (made.kind === 'missing') return made
  return { ...made, python: join(made.folder, 'bin', 'python') }
}
