import { expect, test } from 'vitest'
import { sessionDate } from '../../../../src/market/units.ts'
import {
  classContractId,
  classContractOf,
  contractId,
} from '../../../../src/simulator/market/synthetic/contract-id.ts'

const rights = ['C', 'P'] as const
const dates = ['2016-01-01', '2026-11-19', '2026-12-17', '2038-06-05'].map(sessionDate)

test('an id of the second space tells what it is of', () => {
  const ids = new Set<number>()
  for (const classNumber of [0, 1, 15, 16, 31])
    for (const expiry of dates)
      for (const strikeIndex of [0, 1, 1_000, 2_047])
        for (const right of rights) {
          const contract = { classNumber, expiry, strikeIndex, right }
          const id = classContractId(contract)
          expect(classContractOf(id)).toEqual(contract)
          expect(Number.isInteger(id) && id > 0 && id < 2 ** 31).toBe(true)
          ids.add(id)
        }
  expect(ids.size).toBe(5 * 4 * 4 * 2)
})

test('ids of stocks below 2,048 dollars are in the first space', () => {
  for (const strike of [0.5, 100, 627.5, 2_047.5])
    for (const right of rights) {
      const id = contractId({ classNumber: 3, expiry: sessionDate('2026-12-18'), strike, right })
      expect(classContractOf(id)).toBeNull()
    }
})

test('what does not fit is refused', () => {
  const contract = { classNumber: 1, expiry: sessionDate('2026-12-18'), strikeIndex: 5, right: 'C' } as const
  expect(() => classContractId({ ...contract, classNumber: 32 })).toThrow('class 32')
  expect(() => classContractId({ ...contract, strikeIndex: 2_048 })).toThrow('strike number 2048')
  expect(() => classContractId({ ...contract, expiry: sessionDate('2039-01-01') })).toThrow('2039-01-01')
  expect(classContractOf(0)).toBeNull()
  expect(classContractOf(2 ** 31)).toBeNull()
})
