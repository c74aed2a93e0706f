/** What the lock file says of one installed package. */
interface LockedPackage {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly optional?: boolean
}

export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

/** A package that is installed with the program. */
export interface InstalledPackage {
  readonly name: string
  readonly version: string
  /** SPDX identifier. */
  readonly licence: string
  /** Chosen by platform; not every machine has it. */
  readonly isOptional: boolean
}

/** Licences that a user of an MIT program need not think about. Another one is a decision: docs/releasing.md. */
export const ALLOWED_LICENCES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']

/** Packages that refer to a file for their licence, and what the file is. */
const READ_IN_FILE: readonly (readonly [RegExp, string])[] = [[/^nodejs-polars(-|$)/, 'MIT']]

/** Every package that is installed without development, by name. */
export function installedPackages({ packages }: LockFile): InstalledPackage[] {
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version = '', license = 'none', optional = false }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
      const isInFile = /^SEE LICENSE/i.test(license)
      const read = READ_IN_FILE.find(([pattern]) => isInFile && pattern.test(name))?.[1]
      return { name, version, licence: read ?? license, isOptional: optional }
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))
}

/** The page docs/licences.md. */
export function licencesPage(lock: LockFile): string {
  const all = installedPackages(lock)
  const counts = [...new Set(all.map(({ licence }) => licence))]
    .sort()
    .map((licence) => `${licence} (${all.filter((one) => one.licence === licence).length})`)
  const rows = all.map(
    ({ name, version, licence, isOptional }) =>
      `| ${name} | ${version} | ${licence} | ${isOptional ? 'on its platform' : ''} |`,
  )
  return `# Licences

optionlake is under the MIT licence. These ${all.length} packages are installed with it: ${counts.join(', ')}. A test refuses any other licence.
\`npm run --silent sbom\` prints them with their checksums as a CycloneDX document.

This page is generated from package-lock.json by \`npm run docs\`.

| package | version | licence | installed |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}
