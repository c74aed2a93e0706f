import type { AccountValue } from '../account/account-values.ts'
import { requestedValues, updateValues } from '../account/account-values.ts'
import { API_ERRORS, type ApiError } from '../errors.ts'
import type { Position } from '../orders/order.ts'
import type { Client, OpenKind, SimulatorState } from '../state.ts'
import * as wire from '../wire/account.ts'
import type { Fields } from '../wire/frames.ts'
import { formatGatewayClock } from '../wire/times.ts'
import type { RequestTable } from './request.ts'

/** Positions, account figures, profit and loss. */
export const ACCOUNT_REQUESTS: RequestTable = {
  6: { name: 'reqAccountUpdates', answer: accountUpdates },
  61: { name: 'reqPositions', answer: positions },
  62: { name: 'reqAccountSummary', idField: 2, answer: accountSummary },
  63: { name: 'cancelAccountSummary', answer: cancel('account_summary', 1) },
  64: { name: 'cancelPositions', answer: (client) => client.subscriptions.get('positions')?.close() },
  74: { name: 'reqPositionsMulti', idField: 2, answer: positionsMulti },
  75: { name: 'cancelPositionsMulti', answer: cancel('positions', 1) },
  76: { name: 'reqAccountUpdatesMulti', idField: 2, answer: accountUpdatesMulti },
  77: { name: 'cancelAccountUpdatesMulti', answer: cancel('account_updates', 1) },
  92: { name: 'reqPnL', idField: 1, answer: pnl },
  93: { name: 'cancelPnL', answer: cancel('pnl', 0) },
  94: { name: 'reqPnLSingle', idField: 1, answer: pnlSingle },
  95: { name: 'cancelPnLSingle', answer: cancel('pnl', 0) },
}

/** Between the updates of account figures that no trade has caused, ms: three minutes, as at Interactive Brokers. */
export const FIGURES_UPDATE_MS = 180_000
/** Between the updates of profit and loss, ms; those of all subscriptions come together. */
export const PNL_UPDATE_MS = 1_000
/** From a change of the account to the update of its figures, ms: the fills of a moment make one update. */
export const CHANGE_DELAY_MS = 50
/** How often it is looked whether the server is back, ms. */
const SERVER_LOST_MS = 250
/** Open account summaries of one client. */
const MOST_SUMMARIES = 2

/** `61|1`: the positions, their end, then every change. */
function positions(client: Client, _fields: Fields, state: SimulatorState): void {
  const { broker, options } = state
  client.subscriptions.get('positions')?.close()
  const send = (held: Position) => client.send(wire.position(options.account, held))
  for (const held of broker.positions()) if (held.quantity !== 0) send(held)
  client.send(wire.positionEnd())
  const stop = tellPositions(state, send)
  subscribe(client, 'positions', stop)
}

/** `74|1|req|account|model` */
function positionsMulti(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  const requestId = fields.integer()
  const error = invalid(client, requestId, { account: fields.text(), state })
  if (error) {
    client.sendError(requestId, error)
    return
  }
  const send = (held: Position) => client.send(wire.positionMulti(requestId, state.options.account, held))
  for (const held of state.broker.positions()) if (held.quantity !== 0) send(held)
  client.send(wire.positionMultiEnd(requestId))
  open(client, { requestId, kind: 'positions' }, tellPositions(state, send))
}

/** `6|2|subscribe|account`: the login has one account, so the name is not looked at. */
function accountUpdates(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  client.subscriptions.get('account_updates')?.close()
  if (!fields.flag()) return
  const { account } = state.options
  let sent: readonly AccountValue[] = []

  function update(): void {
    const snapshot = state.account.snapshot()
    const values = updateValues(snapshot, account)
    const rows = changed(sent, values).map((value) => wire.accountValue(account, value))
    const holdings = snapshot.holdings.map((holding) => wire.portfolioValue(account, holding))
    sent = values
    const time = wire.accountUpdateTime(formatGatewayClock(state.gatewayTime()))
    client.send(rows.join('') + holdings.join('') + time)
  }
  update()
  client.send(wire.accountDownloadEnd(account))
  const stop = repeat(state, update, () => FIGURES_UPDATE_MS, { onChange: true })
  subscribe(client, 'account_updates', stop)
}

