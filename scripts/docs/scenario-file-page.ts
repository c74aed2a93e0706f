import { scenarioJsonSchema } from '../../src/exchange/scenarios/schema.ts'

interface Property {
  readonly type?: string
  readonly const?: string
  readonly description?: string
  readonly default?: unknown
  readonly anyOf?: readonly Property[]
  readonly oneOf?: readonly Property[]
  readonly items?: Property
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly properties?: Readonly<Record<string, Property>>
  readonly required?: readonly string[]
}

const INTRODUCTION = `# Scenario files

A scenario is one JSON file: the rules of its market, how the fundamental value moves, the populations of agents and what
happens to them. \`optionlake exchange --scenario FILE\` and \`optionlake simulate --scenario FILE\` serve a file of your own
beside the built-in ones, which are in \`src/exchange/scenarios/built-in/\`; [quiet-market.json](quiet-market.json) is a
small one. An unknown key or an illegal value ends with exit code 78 and one line that names the key, the value and what
is legal. An editor checks a file while you write it with \`"$schema": "config/scenario.schema.json"\`.

- A step is 100 ms of market time. Prices are dollars in the file and whole ticks in the book, quantities are shares.
- A run is a function of the file, the seed and the orders from outside before each step. Each draw of an agent depends on
  the seed, the agent, the step and the purpose alone, so two runs of one seed differ by what the orders did, and by nothing else.
- A run opens with five prices on each side, half an initial spread apart, of five lots each. They expire after a minute.
- The agents act once a step, in an order that is shuffled every time, and see the book as it is at that moment. An order is
  matched at once, in price-time priority. One that would meet an order of its own owner cancels that order.
- The restraints apply to the agents alone. Besides those below, an agent's limit order that would take one of the last
  lots of the other side is placed one tick in front of it. Orders from outside are exempt, and are not counted where an
  agent must leave something.

This page is generated from the schema by \`npm run docs\`.
`

/** The page docs/scenario-file.md. */
export function scenarioFilePage(): string {
  const root = scenarioJsonSchema() as Property
  const { fundamental, restraints, populations, events, $schema: _, ...single } = root.properties ?? {}
  return [
    INTRODUCTION,
    table({ ...root, properties: single }),
    '## fundamental\n',
    table(fundamental),
    '## restraints\n',
    table(restraints),
    '## populations\n',
    'A list. Each population has a `type`, one of the headings below, and a `name` of its own when there are two of one type:',
    '`{"type": "spiking", "count": 1, "spikeLength": 4, "activationProbability": 0.001, "orderVolume": 2000}`.\n',
    ...membersOf(populations, 'type'),
    '## events\n',
    'A list of what happens at a step before anyone acts; by default it is empty. Each event has a `kind`, one of the headings',
    'below: `{"kind": "jump", "atStep": 18000, "fraction": -0.02}`. A population is named by its `name`, or else by its `type`.\n',
    ...membersOf(events, 'kind'),
  ].join('\n')
}

/** A section for each member of a list of unions. */
function membersOf(list: Property | undefined, key: string): string[] {
  return (list?.items?.oneOf ?? []).flatMap((member) => {
    const { [key]: named, name: _, ...rest } = member.properties ?? {}
    const heading = `### ${named?.const}\n`
    const text = named?.description === undefined ? [] : [`${named.description}\n`]
    return [heading, ...text, table({ ...member, properties: rest })]
  })
}

function table(of: Property | undefined): string {
  const lines = rowsOf(of, []).map(
    ({ path, property, isRequired }) =>
      `| \`${path.join('.')}\` | ${isRequired ? 'required' : defaultOf(property)} | ${legal(property)} | ${meaning(property)} |`,
  )
  return ['| key | default | legal | meaning |', '| --- | --- | --- | --- |', ...lines, ''].join('\n')
}

interface Row {
  readonly path: readonly string[]
  readonly property: Property
  readonly isRequired: boolean
}

function rowsOf(of: Property | undefined, path: readonly string[]): Row[] {
  return Object.entries(of?.properties ?? {}).flatMap(([name, property]) => {
    const isRequired = of?.required?.includes(name) === true && property.default === undefined
    const row = { path: [...path, name], property, isRequired }
    return [row, ...rowsOf(property, row.path)]
  })
}

const defaultOf = (property: Property) =>
  property.default === undefined ? 'none' : `\`${JSON.stringify(property.default)}\``

function legal(property: Property): string {
  if (property.anyOf) return property.anyOf.map(legal).join(' or ')
  if (property.pattern) return 'lower case letters, digits and `_`'
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, type = '' } = property
  const low = exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : minimum
  const isOpen = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER
  const high = exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : isOpen ? undefined : maximum
  if (low === undefined || low === Number.MIN_SAFE_INTEGER) return type
  if (high === undefined) return `${type}, ${exclusiveMinimum === undefined ? 'from ' : ''}${low}`
  return `${type}, ${low} to ${high}`
}

function meaning({ description = '' }: Property): string {
  const text = description.replaceAll('|', '\\|')
  return text.replace(/^[a-z]/, (letter) => letter.toUpperCase())
}
