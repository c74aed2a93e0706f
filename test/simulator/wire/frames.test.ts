import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  asciiText,
  createFrameReader,
  encode,
  Malformed,
  negotiateVersion,
  readFields,
  splitFields,
} from '../../../src/simulator/wire/frames.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const greeting = Buffer.concat([bytes('API\0'), bytes('\0\0\0\x09v100..193')])

test('frames come out whole and in order, however the bytes are chunked', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.stringMatching(/^[ -~]{0,12}$/), { minLength: 1, maxLength: 8 }), {
        maxLength: 6,
      }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
      (messages, sizes) => {
        const stream = Buffer.concat([greeting, ...messages.map((fields) => bytes(encode(fields)))])
        const reader = createFrameReader()
        const frames: string[] = []
        for (let offset = 0, i = 0; offset < stream.length; i++) {
          const size = sizes[i % sizes.length] as number
          frames.push(...reader.push(stream.subarray(offset, offset + size)))
          offset += size
        }
        expect(frames[0]).toBe('v100..193')
        expect(frames.slice(1).map(splitFields)).toEqual(messages)
      },
    ),
  )
})

test('ten thousand chunks of one byte become one long frame in linear time', () => {
  const reader = createFrameReader()
  reader.push(greeting)
  const frame = bytes(encode(['x'.repeat(10_000)]))
  const startedAt = performance.now()
  const frames = [...frame].flatMap((byte) => reader.push(Buffer.from([byte])))
  expect(frames).toHaveLength(1)
  expect(performance.now() - startedAt).toBeLessThan(500)
})

test.each([
  ['no greeting', 'GET / HTTP/1.1'],
  ['a version range that is too long', 'API\0\0\0\x02\0'],
  ['an empty frame', 'API\0\0\0\0\0'],
])('%s is malformed at once, before its body', (_name, text) => {
  expect(() => createFrameReader().push(bytes(text))).toThrow(Malformed)
})

test.each([0, 0x01000000, 0xfffffffc, 0xffffffff])('a declared length of %i is malformed', (length) => {
  const reader = createFrameReader()
  reader.push(greeting)
  const prefix = Buffer.alloc(4)
  prefix.writeUInt32BE(length)
  expect(() => reader.push(prefix)).toThrow(Malformed)
})

test.each([
  ['v100..193', 193],
  ['v100..220', 193],
  ['v157..178', 178],
  ['v100..176 +PACEAPI', 176],
  ['v180', 180],
  ['v100..175', null],
  ['v194..220', null],
])('to %s the version %s is announced', (range, version) => {
  expect(negotiateVersion(range)).toBe(version)
})

test('an invalid version range is malformed', () => {
  expect(() => negotiateVersion('193')).toThrow('"193" is not a version range')
})

test('missing fields and fields that are not numbers are malformed, never 0', () => {
  const fields = readFields(['1', '', 'x', '1e999', '12'])
  expect(fields.integer()).toBe(1)
  expect(fields.real()).toBe(0)
  expect(() => fields.integer()).toThrow('"x" where an integer belongs')
  expect(() => fields.real()).toThrow('"1e999" where a number belongs')
  expect(fields.integer()).toBe(12)
  expect(() => fields.text()).toThrow('message 1 ends after 5 fields')
  expect(() => splitFields('1\x002')).toThrow('without its last NUL')
})

test('a number that is not finite is never encoded', () => {
  expect(() => encode([21, Number.NaN])).toThrow('NaN in message 21')
})

test('text is encoded as ASCII with everything else escaped', () => {
  expect(asciiText('S&P 500® \0€')).toBe('S&P 500\\u00ae \\u0000\\u20ac')
})
