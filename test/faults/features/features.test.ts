import { expect, test } from 'vitest'
import { randomOf } from '../campaign.ts'
import { countLeaks, type Join, PLANTED, PRODUCT } from './leaks.ts'
import { randomLake } from './random-lake.ts'

function total(join: Join, lakes: number) {
  const random = randomOf(7)
  const sum = { joins: 0, leaks: 0, overlooked: 0 }
  for (let count = 0; count < lakes; count++) {
    const lake = randomLake(random)
    for (const every of ['slot', 'day'] as const) {
      const found = countLeaks(lake, join, every)
      sum.joins += found.joins
      sum.leaks += found.leaks
      sum.overlooked += found.overlooked
    }
  }
  return sum
}

test('no row of features holds a value that was not known at its time, nor lacks the newest that was', () => {
  const { joins, ...faults } = total(PRODUCT, 25)
  expect(faults).toEqual({ leaks: 0, overlooked: 0 })
  expect(joins).toBeGreaterThan(50)
})

test.each(PLANTED.map((join) => [join.name, join] as const))(
  'the check sees a planted leak: %s',
  (_, join) => {
    expect(total(join, 25).leaks).toBeGreaterThan(0)
  },
)
