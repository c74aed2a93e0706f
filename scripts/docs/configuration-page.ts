import { configJsonSchema, variableName } from '../../src/config/config.ts'

interface Property {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Property[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly properties?: Readonly<Record<string, Property>>
}

const INTRODUCTION = `# Configuration

One JSON file, or none: every key has a default. The file is the one that \`--config\` names, else the one that the environment
variable \`OPTIONLAKE_CONFIG\` names, else the first of these that exists (\`optionlake doctor\` says which):

| file | whose | its lakes are in |
| --- | --- | --- |
| \`config/optionlake.json\` | the current folder's | \`lake\` in the current folder |
| \`$XDG_CONFIG_HOME/optionlake/optionlake.json\`, by default in \`~/.config\` | yours | \`$XDG_DATA_HOME/optionlake/lake\`, by default in \`~/.local/share\` |
| \`/etc/optionlake/optionlake.json\` | the machine's, of the service | \`/var/lib/optionlake/lake\` |

The last two are the same from every folder, and a relative \`lake.folder\` in them is below \`~/.local/share/optionlake\` or
\`/var/lib/optionlake\`. Without a file, with \`config/optionlake.json\` and with any other file that you name, folders are relative to the
current one, as are \`--lake\` and \`OPTIONLAKE_LAKE_FOLDER\` always. A file may name commands that alerts run, so do not start
optionlake in a folder whose \`config\` you do not trust.

The environment overrides the file
(\`OPTIONLAKE_GATEWAY_PORT=4002\` is \`gateway.port\`), and the command line overrides both. An unknown key, an illegal value or a
contradiction ends with exit code 78 and one line that names the key, the value and what is legal.

The section \`supervisor\` was called \`keeper\` before version 0.2. The old name works until version 0.3, in the file and in the
environment (\`OPTIONLAKE_KEEPER_…\`), with a warning; giving both names is an error.

This page is generated from the schema by \`npm run docs\`.
`

/** The page docs/configuration.md. */
export function configurationPage(): string {
  const { properties = {} } = configJsonSchema() as Property
  const single = Object.entries(properties).filter(([, { properties }]) => !properties)
  const sections = Object.entries(properties).filter(([, { properties }]) => properties)
  return [
    INTRODUCTION,
    table(single.map(([name, property]) => ({ path: [name], property }))),
    ...sections.map(
      ([section, { properties = {} }]) =>
        `## ${section}\n\n${table(Object.entries(properties).map(([name, property]) => ({ path: [section, name], property })))}`,
    ),
  ].join('\n')
}

function table(rows: readonly { path: readonly string[]; property: Property }[]): string {
  const lines = rows.map(({ path, property }) => {
    const cells = [
      `\`${path.join('.')}\``,
      `\`${JSON.stringify(property.default)}\``,
      legal(property),
      meaning(property),
    ]
    return `| ${cells.join(' | ')} | \`${variableName(path)}\` |`
  })
  return [
    '| key | default | legal | meaning | variable |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n')
}

function legal(property: Property): string {
  if (property.anyOf) return property.anyOf.map(legal).join(' or ')
  if (property.enum) return property.enum.map((value) => `\`${String(value)}\``).join(', ')
  const least =
    property.exclusiveMinimum !== undefined ? `above ${property.exclusiveMinimum}` : property.minimum
  if (least === undefined) return property.type ?? ''
  return property.maximum === undefined || property.maximum >= Number.MAX_SAFE_INTEGER
    ? `${property.type}, from ${least}`
    : `${property.type}, ${least} to ${property.maximum}`
}

function meaning({ description = '' }: Property): string {
  const text = description.replaceAll('|', '\\|')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
