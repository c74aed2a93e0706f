import { expect, test } from 'vitest'
import { type Morning, runMorning } from './morning.ts'
import { MORNINGS } from './mornings.ts'

// A small version of the campaign: the first minute of a morning, with a few contracts.

const shortened = (name: string, changes: Partial<Morning>): Morning => ({
  ...(MORNINGS.find((morning) => morning.name === name) as Morning),
  symbols: ['SPY'],
  slots: ['09:30'],
  from: '09:29:50',
  universe: { expirations: 1, windowFraction: 0.04 },
  ...changes,
})

test('a farm flap in the slot costs no contract, and is no reason for red', async () => {
  const result = await runMorning(
    shortened('farm-flap', {
      to: '09:34:40',
      endsWhenStored: true,
      health: [{ from: '09:29:55', to: '09:34:40', may: ['ok', 'warn'] }],
    }),
  )
  expect(result).toMatchObject({ lost: 0, otherwise: [] })
  expect(result.collectable).toBeGreaterThan(50)
  expect(result.health.flatMap(({ wrong }) => [...wrong.values()])).toEqual([])
})