/** `76|1|req|account|model|ledgerAndNLV` */
function accountUpdatesMulti(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  const requestId = fields.integer()
  const error = invalid(client, requestId, { account: fields.text(), state })
  if (error) {
    client.sendError(requestId, error)
    return
  }
  const { account } = state.options
  streamFigures(client, { requestId, kind: 'account_updates', onChange: true }, state, {
    values: () => updateValues(state.account.snapshot(), account),
    row: (value) => wire.accountUpdateMulti(requestId, account, value),
    end: wire.accountUpdateMultiEnd(requestId),
  })
}

/** `62|1|req|group|tags`: the group is All or the account. */
function accountSummary(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  const requestId = fields.integer()
  const group = fields.text().trim()
  const tags = namesOf(fields.text())
  const { account } = state.options
  const error = invalidSummary(client, requestId, { group, tags, account })
  if (error) {
    client.sendError(requestId, error)
    return
  }
  streamFigures(client, { requestId, kind: 'account_summary', onChange: false }, state, {
    values: () => requestedValues(state.account.snapshot(), tags),
    row: (value) => wire.accountSummary(requestId, account, value),
    end: wire.accountSummaryEnd(requestId),
  })
}

interface Figures {
  readonly values: () => readonly AccountValue[]
  readonly row: (value: AccountValue) => string
  readonly end: string
}

/** Sends all figures and their end, and later those that have changed; with `onChange` also soon after each change. */
function streamFigures(
  client: Client,
  { onChange, ...request }: { requestId: number; kind: OpenKind; onChange: boolean },
  state: SimulatorState,
  { values, row, end }: Figures,
): void {
  let sent: readonly AccountValue[] = []

  function update(): void {
    const current = values()
    const rows = changed(sent, current).map(row)
    sent = current
    client.send(rows.join(''))
  }
  update()
  client.send(end)
  open(
    client,
    request,
    repeat(state, update, () => FIGURES_UPDATE_MS, { onChange }),
  )
}

/** `92|req|account|model` */
function pnl(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const error = invalidPnl(client, requestId, { account: fields.text(), state })
  if (error) client.sendError(requestId, error)
  else streamPnl(client, requestId, state, () => wire.pnl(requestId, state.account.snapshot().pnl))
}

/** `94|req|account|model|conId` */
function pnlSingle(client: Client, fields: Fields, state: SimulatorState): void {
  const requestId = fields.integer()
  const error = invalidPnl(client, requestId, { account: fields.text(), state })
  fields.skip(1)
  const conId = fields.integer()
  if (error) client.sendError(requestId, error)
  else streamPnl(client, requestId, state, () => wire.pnlSingle(requestId, state.account.holding(conId)))
}

/** Sends the figures at once, and then whenever they have changed. */
function streamPnl(client: Client, requestId: number, state: SimulatorState, message: () => string): void {
  let sent = ''
  function update(): void {
    const frame = message()
    if (frame !== sent) client.send(frame)
    sent = frame
  }
  const untilNextPnl = () => PNL_UPDATE_MS - (state.clock.monotonicMs() % PNL_UPDATE_MS)
  update()
  open(client, { requestId, kind: 'pnl' }, repeat(state, update, untilNextPnl, { onChange: true }))
}

/**
 * Runs an update at intervals and, with `onChange`, soon after each change of the account; not while the gateway has
 * lost its server. Returns a function that ends it.
 */
