/**
 * Version of the definitions in docs/numbers.md that computed values follow, stored with each row. It increases when a
 * definition changes so that old and new values of a column cannot be compared. Rows of version 0.1 have null, which
 * means 1. Version 2: time to expiry ends when the value of the option is fixed, European options are priced without
 * early exercise, and classes of one expiry are kept apart. Version 3: dividends before expiry belong into every
 * inversion of an American price, figures around 30 days are made of two Fridays, and ranks count sessions only;
 * docs/numbers.md lists what changed, figure by figure.
 */
export const DEFINITION_VERSION = 3
