import type { IncomingMessage, RequestListener } from 'node:http'

/**
 * Ends a connection that sends a request before the last one is answered. No client in use does that, and one that
 * never reads could otherwise have the answers to a thousand requests of one packet pile up.
 */
export function oneAtATime(answer: RequestListener<typeof IncomingMessage>): RequestListener {
  const busy = new WeakSet<object>()
  return (request, response) => {
    const { socket } = request
    if (busy.has(socket)) return void socket.destroy()
    busy.add(socket)
    response.once('close', () => busy.delete(socket))
    return answer(request, response)
  }
}
