import { API_ERRORS } from '../errors.ts'
import type { Client, SimulatorState } from '../state.ts'
import type { Fields } from '../wire/frames.ts'
import { displayGroupList, displayGroupUpdated } from '../wire/reference.ts'
import type { RequestTable } from './request.ts'

/** The colour groups of windows in TWS. A subscriber hears of each change, also of those by other clients. */
export const DISPLAY_GROUP_REQUESTS: RequestTable = {
  67: { name: 'queryDisplayGroups', idField: 2, answer: listGroups },
  68: { name: 'subscribeToGroupEvents', idField: 2, answer: subscribe },
  69: { name: 'updateDisplayGroup', idField: 2, answer: update },
  70: { name: 'unsubscribeFromGroupEvents', idField: 2, answer: unsubscribe },
}

/** `67|1|req` */
function listGroups(client: Client, fields: Fields, state: SimulatorState): void {
  fields.skip(1)
  client.send(displayGroupList(fields.integer(), state.displayGroups.numbers.join('|')))
}

/** `68|1|req|group` */
function subscribe(client: Client, fields: Fields, { displayGroups }: SimulatorState): void {
  fields.skip(1)
  const requestId = fields.integer()
  const group = fields.integer()
  if (client.open.has(requestId)) {
    client.sendError(requestId, API_ERRORS.duplicateId())
    return
  }
  if (!displayGroups.numbers.includes(group)) {
    const cause = `display group ${group} is not one of ${displayGroups.numbers.join(', ')}`
    client.sendError(requestId, API_ERRORS.failed(cause))
    return
  }
  const send = (contractInfo: string) => client.send(displayGroupUpdated(requestId, contractInfo))
  const stop = displayGroups.watch(group, send)
  client.open.set(requestId, {
    kind: 'display_group',
    update: (contractInfo) => displayGroups.setContract(group, contractInfo),
    close: () => {
      client.open.delete(requestId)
      stop()
    },
    mute: stop,
  })
  send(displayGroups.contractOf(group))
}

/** `69|1|req|contractInfo`, such as `756733@SMART` */
function update(client: Client, fields: Fields): void {
  fields.skip(1)
  const requestId = fields.integer()
  const open = client.open.get(requestId)
  if (open?.update) open.update(fields.text())
  else client.sendError(requestId, API_ERRORS.unknownId(requestId))
}

/** `70|1|req` */
function unsubscribe(client: Client, fields: Fields): void {
  fields.skip(1)
  const open = client.open.get(fields.integer())
  if (open?.kind === 'display_group') open.close()
}
