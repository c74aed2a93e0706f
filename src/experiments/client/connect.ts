import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { EXIT, Failure } from '../../process/failure.ts'
import { addressText, type ExchangeAddress } from './address.ts'
import { type CertificateTrust, distrust, type PeerCertificate } from './trust.ts'

/** A server that accepts a connection must have finished the handshake after this time, ms. */
const CONNECT_LIMIT_MS = 10_000

/**
 * Opens a connection to an exchange. With TLS it is handed out only after the certificate was verified, so nothing,
 * least of all a password, reaches a peer that is not trusted.
 * @throws Failure EXIT.unreachable when nothing listens, EXIT.refused when the certificate is not trusted.
 */
export async function connectTo(
  address: ExchangeAddress,
  trust: CertificateTrust,
  signal: AbortSignal,
): Promise<Socket> {
  const where = addressText(address)
  const socket = address.secure ? tlsSocket(address, trust) : connectTcp(address)
  try {
    await opened(socket, address, signal)
    const wrong = 'authorized' in socket ? distrust(peerOf(socket), trust, where) : null
    if (wrong !== null) throw new Failure(EXIT.refused, wrong)
  } catch (error) {
    socket.destroy()
    throw error
  }
  socket.setNoDelay(true)
  return socket
}

/**
 * The library's own verdict is read after the handshake and decided on by `distrust`, because the library alone can
 * neither trust one certificate by its fingerprint nor show the fingerprint of one that it refuses.
 */
function tlsSocket({ host, port }: ExchangeAddress, trust: CertificateTrust): TLSSocket {
  return connectTls({
    ...{ host, port, minVersion: 'TLSv1.2', rejectUnauthorized: false },
    ...(isIP(host) === 0 && { servername: host }),
    ...(trust.kind === 'file' && { ca: trust.pem }),
  })
}

function peerOf(socket: TLSSocket): PeerCertificate {
  const { fingerprint256 } = socket.getPeerCertificate()
  const error = socket.authorizationError as Error | string | null | undefined
  const code = error instanceof Error ? error.message : (error ?? 'not verified')
  return { sha256: fingerprint256 ?? null, problem: socket.authorized ? null : (PROBLEMS[code] ?? code) }
}

/** The library's names of what is wrong with a certificate, in words. */
const PROBLEMS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'of an authority that is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'of an authority that is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'of an authority that is not known',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'made for another host',
}

function opened(socket: Socket | TLSSocket, address: ExchangeAddress, signal: AbortSignal): Promise<void> {
  const { secure } = address
  const where = addressText(address)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => settle(unreachable(`${where} does not answer within ${CONNECT_LIMIT_MS / 1_000} s`)),
      CONNECT_LIMIT_MS,
    )
    const onAbort = () => settle(signal.reason)
    const onClose = () => settle(unreachable(`${where} closed the connection${secure ? NO_TLS : ''}`))
    const onError = (error: NodeJS.ErrnoException) => settle(unreachable(whyNot(error, where, secure), error))
    const onOpen = () => settle(null)
    const event = secure ? 'secureConnect' : 'connect'
    function settle(error: unknown): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.off('close', onClose).off(event, onOpen).off('error', onError)
      // An error of a socket that nobody listens to would end the process.
      socket.on('error', () => {})
      if (error === null) resolve()
      else reject(error)
    }
    socket.once('close', onClose).once(event, onOpen).once('error', onError)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

const NO_TLS = ' during the TLS handshake: leave out --secure if it has no TLS'

function whyNot({ code, message }: NodeJS.ErrnoException, where: string, secure: boolean): string {
  if (code === 'ECONNREFUSED') return `nothing listens on ${where}: is the exchange running?`
  if (code === 'ENOTFOUND') return `${where}: there is no such host`
  if (code === 'ECONNRESET') return `${where} closed the connection${secure ? NO_TLS : ''}`
  if (code?.startsWith('ERR_SSL') || code === 'EPROTO')
    return `${where} does not speak TLS: leave out --secure`
  return `${where} cannot be reached: ${message}`
}

function unreachable(message: string, cause?: unknown): Failure {
  return new Failure(EXIT.unreachable, message, cause)
}
