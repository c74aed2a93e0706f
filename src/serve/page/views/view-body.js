import { element, setText } from '../dom.js'

/**
 * The inside of a view: its content, and one line for what stands in the way of it. An answer that comes after a newer
 * question is dropped; a wait of 300 ms shows a quiet sign; an error stays here.
 *
 * @typedef {object} ViewBody
 * @property {HTMLElement} content where the view builds its elements
 * @property {<T>(read: (signal: AbortSignal) => Promise<T>, show: (answer: T) => void) => void} load
 *   reads and shows; what was shown stays until then
 * @property {(reason: string) => void} absent says what is absent and why, in place of the content
 * @property {() => void} destroy
 */

const QUIET_MS = 300

/**
 * @param {HTMLElement} root
 * @returns {ViewBody}
 */
export function createViewBody(root) {
  const message = element('p', { className: 'view-message' })
  message.hidden = true
  const content = element('div', { className: 'view-content' })
  // Empty tables would say that nothing is stored, which nobody knows yet.
  content.hidden = true
  root.append(message, content)
  let controller = new AbortController()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer

  /** @param {string | null} text */
  function say(text, isError = false) {
    setText(message, text ?? '')
    message.hidden = text === null
    message.classList.toggle('fail', isError)
  }

  function begin() {
    controller.abort()
    controller = new AbortController()
    clearTimeout(timer)
    timer = setTimeout(() => root.setAttribute('aria-busy', 'true'), QUIET_MS)
    return controller.signal
  }

  function end() {
    clearTimeout(timer)
    root.removeAttribute('aria-busy')
  }

  return {
    content,
    load: (read, show) => {
      const signal = begin()
      read(signal)
        .then((answer) => {
          if (signal.aborted) return
          end()
          content.hidden = false
          say(null)
          show(answer)
        })
        .catch((error) => {
          if (signal.aborted) return
          end()
          say(error instanceof Error ? error.message : String(error), true)
        })
    },
    absent: (reason) => {
      controller.abort()
      end()
      content.hidden = true
      say(reason)
    },
    destroy: () => {
      controller.abort()
      end()
    },
  }
}
