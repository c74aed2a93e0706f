import { cp, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { has, type Installation, installOnce } from './installation.ts'

/** The sources, seen from the compiled file in build/test/interop. */
export const SOURCES = resolve(import.meta.dirname, '../../../test/interop')

const DELTA = '4.4.0'
const SPARK_ARTIFACTS = [`io.delta:delta-spark_4.2_2.13:${DELTA}`]
/** The kernel's interface is a library of its own, and its log writer another. */
const KERNEL_ARTIFACTS = [`io.delta:delta-kernel-defaults:${DELTA}`, `io.delta:delta-kernel-api:${DELTA}`]

/** The folder `jars` gets Delta for Spark, without what Spark has already. */
export function installDeltaForSpark(): Promise<Installation> {
  return installJars(SPARK_ARTIFACTS, 'io.delta,io.unitycatalog')
}

/** The folder `jars` gets Delta Kernel for Java, with everything it needs. */
export function installJavaKernel(): Promise<Installation> {
  return installJars(KERNEL_ARTIFACTS, null)
}

/** Compiles the reader of kernel-rust/. The program is `target/debug/read-delta`. */
export async function installRustKernel(): Promise<Installation> {
  if (!has('cargo', '--version')) return { kind: 'missing', why: 'no cargo' }
  return installOnce('delta_kernel 0.30.1', async (folder, run) => {
    await cp(join(SOURCES, 'kernel-rust'), folder, { recursive: true })
    await run('cargo', ['build', '--quiet'])
  })
}

async function installJars(artifacts: readonly string[], groups: string | null): Promise<Installation> {
  if (!has('java', '-version')) return { kind: 'missing', why: 'no java: version 17 or newer is needed' }
  if (!has('mvn', '--version')) return { kind: 'missing', why: 'no mvn: Maven is needed to install it' }
  return installOnce(artifacts.join(', '), async (folder, run) => {
    await writeFile(join(folder, 'pom.xml'), pomOf(artifacts))
    const only = groups === null ? [] : [`-DincludeGroupIds=${groups}`]
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars']
    await run('mvn', ['--batch-mode', '--quiet', ...copy, ...only])
  })
}

function pomOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`
  })
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>optionlake</groupId><artifactId>interop</artifactId><version>1</version>
  <dependencies>${dependencies.join('')}</dependencies>
</project>
`
}
