import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { createServer } from 'node:tls'
import { expect, test } from 'vitest'
import { distrust, readCertificateTrust } from '../../../src/experiments/client/trust.ts'
import { EXIT } from '../../../src/process/failure.ts'
import { exchangeForTest } from '../../exchange/server/exchange-server.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { accessTo, playRun, strategyOf } from '../run/played-run.ts'

const TLS = resolve(import.meta.dirname, '../../fixtures/tls')
const certificateFile = join(TLS, 'localhost.pem')
const keyFile = join(TLS, 'localhost.key')
const sha256 = new X509Certificate(readFileSync(certificateFile)).fingerprint256
const OTHER = sha256.replace(/^../, (byte) => (byte === 'AA' ? 'BB' : 'AA'))
const passive = strategyOf(() => [])

test('a self-signed certificate is refused with its fingerprint, and trusted by fingerprint or file', async () => {
  const { url } = await exchangeForTest({ options: { certificateFile, keyFile }, steps: 3 })
  await expect(playRun(accessTo(url), passive)).rejects.toMatchObject({
    exitCode: EXIT.refused,
    message: `the certificate of ${new URL(url).host} cannot be verified (self-signed): if it is the right one, add --trust-certificate ${sha256}`,
  })
  await expect(playRun(accessTo(url, { trust: OTHER }), passive)).rejects.toMatchObject({
    exitCode: EXIT.refused,
    message: expect.stringContaining(`is not the trusted one: its SHA-256 is ${sha256}`),
  })
  for (const trust of [
    sha256,
    sha256.replaceAll(':', '').toLowerCase(),
    `sha256:${sha256}`,
    certificateFile,
  ]) {
    const { outcome } = await playRun(accessTo(url, { trust }), passive)
    expect(outcome).toMatchObject({ end: { kind: 'complete' }, lastStep: 3 })
  }
})

test('nothing is sent to a peer that is not trusted', async () => {
  const received: Buffer[] = []
  const cert = readFileSync(certificateFile)
  const server = createServer({ cert, key: readFileSync(keyFile) }, (socket) => {
    socket.on('data', (data) => received.push(data)).on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  await expect(playRun(accessTo(url, { trust: OTHER }), passive)).rejects.toThrow(/not the trusted one/)
  await expect(playRun(accessTo(url), passive)).rejects.toThrow(/cannot be verified/)
  server.close()
  expect(Buffer.concat(received).toString()).toBe('')
})

test('with and without TLS are told apart', async () => {
  const plain = await exchangeForTest()
  await expect(playRun(accessTo(plain.url.replace('http:', 'https:')), passive)).rejects.toMatchObject({
    exitCode: EXIT.unreachable,
    message: expect.stringMatching(/leave out --secure/),
  })
  const secure = await exchangeForTest({ options: { certificateFile, keyFile } })
  await expect(playRun(accessTo(secure.url.replace('https:', 'http:')), passive)).rejects.toMatchObject({
    exitCode: EXIT.unreachable,
    message: expect.stringMatching(/^no exchange answers at 127\.0\.0\.1:\d+: .*--secure/),
  })
})

test('what --trust-certificate names must be a fingerprint or a certificate', () =>
  withFolder(async (folder) => {
    const empty = join(folder, 'empty.pem')
    writeFileSync(empty, 'no certificate\n')
    expect(() => readCertificateTrust(empty)).toThrow(/empty\.pem has no PEM certificate/)
    expect(() => readCertificateTrust('12:34')).toThrow(/12:34 is neither a SHA-256 fingerprint nor a file/)
    expect(() => readCertificateTrust(keyFile)).toThrow(/has no PEM certificate/)
    expect(readCertificateTrust(null)).toEqual({ kind: 'authorities' })
  }))

test('a certificate is trusted for what the user has named, and for nothing else', () => {
  const file = { kind: 'file', path: 'ca.pem', pem: '', sha256: new Set(['AA']) } as const
  const peer = (own: string | null, problem: string | null) => ({ sha256: own, problem })
  // Issued by the authority of the file, or the very certificate of it, though its name or date is wrong.
  expect(distrust(peer('BB', null), file, 'h:1')).toBeNull()
  expect(distrust(peer('AA', 'expired'), file, 'h:1')).toBeNull()
  expect(distrust(peer('BB', 'expired'), file, 'h:1')).toMatch(/is not in ca\.pem .*BB \(expired\)/)
  // A fingerprint trusts one certificate, also of a peer that an authority vouches for.
  const pinned = { kind: 'fingerprint', sha256: 'AA' } as const
  expect(distrust(peer('AA', 'expired'), pinned, 'h:1')).toBeNull()
  expect(distrust(peer('BB', null), pinned, 'h:1')).toMatch(/not the trusted one/)
  expect(distrust(peer('AA', null), { kind: 'authorities' }, 'h:1')).toBeNull()
  expect(distrust(peer(null, null), { kind: 'authorities' }, 'h:1')).toMatch(/no certificate/)
})
