import { describe, expect, test } from 'vitest'
import { guardAccounts, hidden, invalidListing } from '../../../src/gateway/orders/guard.ts'
import { randomOf } from '../../faults/campaign.ts'
import { allowedCase, REFUSED_KINDS, refusedCase } from '../../faults/live-accounts/account-texts.ts'

const reasonOf = (managed: string | null, listed: readonly string[], fixed: string | null = null) => {
  const verdict = guardAccounts(managed, listed, fixed)
  return verdict.allowed ? null : verdict.reason
}

describe('the guard', () => {
  test('allows paper accounts that are all listed, and takes the first of the list', () => {
    expect(guardAccounts('DU1,DU2,', ['DU2', 'DU1'])).toEqual({ allowed: true, account: 'DU2' })
    expect(guardAccounts('DU1', ['DU9', 'DU1'])).toEqual({ allowed: true, account: 'DU1' })
    expect(guardAccounts('DUE123456', ['DUE123456'])).toEqual({ allowed: true, account: 'DUE123456' })
  })

  test('says why it refuses, without the number of the account', () => {
    expect(reasonOf(null, ['DU1'])).toBe('the gateway has not told its accounts yet')
    expect(reasonOf('U1234567', ['DU1'])).toBe(
      'the gateway manages "U***67", which is not a paper account (DU1234567, DUE123456)',
    )
    expect(reasonOf('DU1,DF7654321', ['DU1'])).toContain('"DF***21", which is not a paper account')
    expect(reasonOf('DU1234567', ['DU7654321'])).toBe('the gateway manages "DU***67", which is not listed')
    expect(reasonOf('DU1,DU1', ['DU1'])).toBe('the gateway names an account twice')
    expect(reasonOf('DUEE123456', ['DUEE123456'])).toContain('not a paper account')
    expect(reasonOf('', ['DU1'])).toBe('the gateway names an empty account')
    expect(reasonOf('DU2', ['DU1', 'DU2'], 'DU1')).toBe(
      'the gateway no longer manages "DU***1", the account of the orders so far',
    )
  })

  test('refuses every kind of live-looking accounts, 200 of each', () => {
    const draw = randomOf(11)
    const kinds = new Set<string>()
    for (let n = 0; n < 200 * REFUSED_KINDS.length; n++) {
      const { kind, managed, listed } = refusedCase(n, draw)
      kinds.add(kind)
      expect(reasonOf(managed, listed), `${kind}: ${JSON.stringify(managed)}`).not.toBeNull()
      const legal = allowedCase(n, draw)
      expect(reasonOf(legal.managed, legal.listed), legal.managed).toBeNull()
    }
    expect(kinds.size).toBe(REFUSED_KINDS.length)
  })

  test('refuses a list of accounts with anything but paper accounts, and an empty one', () => {
    expect(invalidListing(['DU1234567'])).toBeNull()
    expect(invalidListing([])).toContain('no account is listed')
    expect(invalidListing(['DU1234567', 'U1234567'])).toBe(
      '"U***67" is not a paper account (DU1234567, DUE123456)',
    )
  })

  test('hides account numbers, also in texts that are none', () => {
    expect(hidden('U1234567')).toBe('"U***67"')
    expect(hidden('')).toBe('"***"')
    expect(hidden('\u0000\n1234')).toBe('"***34"')
    expect(hidden(`DU${'9'.repeat(500)}`).length).toBeLessThan(12)
  })
})
