import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ACCOUNT_REQUESTS } from '../../../src/simulator/requests/account.ts'
import { DISPLAY_GROUP_REQUESTS } from '../../../src/simulator/requests/display-groups.ts'
import { EXERCISE_REQUESTS } from '../../../src/simulator/requests/exercise.ts'
import { CALCULATOR_REQUESTS } from '../../../src/simulator/requests/option-calculator.ts'
import { REFERENCE_REQUESTS } from '../../../src/simulator/requests/reference.ts'
import { REFUSED_REQUESTS } from '../../../src/simulator/requests/refused.ts'
import { SCANNER_REQUESTS } from '../../../src/simulator/requests/scanner.ts'
import { Malformed } from '../../../src/simulator/wire/frames.ts'
import { QUOTED, SPY } from '../stub-market.ts'
import { bench, quoted, recordingClient } from './recording-client.ts'

const TABLE = {
  ...ACCOUNT_REQUESTS,
  ...CALCULATOR_REQUESTS,
  ...DISPLAY_GROUP_REQUESTS,
  ...EXERCISE_REQUESTS,
  ...REFERENCE_REQUESTS,
  ...REFUSED_REQUESTS,
  ...SCANNER_REQUESTS,
}

const field = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '1',
    '2',
    '-1',
    '26',
    'All',
    'DU1234567',
    '$LEDGER:ALL',
    'STK',
    'STK.US',
    'OPT',
    'SPY',
    'C',
  ),
  fc.constantFrom(
    String(QUOTED.conId),
    String(SPY.conId),
    '1.7976931348623157E308',
    '1e300',
    '-1e300',
    '5e-324',
  ),
  fc.constantFrom('MOST_ACTIVE', 'NaN', 'Infinity', '999999999999999', '9c0001', '680', '0.2', '5'),
  fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\0', '')),
)

test('whatever the fields, a request is answered in whole frames or refused as malformed', () => {
  const { state, quotes, trade } = bench()
  quotes.set(SPY.conId, quoted(680, { last: 680, close: 675, volume: 1e6 }))
  quotes.set(QUOTED.conId, quoted(55))
  trade(SPY, 100)
  trade(QUOTED, -1)
  const ids = Object.keys(TABLE).map(Number)
  fc.assert(
    fc.property(fc.constantFrom(...ids), fc.array(field, { maxLength: 24 }), (id, fields) => {
      const client = recordingClient(TABLE, state)
      try {
        client.request(id, ...fields)
      } catch (error) {
        if (!(error instanceof Malformed)) throw error
      }
      for (const frame of client.taken()) expect(frame.join(' ')).not.toMatch(/NaN|Infinity/)
      for (const open of [...client.open.values(), ...client.subscriptions.values()]) open.close()
    }),
    { numRuns: 3_000, seed: 7 },
  )
})

test('the option calculator has the sentinels for prices beyond all measure', () => {
  const { state } = bench()
  const client = recordingClient(TABLE, state)
  const contract = [QUOTED.conId, '', '', '', '0.0', '', '', '', '', '', '', '']
  for (const spot of ['1.7976931348623157E308', '1e300', '-5', '0', '5e-324']) {
    for (const known of ['1.7976931348623157E308', '1e300', '-1', '0', '0.2']) {
      client.request(54, 3, 1, ...contract, known, spot, 0, '')
      client.request(55, 3, 2, ...contract, known, spot, 0, '')
    }
  }
  expect(client.errors).toEqual([])
  for (const frame of client.taken()) expect(frame.join(' ')).not.toMatch(/NaN|Infinity/)
})
