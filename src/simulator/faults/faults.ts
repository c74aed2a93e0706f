import { z } from 'zod'
import type { EpochMs } from '../../market/units.ts'
import { DATA_TYPES } from '../data-types.ts'

/** Duration on the simulator's clock; without one, the fault lasts until the caller ends it. */
const seconds = z.number().min(0).max(86_400).optional()

/** Farms, with the codes of their notices when they break and recover. */
export const FARMS = {
  market: { broken: 2103, ok: 2104, title: 'Market data' },
  history: { broken: 2105, ok: 2106, title: 'HMDS data' },
  definitions: { broken: 2157, ok: 2158, title: 'Sec-def data' },
} as const
export type FarmKind = keyof typeof FARMS

/** Malformed messages: a bad length, no terminator, missing fields, fields of the wrong type, an absurd count, noise. */
export const MALFORMED_FORMS = [
  'oversize_length',
  'zero_length',
  'unterminated',
  'missing_fields',
  'wrong_types',
  'made_up_count',
  'noise',
] as const
export type MalformedForm = (typeof MALFORMED_FORMS)[number]

/** Notices of a stream without the subscription that it needs. */
export const entitlementCode = z.literal([354, 10089, 10090, 10091, 10167, 10168])
export type EntitlementCode = z.output<typeof entitlementCode>

