import { expect, test } from 'vitest'
import { actionOf } from '../../../src/serve/page/frame/shortcuts.js'

const key = (name: string, held: { shiftKey?: boolean; ctrlKey?: boolean } = {}) => ({
  ...{ key: name, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false },
  ...held,
})
const nowhere = { isTyping: false, isButton: false, isSlider: false }

function asked(event: ReturnType<typeof key>, target = nowhere): string | null {
  const said: string[] = []
  const say = (name: string) => (value?: number) =>
    said.push([name, value].filter((part) => part !== undefined).join(' '))
  const actions = {
    ...{ slot: say('slot'), day: say('day'), play: say('play'), view: say('view') },
    ...{ symbol: say('symbol'), live: say('live'), help: say('help') },
  }
  actionOf(event, target)?.(actions)
  return said[0] ?? null
}

test('each key does what the help says', () => {
  expect(asked(key('ArrowRight'))).toBe('slot 1')
  expect(asked(key('ArrowLeft', { shiftKey: true }))).toBe('day -1')
  expect(asked(key(' '))).toBe('play')
  expect(asked(key('3'))).toBe('view 2')
  expect([asked(key('s')), asked(key('S', { shiftKey: true }))]).toEqual(['symbol 1', 'symbol -1'])
  expect([asked(key('l')), asked(key('?', { shiftKey: true }))]).toEqual(['live', 'help'])
  expect(asked(key('0'))).toBeNull()
})

test('keys of the browser, of fields and of buttons stay theirs', () => {
  expect(asked(key('l', { ctrlKey: true }))).toBeNull()
  expect(asked(key('s'), { ...nowhere, isTyping: true })).toBeNull()
  expect(asked(key(' '), { ...nowhere, isButton: true })).toBeNull()
  expect(asked(key('3'), { ...nowhere, isButton: true })).toBe('view 2')
  // The slider of the slots moves as everywhere on the page.
  expect(asked(key('ArrowRight', { shiftKey: true }), { ...nowhere, isTyping: true, isSlider: true })).toBe(
    'day 1',
  )
})
