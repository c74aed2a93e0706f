import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)

/** Smaller answers fit one packet. */
const LEAST_BYTES = 1_024
/** Chains are a megabyte of digits: this level takes a third of the time of the default for a tenth more bytes. */
const LEVEL = 3
const TEXT = /^(text\/|application\/(json|openmetrics-text))/

/** Whether a request's Accept-Encoding allows gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '').split(',').some((one) => {
    const [name = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase())
    return name === 'gzip' && !parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter))
  })
}

/** The answer in gzip, if that is worth it and the client takes it. Compresses in another thread. */
export async function compressed(answer: Response, acceptEncoding: string | undefined): Promise<Response> {
  const { headers, status } = answer
  const isText = TEXT.test(headers.get('Content-Type') ?? '')
  if (!isText || answer.body === null || headers.has('Content-Encoding')) return answer
  headers.set('Vary', 'Accept-Encoding')
  if (!acceptsGzip(acceptEncoding)) return answer
  const bytes = Buffer.from(await answer.arrayBuffer())
  if (bytes.length < LEAST_BYTES) return new Response(bytes, { status, headers })
  headers.set('Content-Encoding', 'gzip')
  const body = await compress(bytes, { level: LEVEL })
  return new Response(body, { status, headers })
}
