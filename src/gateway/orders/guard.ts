/** Whether orders may be sent, and for which account. */
export type GuardVerdict =
  | { readonly allowed: true; readonly account: string }
  | { readonly allowed: false; readonly reason: string }

/**
 * Paper accounts of persons; newer ones have a letter before the digits (DUE123456). `DF` and `DI` belong to advisors,
 * everything else is taken for live money.
 */
const PAPER_ACCOUNT = /^DU[A-Z]?\d+$/

export function isPaperAccount(account: string): boolean {
  return PAPER_ACCOUNT.test(account)
}

/**
 * Allows orders only if every account that the gateway manages is a paper account that the user has listed. `managed` is
 * the gateway's own text, compared as it came: a blank, a small letter or a repeated name is a reason to refuse, because
 * nothing about accounts is guessed. Only one comma at the end is taken as IB writes it. `fixed` is the account that
 * orders have been placed for so far, null before the first session: no later session may change it.
 */
export function guardAccounts(
  managed: string | null,
  listed: readonly string[],
  fixed: string | null = null,
): GuardVerdict {
  const refuse = (reason: string): GuardVerdict => ({ allowed: false, reason })
  if (managed === null) return refuse('the gateway has not told its accounts yet')
  const accounts = (managed.endsWith(',') ? managed.slice(0, -1) : managed).split(',')
  if (managed === '' || accounts.includes('')) return refuse('the gateway names an empty account')
  const live = accounts.find((account) => !isPaperAccount(account))
  if (live !== undefined)
    return refuse(`the gateway manages ${hidden(live)}, which is not a paper account (DU1234567, DUE123456)`)
  const unlisted = accounts.find((account) => !listed.includes(account))
  if (unlisted !== undefined) return refuse(`the gateway manages ${hidden(unlisted)}, which is not listed`)
  if (new Set(accounts).size < accounts.length) return refuse('the gateway names an account twice')
  if (fixed !== null && !accounts.includes(fixed)) {
    return refuse(`the gateway no longer manages ${hidden(fixed)}, the account of the orders so far`)
  }
  const account = fixed ?? listed.find((one) => accounts.includes(one))
  return account === undefined ? refuse('no account is listed') : { allowed: true, account }
}

/** Why a list of accounts cannot be the user's; null if it can. */
export function invalidListing(listed: readonly string[]): string | null {
  if (listed.length === 0) return 'no account is listed: name the paper account'
  const live = listed.find((account) => !isPaperAccount(account))
  return live === undefined ? null : `${hidden(live)} is not a paper account (DU1234567, DUE123456)`
}

/** An account number that may be shown and logged: its letters and its last two characters. */
export function hidden(account: string): string {
  const printable = account.replace(/[^ -~]/g, '?').slice(0, 40)
  const letters = /^[A-Za-z]{0,2}/.exec(printable)?.[0] ?? ''
  return `"${letters}***${printable.slice(letters.length).slice(-2)}"`
}