/** The faults that can be injected, as a client sees them. One of each kind may be active; a second one replaces the first. */
export const fault = z.discriminatedUnion('kind', [
  /**
   * A data farm breaks and recovers: 2103 and 2104 (market), 2105 and 2106 (history), 2157 and 2158 (definitions). In
   * between, its data stop and its requests get no answer. `name` defaults to the simulated farm; a farm that serves
   * another market, such as `eufarm`, is only talked about.
   */
  z.strictObject({
    kind: z.literal('farm_broken'),
    farm: z.enum(['market', 'history', 'definitions']).default('market'),
    name: z.string().min(1).max(50).optional(),
    seconds,
  }),
  /**
   * The gateway loses Interactive Brokers (1100 or 2110) and answers only time requests. Afterwards `lost`: 1101,
   * and all streams have ended; `kept`: 1102, and they continue; `unsaid`: no notice, and they stay silent.
   */
  z.strictObject({
    kind: z.literal('server_lost'),
    code: z.literal([1100, 2110]).default(1100),
    streams: z.enum(['lost', 'kept', 'unsaid']).default('kept'),
    seconds,
  }),
  /** Another login receives the market data: each open or new stream gets 10197, and stays open but silent. */
  z.strictObject({ kind: z.literal('competing_session'), seconds }),
  /** The nightly restart: connections drop, the port refuses connections, and the first order id is 1 again. */
  z.strictObject({ kind: z.literal('restart'), seconds }),
  /** The login has expired: connections drop; new ones get the greeting but no answer to startApi. */
  z.strictObject({ kind: z.literal('second_factor'), seconds }),
  /** The network drops the current connections: nothing is read, sent or closed. New connections are served. */
  z.strictObject({ kind: z.literal('half_open'), seconds: z.literal(0).default(0) }),
  /** The gateway hangs: it accepts connections but neither reads nor sends. Afterwards it catches up. */
  z.strictObject({ kind: z.literal('freeze'), seconds }),
  /** Option ticks stop; everything else is served. */
  z.strictObject({ kind: z.literal('option_silence'), seconds }),
  /** Every startApi gets 326. */
  z.strictObject({ kind: z.literal('client_id_in_use'), seconds }),
  /** `count` errors at once, with known and unknown codes and request ids. */
  z.strictObject({
    kind: z.literal('error_flood'),
    count: z.int().min(1).max(1_000_000).default(10_000),
    seconds: z.literal(0).default(0),
  }),
  /** One malformed frame to each client. */
  z.strictObject({
    kind: z.literal('malformed'),
    form: z.enum(MALFORMED_FORMS),
    seconds: z.literal(0).default(0),
  }),
  /** Every update brings NaN, ±Infinity, 1.797e308, −1 and −2, ticks of unknown requests, and repeated ends. */
  z.strictObject({ kind: z.literal('hostile_values'), seconds }),
  /**
   * New option streams get this notice, or those of one symbol. 10090, 10091 and 10167 are followed by data (delayed for
   * 10167), the others by none.
   */
  z.strictObject({
    kind: z.literal('entitlement'),
    code: entitlementCode.default(354),
    symbol: z.string().min(1).max(20).optional(),
    seconds,
  }),
  /** Requests for historical data get 162: all of them, or only those for that data of that symbol. */
  z.strictObject({
    kind: z.literal('history_refused'),
    what: z.enum(['TRADES', 'OPTION_IMPLIED_VOLATILITY']).optional(),
    symbol: z.string().min(1).max(20).optional(),
    seconds,
  }),
  /**
   * Contract details and chain parameters of one symbol: error 200, no answer at all, an answer after 40 s each, or
   * error 203. `symbol` is the gateway's, such as `BRK B`.
   */
  z.strictObject({
    kind: z.literal('symbol_trouble'),
    symbol: z.string().min(1).max(20),
    how: z.enum(['unknown', 'unanswered', 'slow', 'refused']),
    seconds,
  }),
  /** Other programs of the same login hold `count` market-data lines: 101 above the rest. */
  z.strictObject({ kind: z.literal('lines_taken'), count: z.int().min(0).max(100_000), seconds }),
  /** That share of the options sends nothing but the data type. */
  z.strictObject({ kind: z.literal('silent_options'), fraction: z.number().min(0).max(1), seconds }),
  /** No option has a bid. */
  z.strictObject({ kind: z.literal('no_bids'), seconds }),
  /** The kind of data of every stream, open or new. */
  z.strictObject({ kind: z.literal('data_type'), dataType: z.enum(DATA_TYPES), seconds }),
  /** A notice, once to the session, or to every new option stream, which is served all the same. */
  z.strictObject({
    kind: z.literal('notice'),
    code: z.int().min(0).max(100_000),
    text: z.string().max(1_000),
    to: z.enum(['session', 'streams']).default('session'),
    seconds,
  }),
  /** That share of the strikes of every expiration, and the expiration of the day, are not listed yet. */
  z.strictObject({
    kind: z.literal('late_listing'),
    strikesFraction: z.number().min(0).max(1).default(0),
    today: z.boolean().default(false),
    seconds,
  }),
  /**
   * Trading halts in these symbols and their options, or in the whole market but for futures on anything else than shares:
   * quotes stay as they are, tick 49 says why, and orders wait. Afterwards tick 49 is 0.
   */
  z.strictObject({
    kind: z.literal('halt'),
    symbols: z.array(z.string().min(1).max(20)).min(1).max(100).optional(),
    reason: z.enum(['general', 'volatility']).default('general'),
    seconds,
  }),
  /** 2172: this version of the gateway will soon be unsupported. */
  z.strictObject({ kind: z.literal('version_warning'), seconds: z.literal(0).default(0) }),
])

export type Fault = z.output<typeof fault>
export type FaultKind = Fault['kind']
/** A fault as a configuration or caller writes it: fields with defaults may be left out. */
export type FaultInput = z.input<typeof fault>

/** A fault and its start, in seconds after the simulator's. */
export const scheduledFault = z.strictObject({
  atSeconds: z.number().min(0).max(31_536_000),
  fault,
})

/** The active faults, at most one of each kind. */
export interface ActiveFaults {
  get<Kind extends FaultKind>(kind: Kind): Extract<Fault, { kind: Kind }> | undefined
  has(kind: FaultKind): boolean
  /** When the active fault of that kind began; undefined while there is none. */
  beganAt(kind: FaultKind): EpochMs | undefined
}
