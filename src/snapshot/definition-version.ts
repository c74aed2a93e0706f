/**
 * Version of the definitions in docs/numbers.md that computed values follow, stored with each row. It increases when a
 * definition changes so that old and new values of a column cannot be compared. Rows of version 0.1 have null, which
 * means 1. Version 2: time to expiry ends when the value of the option is fixed, European options are priced without
 * early exercise, and classes of one expiry are kept apart. Version 3: dividends before expiry belong into every
 * inversion of an American price, figures around 30 days are made of two Fridays, and ranks count sessions only;
 * docs/numbers.md lists what changed, figure by figure.
 */
export const DEFINITION_VERSION = 3

/** A stored row with the version that its values follow. */
interface Versioned {
  readonly definition_version: number | null
}

/** The version that a stored row follows: null is 1. Daily values of the gateway have none, whatever this says. */
export function versionOf({ definition_version }: Versioned): number {
  return definition_version ?? 1
}

/** Whether a row follows the definitions of this program, so that its values can be compared with new ones. */
export function isOfThisVersion(row: Versioned): boolean {
  return versionOf(row) === DEFINITION_VERSION
}

/** The newest version among rows; null without rows. */
export function newestVersion(rows: readonly Versioned[]): number | null {
  return rows.reduce<number | null>((newest, row) => Math.max(newest ?? 0, versionOf(row)), null)
}

/** The rows of the newest version among them. */
export function ofNewestVersion<Row extends Versioned>(rows: readonly Row[]): Row[] {
  const newest = newestVersion(rows)
  return rows.filter((row) => versionOf(row) === newest)
}
