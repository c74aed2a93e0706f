/** Frames of a broken gateway: valid ones, changed at random. Everything is a function of `random`. */

const ABSURD = [
  '',
  'NaN',
  '-1',
  '-2',
  '1.7976931348623157E308',
  '-Infinity',
  '0',
  '99999999999999999999',
  '\\u0041',
  'x',
]

/** Valid messages of every kind that this program reads, and of some that it does not. */
const VALID: readonly (readonly string[])[] = [
  ['1', '6', '42', '1', '5.05', '12', '1'],
  ['1', '6', '43', '9', '4.9', '0', '0'],
  ['2', '6', '42', '8', '1200'],
  ['2', '6', '42', '27', '4000'],
  ['21', '42', '13', '0', '0.18', '0.5', '5', '0', '0.02', '0.6', '-0.2', '680'],
  ['45', '6', '42', '24', '0.16'],
  ['46', '6', '42', '45', '1795000000'],
  ['57', '1', '42'],
  ['58', '1', '42', '3'],
  ['81', '42', '0.01', '9c0001', '3'],
  ['4', '2', '99', '200', 'No security definition has been found', ''],
  ['4', '2', '-1', '2104', 'Market data farm connection is OK:usfarm', ''],
  ['4', '2', '-1', '2103', 'Market data farm connection is broken:usfarm', ''],
  ['4', '2', '-1', '1100', 'Connectivity has been lost', ''],
  ['49', '1', '1795000000'],
  ['9', '1', '41'],
  ['15', '1', 'DU1234567'],
  ['52', '1', '44'],
  ['76', '44'],
  ['75', '44', 'SMART', '756733', 'SPY', '100', '1', '20261218', '2', '680', '681'],
  ['17', '44', 'from', 'to', '1', '20261119', '1', '3', '0.5', '2', '10', '1.5', '4'],
  // biome-ignore format: one message
  ['10', '44', 'SPY', 'OPT', '20261218', '680', 'C', 'SMART', 'USD', 'local', 'SPY', 'SPY', '812', '0.01', '100', '', '', '1', '756733', 'long', '', '202612', '', '', '', 'US/Eastern', 'hours', 'liquid', '', '0', '0', '1', 'SPY', 'STK', '26', '20261218', '', '1', '1', '1'],
  ['3', '7', 'Filled', '1', '0', '5', '1', '0', '5', '17', '', '0'],
  ['6', '2', 'NetLiquidation', '1000', 'USD', 'DU1234567'],
  ['8', '1', '12:00'],
  ['12', '1', '44', '0', '0', '1', '5', '10'],
  ['53', '1'],
  ['62', '1'],
  ['94', '44', '1', '2', '3'],
]

/** Frames per thousand that end the session by a bad length or terminator. The others have wrong content only. */
const FATAL_PER_MILLE = 2

export function fuzzedFrame(random: () => number): Buffer {
  const pick = <Item>(list: readonly Item[]): Item => list[Math.floor(random() * list.length)] as Item
  const fields = [...pick(VALID)]
  const changes = Math.floor(random() * 4)
  for (let change = 0; change < changes; change++) {
    // The last field of a notice is JSON. Nearly every change to it ends the session and would hide all other changes.
    const spared = fields[0] === '4' && random() < 0.98 ? 1 : 0
    const at = 1 + Math.floor(random() * Math.max(1, fields.length - 1 - spared))
    const kind = spared ? 0.7 * random() : random()
    if (kind < 0.55) fields[at] = pick(ABSURD)
    else if (kind < 0.7)
      fields[at] = String.fromCharCode(...Array.from({ length: 8 }, () => 1 + random() * 254))
    else if (kind < 0.85 && fields.length > 2) fields.splice(at, 1)
    else if (kind < 0.95) fields.splice(at, 0, pick(ABSURD))
    else fields[at] = pick(ABSURD).repeat(1 + Math.floor(random() * 200))
  }
  if (random() < 0.002) fields[0] = String(Math.floor(random() * 130))
  // No frame is shorter than a message can be; damaged lengths cover that.
  if (fields.join('').length + fields.length < 4) fields.push('0')
  return framed(fields, random() * 1_000 < FATAL_PER_MILLE ? random : null)
}

function framed(fields: readonly string[], damage: (() => number) | null): Buffer {
  const text = Buffer.from(fields.map((field) => `${field}\0`).join(''), 'latin1')
  const frame = Buffer.alloc(4 + text.length)
  frame.writeUInt32BE(text.length)
  text.copy(frame, 4)
  if (damage) {
    const at = Math.floor(damage() * frame.length)
    if (damage() < 0.3) frame.writeUInt32BE(Math.floor(damage() * 2 ** 32))
    else frame[at] = Math.floor(damage() * 256)
  }
  return frame
}
