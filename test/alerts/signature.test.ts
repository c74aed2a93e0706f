import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { signatureHeaders } from '../../src/alerts/signature.ts'

test('a signature is that of the published example of Standard Webhooks', () => {
  const headers = signatureHeaders('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    unixSeconds: 1_614_265_330,
    body: '{"test": 2432232314}',
  })
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('a secret without the prefix is taken as it is', () => {
  const headers = signatureHeaders('a plain secret', { id: 'a', unixSeconds: 1, body: '{}' })
  const expected = createHmac('sha256', 'a plain secret').update('a.1.{}').digest('base64')
  expect(headers['webhook-signature']).toBe(`v1,${expected}`)
})
