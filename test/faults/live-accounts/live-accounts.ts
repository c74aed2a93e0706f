import { formatTable } from '../../../src/commands/terminal/table.ts'
import { type Campaign, eachRound, randomOf, roundsOf } from '../campaign.ts'
import { allowedCase, REFUSED_KINDS, refusedCase } from './account-texts.ts'
import {
  allowedControl,
  changedAfterTheStart,
  reconnectedTo,
  refusedFromTheStart,
  type TryResult,
} from './attempts.ts'

/** Versions at which the layout of placeOrder changes. */
const VERSIONS = [176, 178, 183, 184, 187, 189, 190, 192, 193]
/** One control to this many tries. */
const CONTROL_EVERY = 5
const WAYS = ['from the start', 'told late', 'changed after the start', 'after a reconnect'] as const
/** Between them, now and then: the next gateway has only another account, which the user has listed, too. */
const RENAMED_EVERY = 7

function renamed(draw: () => number, serverVersion: number): Promise<TryResult> {
  const { listed } = refusedCase(0, draw)
  const { managed } = refusedCase(REFUSED_KINDS.indexOf('paper that is not listed'), draw)
  return reconnectedTo({ managed, listed: [...listed, managed] }, { first: listed, serverVersion })
}

interface Row extends TryResult {
  readonly way: string
  readonly tries: number
}

/**
 * Gateways with live-looking accounts: a raw TCP peer tells accounts of every kind, at the start, late, changed within the
 * session, after a reconnect to the same port, and counts the order frames that reach it. Between them are controls with
 * legal accounts, whose orders must arrive: without them a counter of nothing would pass.
 */
export const liveAccounts: Campaign = {
  name: 'live-accounts',
  summary: 'orders to gateways with live, mixed, renamed and changing accounts: no order byte on the wire',
  takes: '3 min',
  run: async (options) => {
    const tries = roundsOf(options, 1_000, 60)
    const draw = randomOf(options.seed)
    const rows = new Map<string, Row>()
    const kinds = new Set<string>()

    function add(way: string, result: TryResult): void {
      const before = rows.get(way)
      const sum = (name: keyof TryResult) => (before?.[name] ?? 0) + result[name]
      rows.set(way, {
        ...{ way, tries: (before?.tries ?? 0) + 1 },
        ...{ forbidden: sum('forbidden'), forbiddenBytes: sum('forbiddenBytes') },
        ...{ strayCancels: sum('strayCancels'), allowed: sum('allowed'), expected: sum('expected') },
        ...{ refused: sum('refused'), unexplained: sum('unexplained') },
      })
    }

    await eachRound('live-accounts', tries, async (round) => {
      const serverVersion = VERSIONS[Math.floor(draw() * VERSIONS.length)] as number
      // Every kind of text meets every way.
      const way = WAYS[round % WAYS.length] as (typeof WAYS)[number]
      const one = refusedCase(Math.floor(round / WAYS.length), draw)
      kinds.add(`${way}: ${one.kind}`)
      const firstSent = Math.floor(draw() * 3)
      if (way === 'changed after the start')
        add(way, await changedAfterTheStart(one, { serverVersion, firstSent }))
      else if (way === 'after a reconnect') add(way, await reconnectedTo(one, { serverVersion }))
      else add(way, await refusedFromTheStart(one, { late: way === 'told late', serverVersion }))
      if (round % RENAMED_EVERY === 0) add('renamed to a listed one', await renamed(draw, serverVersion))
      if (round % CONTROL_EVERY !== 0) return
      const number = round / CONTROL_EVERY
      add(
        'control',
        await allowedControl(allowedCase(number, draw), { late: number % 2 === 1, serverVersion }),
      )
    })

    const table = [...rows.values()]
    console.log(
      formatTable(table, [
        { title: 'accounts', value: ({ way }) => way },
        { title: 'tries', value: (row) => String(row.tries) },
        { title: 'refused', value: (row) => String(row.refused) },
        { title: 'sent while allowed', value: (row) => String(row.allowed) },
        { title: 'forbidden', value: (row) => String(row.forbidden) },
        { title: 'cancels', value: (row) => String(row.strayCancels) },
      ]),
    )
    const total = (name: keyof TryResult, of = table) => of.reduce((sum, row) => sum + row[name], 0)
    const control = table.filter(({ way }) => way === 'control')
    const missing = table.reduce((sum, row) => sum + Math.max(0, row.expected - row.allowed), 0)
    const combinations = Math.min(tries, WAYS.length * REFUSED_KINDS.length)
    return [
      { name: 'tries', value: tries, unit: 'tries', atLeast: tries },
      { name: 'kinds of accounts and ways', value: kinds.size, unit: 'kinds', atLeast: combinations },
      { name: 'forbidden order frames', value: total('forbidden'), unit: 'frames', atMost: 0 },
      { name: 'forbidden order bytes', value: total('forbiddenBytes'), unit: 'bytes', atMost: 0 },
      { name: 'cancels sent to other accounts', value: total('strayCancels'), unit: 'frames', atMost: 0 },
      { name: 'refusals without their reason', value: total('unexplained'), unit: 'orders', atMost: 0 },
      { name: 'orders refused', value: total('refused'), unit: 'orders', atLeast: tries },
      { name: 'control orders on the wire', value: total('allowed', control), unit: 'orders', atLeast: 1 },
      { name: 'allowed orders that were not sent', value: missing, unit: 'orders', atMost: 0 },
    ]
  },
}
