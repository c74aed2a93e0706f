import { EXIT, type ExitCode, Failure } from '../../process/failure.ts'

/** Why an order was not sent. */
export type RefusalKind =
  /** The accounts of the gateway. */
  | 'accounts'
  /** A limit of size or rate. */
  | 'limit'
  /** The loss of the day, or that it is not known. */
  | 'loss'
  /** There is no session, or its state is not known yet. */
  | 'not_ready'
  /** The order itself. */
  | 'invalid'

const EXIT_CODES: Readonly<Record<RefusalKind, ExitCode>> = {
  accounts: EXIT.refused,
  limit: EXIT.refused,
  loss: EXIT.refused,
  not_ready: EXIT.tryLater,
  invalid: EXIT.usage,
}

/** Nothing was sent. */
export class OrderRefused extends Failure {
  readonly kind: RefusalKind

  constructor(kind: RefusalKind, message: string, cause?: unknown) {
    super(EXIT_CODES[kind], message, cause)
    this.name = 'OrderRefused'
    this.kind = kind
  }
}
