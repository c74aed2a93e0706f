import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFrameGuard } from '../../../../src/gateway/session/wire/frame-guard.ts'

function frame(text: string): Buffer {
  const bytes = Buffer.alloc(4 + Buffer.byteLength(text))
  bytes.writeUInt32BE(bytes.length - 4)
  bytes.write(text, 4)
  return bytes
}
function announcing(lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(lengthBytes)
  return bytes
}
function feed(chunks: Iterable<Buffer>) {
  const guard = createFrameGuard()
  const whole: Buffer[] = []
  let fault: string | null = null
  let mostHeld = 0
  for (const chunk of chunks) {
    const verdict = guard.push(chunk)
    whole.push(...verdict.whole)
    fault ??= verdict.fault
    mostHeld = Math.max(mostHeld, guard.heldBytes())
  }
  return { guard, bytes: Buffer.concat(whole), fault, mostHeld }
}

const texts = fc.array(
  fc.string({ maxLength: 300 }).map((text) => `4\x002\0${text}\0`),
  { minLength: 1, maxLength: 40 },
)
const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 })

function* cutUp(stream: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < stream.length; i += 1) {
    const size = sizes[i % sizes.length]!
    yield stream.subarray(at, at + size)
    at += size
  }
}

test('whatever the chunks, the same bytes come out, in whole frames', () => {
  fc.assert(
    fc.property(texts, cuts, (messages, sizes) => {
      const stream = Buffer.concat(messages.map(frame))
      const { bytes, fault, guard } = feed(cutUp(stream, sizes))
      expect(fault).toBeNull()
      expect(bytes.equals(stream)).toBe(true)
      expect(guard.heldBytes()).toBe(0)
    }),
    { numRuns: 200 },
  )
})

test('ten thousand chunks of a few bytes take no more memory than their frame', () => {
  const message = frame(`17\0${'x'.repeat(30_000)}\0`)
  const { bytes, fault, mostHeld } = feed(cutUp(message, [1, 2, 3, 4, 5]))
  expect(fault).toBeNull()
  expect(bytes.equals(message)).toBe(true)
  expect(mostHeld).toBeLessThanOrEqual(message.length)
})

test.each([0, 1, 2, 3, 0x1000000, 0x7fffffff, 0xfffffffc, 0xffffffff])(
  'a declared length of %i is a fault at once, and the frames before it are kept',
  (lengthBytes) => {
    const good = frame('49\x001\x001795000000\0')
    const bad = announcing(lengthBytes)
    const { bytes, fault, guard } = feed([Buffer.concat([good, bad])])
    expect(fault).toContain(`${lengthBytes} bytes was announced`)
    expect(bytes.equals(good)).toBe(true)
    expect(guard.heldBytes()).toBe(0)
    expect(feed(cutUp(Buffer.concat([good, bad]), [1])).fault).toContain(`${lengthBytes} bytes`)
    // Later bytes are never read.
    expect(guard.push(good).whole).toEqual([])
  },
)

test('the longest frame that is allowed passes, and is not held twice', () => {
  const longest = Buffer.alloc(4 + 0xffffff, 'x')
  longest.writeUInt32BE(0xffffff)
  longest[longest.length - 1] = 0
  const { bytes, fault, mostHeld } = feed(cutUp(longest, [65_536]))
  expect(fault).toBeNull()
  expect(bytes.equals(longest)).toBe(true)
  expect(mostHeld).toBeLessThan(longest.length)
})

test('a message without its terminator is a fault: the library would join it with the next one', () => {
  expect(feed([frame('49\x001\x0017950000')]).fault).toBe('a message does not end with its terminator')
  expect(feed(cutUp(frame('49\x001\x0017950000'), [3])).fault).toBe(
    'a message does not end with its terminator',
  )
})

test('messages that would keep the library busy for minutes are faults', () => {
  expect(feed([frame(`17\0${'\0'.repeat(150_000)}`)]).fault).toBe('a message of more than 100000 fields')
  expect(feed([frame(`4\x002\0${'\\u0041'.repeat(20_000)}\0`)]).fault).toContain('escaped characters')
})

test('an unrequested answer with a count for which the library would allocate memory is a fault', () => {
  expect(feed([frame('77\x005\x0033000000\0')]).fault).toContain('a message of kind 77')
  expect(feed([frame('7\x005\x0033000000\0')]).fault).toBeNull()
})

test('random bytes in random chunks never throw, never hang and never hold more than one frame', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 0, maxLength: 9 }), { maxLength: 200 }), (chunks) => {
      const { mostHeld } = feed(chunks.map((chunk) => Buffer.from(chunk)))
      expect(mostHeld).toBeLessThanOrEqual(1800)
    }),
    { numRuns: 300 },
  )
})