function repeat(
  state: SimulatorState,
  update: () => void,
  waitMs: () => number,
  { onChange }: { onChange: boolean },
): () => void {
  let cancelNext = later(waitMs())
  let isDue = false

  function later(ms: number): () => void {
    return state.timeline.after(ms, () => {
      if (state.faults.has('server_lost')) {
        cancelNext = later(SERVER_LOST_MS)
        return
      }
      isDue = false
      cancelNext = later(waitMs())
      update()
    })
  }
  const stopListening = onChange
    ? onPosition(state, () => {
        if (isDue) return
        isDue = true
        cancelNext()
        cancelNext = later(CHANGE_DELAY_MS)
      })
    : () => {}
  return () => {
    stopListening()
    cancelNext()
  }
}

function onPosition({ broker }: SimulatorState, listener: (held: Position) => void): () => void {
  return broker.onChange((change) => {
    if (change.kind === 'position') listener(change.position)
  })
}

/** Tells each change of a position; what changes while the gateway has lost its server, once it is back. */
function tellPositions(state: SimulatorState, send: (held: Position) => void): () => void {
  const waiting = new Map<number, Position>()
  let cancelCheck = (): void => {}

  function check(): void {
    if (state.faults.has('server_lost')) {
      cancelCheck = state.timeline.after(SERVER_LOST_MS, check)
      return
    }
    for (const held of waiting.values()) send(held)
    waiting.clear()
  }
  const stopListening = onPosition(state, (held) => {
    waiting.set(held.contract.conId, held)
    if (waiting.size === 1) check()
  })
  return () => {
    stopListening()
    cancelCheck()
  }
}

function open(client: Client, request: { requestId: number; kind: OpenKind }, stop: () => void): void {
  const { requestId, kind } = request
  client.open.set(requestId, {
    kind,
    close: () => {
      client.open.delete(requestId)
      stop()
    },
    mute: stop,
  })
}

/** Keeps a subscription of which a client has one, without a request id, until it is closed. */
function subscribe(client: Client, kind: 'positions' | 'account_updates', stop: () => void): void {
  client.subscriptions.set(kind, {
    kind,
    close: () => {
      client.subscriptions.delete(kind)
      stop()
    },
    mute: stop,
  })
}

/** Ends the request of that kind; the cancel of anything else has no effect. `before`: fields before the id. */
function cancel(kind: OpenKind, before: number): (client: Client, fields: Fields) => void {
  return (client, fields) => {
    fields.skip(before)
    const found = client.open.get(fields.integer())
    if (found?.kind === kind) found.close()
  }
}

interface Named {
  readonly account: string
  readonly state: SimulatorState
}

/** An account is optional here, as the login has one. */
function invalid(client: Client, requestId: number, { account, state }: Named): ApiError | null {
  if (client.open.has(requestId)) return API_ERRORS.duplicateId()
  const isKnown = account === '' || account === state.options.account
  return isKnown ? null : API_ERRORS.invalid('Invalid account code')
}

function invalidPnl(client: Client, requestId: number, { account, state }: Named): ApiError | null {
  if (account.trim() === '') return API_ERRORS.invalid('Account must not be empty')
  return invalid(client, requestId, { account, state })
}

function invalidSummary(
  client: Client,
  requestId: number,
  { group, tags, account }: { group: string; tags: readonly string[]; account: string },
): ApiError | null {
  if (client.open.has(requestId)) return API_ERRORS.duplicateId()
  if (group === '') return API_ERRORS.invalid('Group name cannot be null')
  if (tags.length === 0) return API_ERRORS.invalid('Tags cannot be null')
  if (group !== 'All' && group !== account) return API_ERRORS.invalid('Group name is invalid')
  const summaries = [...client.open.values()].filter(({ kind }) => kind === 'account_summary')
  return summaries.length < MOST_SUMMARIES ? null : API_ERRORS.summaries()
}

function namesOf(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** The values that differ from those sent before. */
function changed(before: readonly AccountValue[], now: readonly AccountValue[]): AccountValue[] {
  const known = new Map(before.map((value) => [`${value.tag} ${value.currency}`, value.value]))
  return now.filter((value) => known.get(`${value.tag} ${value.currency}`) !== value.value)
}
