import { expect, test } from 'vitest'
import { drawsPlot, plotLines, sparkline } from '../../../src/commands/terminal/plot.ts'

const frame = {
  width: 40,
  height: 7,
  ends: ['2025-11-20', '2026-11-19'],
  levels: [],
  label: (value: number) => value.toFixed(1),
} as const
const dots = (line: string) => [...line].filter((letter) => letter >= '⠁' && letter <= '⣿').length

test('a rising line goes from the lower left to the upper right, within its width', () => {
  const lines = plotLines(
    Array.from({ length: 100 }, (_, at) => at),
    frame,
  )
  expect(lines).toHaveLength(9)
  expect(lines.every((line) => line.length <= frame.width)).toBe(true)
  const first = (line: string) => [...line].findIndex((letter) => letter >= '⠁' && letter <= '⣿')
  const starts = lines.slice(0, 7).map(first)
  expect(starts).toEqual([...starts].sort((a, b) => b - a))
  expect(lines.at(-1)).toMatch(/^ +2025-11-20 +2026-11-19$/)
  expect(lines.at(-1)).toHaveLength(lines.at(-2)!.length)
})

test('labels show the value at their height', () => {
  const lines = plotLines([10, 20], frame)
  expect(Number.parseFloat(lines[0]!)).toBeGreaterThan(19)
  expect(Number.parseFloat(lines[6]!)).toBeLessThan(11)
})

test('a session without a value is a gap and not a line across it', () => {
  const whole = plotLines([1, 1, 1, 1, 1, 1, 1, 1], frame).map(dots)
  const broken = plotLines([1, 1, null, null, null, null, 1, 1], frame).map(dots)
  const sum = (counts: number[]) => counts.reduce((a, b) => a + b, 0)
  expect(sum(broken)).toBeLessThan(sum(whole) / 2)
  expect(sum(broken)).toBeGreaterThan(0)
})

test("today's level is drawn across the plot, even outside the range of the history", () => {
  const lines = plotLines([10, 12, 11], { ...frame, levels: [{ value: 15, label: 'now 15' }] })
  expect(lines[0]).toMatch(/╌.* now 15$/)
  expect(lines.every((line) => line.length <= frame.width)).toBe(true)
})

test('without values nothing is drawn; one value, or equal ones, are a line in the middle', () => {
  expect(plotLines([null, null], frame)).toEqual([])
  for (const values of [[5], [5, 5, 5], [0, 0]]) {
    const lines = plotLines(values, frame)
    expect(dots(lines[3]!), String(values)).toBeGreaterThan(0)
    expect(lines.join('')).not.toMatch(/NaN/)
  }
})

test('plots are drawn on UTF-8 terminals of 60 columns and more, unless the flag says otherwise', () => {
  const screen = { columns: 60, isTerminal: true, hasColour: false, isUnicode: true }
  expect(drawsPlot(undefined, screen)).toBe(true)
  expect(drawsPlot(undefined, { ...screen, columns: 59 })).toBe(false)
  expect(drawsPlot(undefined, { ...screen, isUnicode: false })).toBe(false)
  expect(drawsPlot(undefined, { ...screen, columns: null, isTerminal: false })).toBe(false)
  expect(drawsPlot(true, { ...screen, isTerminal: false })).toBe(true)
  expect(drawsPlot(false, screen)).toBe(false)
})

test('a sparkline has a block a value, a blank for none, and at most its width', () => {
  expect(sparkline([1, 2, null, 8], 10)).toBe('▁▂ █')
  expect(sparkline([5, 5], 10)).toBe('▄▄')
  expect(
    sparkline(
      Array.from({ length: 78 }, (_, at) => at),
      20,
    ),
  ).toHaveLength(20)
  expect(sparkline([null], 10)).toBe('')
})
