import { expect, test } from 'vitest'
import { checkKinds } from '../../src/daemon/stored-kinds.ts'
import { append } from '../../src/lake/write/append.ts'
import { recordReports } from '../../src/lake/write/record-reports.ts'
import { newYorkDate } from '../../src/market/calendar.ts'
import { instrumentNamed, usStock } from '../../src/market/instruments.ts'
import type { EpochMs } from '../../src/market/units.ts'
import { reportMissing } from '../../src/snapshot/symbol-report.ts'
import { temporaryLake } from '../lake/lakes.ts'
import { after, chain, slotOf } from '../lake/slots.ts'

const missed = (symbol: string, slot: EpochMs, kind: 'STK' | 'IND' | 'FUT' | null) =>
  reportMissing(symbol, 'not_running', {
    ...{ slot, date: newYorkDate(slot), kind, detail: null, startedAt: null },
  })

test('a symbol that the lake holds as another kind is refused in one line', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ CL: chain(2, { symbol: 'CL' }) }, after(0)))
  await expect(checkKinds(lake, [instrumentNamed('CL')])).rejects.toMatchObject({
    exitCode: 78,
    message:
      `the lake ${lake.layout.root} holds CL as STK, and the configuration says FUT: ` +
      'write { "symbol": "CL", "kind": "STK" }, or collect FUT into another lake',
  })
  await checkKinds(lake, [usStock('CL'), instrumentNamed('SPY')])
})

test('futures with and without options are the same, and a symbol without entries is new', async () => {
  const lake = await temporaryLake()
  await recordReports(lake, [missed('ES', after(0), 'FUT'), missed('SPX', after(0), 'IND')])
  await checkKinds(lake, [{ ...instrumentNamed('ES'), kind: 'FOP' }, instrumentNamed('SPX'), usStock('T')])
  await expect(checkKinds(lake, [usStock('ES')])).rejects.toThrow('holds ES as FUT')
})
