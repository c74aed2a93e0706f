/** An API error, as sent to a client. */
export interface ApiError {
  readonly code: number
  readonly text: string
}

/** Interactive Brokers' codes, with its texts where clients are known to match on them. */
export const API_ERRORS = {
  rate: (limit: number, received: { inWindow: number; breach: number }): ApiError => ({
    code: 100,
    text: `Max rate of messages per second has been exceeded:max=${limit} rec=${received.inWindow} (${received.breach})`,
  }),
  lines: (): ApiError => ({ code: 101, text: 'Max number of tickers has been reached' }),
  noData: (what: string): ApiError => ({
    code: 162,
    text: `Historical Market Data Service error message:HMDS query returned no data: ${what}`,
  }),
  historyService: (): ApiError => ({
    code: 162,
    text: 'Historical Market Data Service error message:API historical data query cancelled: pacing violation',
  }),
  /** The end of a query that gives nothing. */
  queryCancelled: (requestId: number): ApiError => ({
    code: 162,
    text: `Historical Market Data Service error message:API historical data query cancelled: ${requestId}`,
  }),
  /** What the scanner says, also the end of a scan. */
  scanner: (cause: string): ApiError => ({
    code: 162,
    text: `Historical Market Data Service error message:${cause}`,
  }),
  pacing: (): ApiError => ({
    code: 162,
    text: 'Historical Market Data Service error message:Historical data request pacing violation',
  }),
  historyCancelled: (requestId: number): ApiError => ({
    code: 162,
    text: `Historical Market Data Service error message:API historical data query cancelled: ${requestId}`,
  }),
  /** A duration that is too long for the length of the bars. */
  invalidStep: (barSeconds: number): ApiError => ({
    code: 162,
    text: `Historical Market Data Service error message:invalid step: ${barSeconds}`,
  }),
  noHeadTimestamp: (): ApiError => ({
    code: 162,
    text: 'Historical Market Data Service error message:No head time stamp',
  }),
  exchange: (): ApiError => ({
    code: 321,
    text: "Error validating request.-'sim' : cause - Please enter exchange",
  }),
  whatToShow: (): ApiError => ({
    code: 321,
    text: "Error validating request.-'sim' : cause - What to show field is missing or incorrect.",
  }),
  openHistory: (limit: number): ApiError => ({
    code: 322,
    text: `Error processing request.-'sim' : cause - Only ${limit} simultaneous API historical data requests allowed.`,
  }),
  unknownHistory: (requestId: number): ApiError => ({
    code: 366,
    text: `No historical data query found for ticker id:${requestId}`,
  }),
  endTime: (): ApiError => ({
    code: 10_314,
    text: 'End Date/Time: The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xx/xxxx, or yyyymmdd-hh:mm:ss in UTC.',
  }),
  historicalTicks: (cause: string): ApiError => ({
    code: 10_187,
    text: `Failed to request historical ticks:${cause}`,
  }),
  realtimeBars: (cause: string): ApiError => ({ code: 420, text: `Invalid Real-time Query:${cause}` }),
  tickByTick: (cause: string): ApiError => ({
    code: 10_189,
    text: `Failed to request tick-by-tick data:${cause}`,
  }),
  tickByTickStreams: (): ApiError => ({
    code: 10_190,
    text: 'Max number of tick-by-tick requests has been reached.',
  }),
  depthRequests: (limit: number): ApiError => ({
    code: 309,
    text: `Max number (${limit}) of market depth requests has been reached`,
  }),
  unknownDepth: (requestId: number): ApiError => ({
    code: 310,
    text: `Can't find the subscribed market depth with tickerId:${requestId}`,
  }),
  noDepth: (): ApiError => ({
    code: 10_092,
    text: 'Deep market data is not supported for this combination of security type/exchange',
  }),
  unknownContract: (): ApiError => ({
    code: 200,
    text: 'No security definition has been found for the request',
  }),
  ambiguousContract: (symbol: string): ApiError => ({
    code: 200,
    text: `The contract description specified for ${symbol} is ambiguous.`,
  }),
  notAllowed: (symbol: string): ApiError => ({
    code: 203,
    text: `The security ${symbol} is not available or allowed for this account.`,
  }),
  unknownId: (requestId: number): ApiError => ({
    code: 300,
    text: `Can't find EId with tickerId:${requestId}`,
  }),
  unreadable: (messageId: number, cause: string): ApiError => ({
    code: 320,
    text: `Error reading request. Message id=${messageId}. ${cause}`,
  }),
  invalid: (cause: string): ApiError => ({
    code: 321,
    text: `Error validating request.-'sim' : cause - ${cause}`,
  }),
  /** FA groups and aliases are for advisors' accounts. */
  notAnAdvisor: (): ApiError => API_ERRORS.invalid('FA data operations ignored for non FA customers.'),
  failed: (cause: string): ApiError => ({
    code: 322,
    text: `Error processing request.-'sim' : cause - ${cause}`,
  }),
  summaries: (): ApiError => ({
    code: 322,
    text: "Error processing request.-'sim' : cause - Maximum number of account summary requests exceeded; desubscribe to previous request first",
  }),
  duplicateId: (): ApiError => ({
    code: 322,
    text: "Error processing request.-'sim' : cause - Duplicate ticker id",
  }),
  duplicateOrderId: (): ApiError => ({ code: 103, text: 'Duplicate order id' }),
  filledOrder: (): ApiError => ({ code: 104, text: "Can't modify a filled order" }),
  changedOrder: (): ApiError => ({
    code: 105,
    text: 'Order being modified does not match original order',
  }),
  incompleteOrder: (): ApiError => ({ code: 107, text: 'Cannot transmit incomplete order.' }),
  priceOutOfRange: (): ApiError => ({
    code: 109,
    text: 'Price is out of the range defined by the Percentage setting at order defaults frame. The order will not be transmitted.',
  }),
  priceOffTick: (minTick: number): ApiError => ({
    code: 110,
    text: `The price does not conform to the minimum price variation for this contract: ${minTick}`,
  }),
  orderRejected: (reason: string): ApiError => ({ code: 201, text: `Order rejected - reason:${reason}` }),
  comboInvalid: (reason: string): ApiError => ({
    code: 312,
    text: `The combo details are invalid: ${reason}`,
  }),
  comboLegInvalid: (leg: number): ApiError => ({
    code: 313,
    text: `The combo details for leg '${leg}' are invalid.`,
  }),
  comboWithoutLegs: (): ApiError => ({
    code: 314,
    text: "Security type 'BAG' requires combo leg details.",
  }),
  orderTypeUnsupported: (orderType: string): ApiError => ({
    code: 387,
    text: `Unsupported order type for this exchange and security type: ${orderType}`,
  }),
  orderSizeZero: (): ApiError => ({ code: 434, text: 'The order size cannot be zero.' }),
  outsideRthIgnored: (): ApiError => ({
    code: 2_109,
    text: "Order Event Warning:Attribute 'Outside Regular Trading Hours' is ignored based on the order type and destination. PlaceOrder is now being processed.",
  }),
  timeInForceInvalid: (timeInForce: string): ApiError => ({
    code: 10_052,
    text: `Invalid time in force:${timeInForce}`,
  }),
  orderIdInvalid: (orderId: number): ApiError => ({ code: 10_149, text: `Invalid order id: ${orderId}` }),
  fractionalSize: (): ApiError => ({
    code: 10_243,
    text: 'Fractional-sized order cannot be placed via API. Please use desktop version.',
  }),
  orderCancelled: (reason: string): ApiError => ({ code: 202, text: `Order Canceled - reason:${reason}` }),
  orderWaits: (description: string, opensAt: string): ApiError => ({
    code: 399,
    text: `Order Message:\n${description}\nWarning: Your order will not be placed at the exchange until ${opensAt}`,
  }),
  orderNotFound: (orderId: number): ApiError => ({
    code: 10_147,
    text: `OrderId ${orderId} that needs to be cancelled is not found.`,
  }),
  cannotCancel: (orderId: number, status: string): ApiError => ({
    code: 10_148,
    text: `OrderId ${orderId} that needs to be cancelled cannot be cancelled, state: ${status}.`,
  }),
  noFundamentals: (): ApiError => ({
    code: 430,
    text: 'The fundamentals data for the security specified is not available.',
  }),
  noArticle: (): ApiError => ({
    code: 10_172,
    text: 'Failed to request news article: No data available',
  }),
  noNewsFeed: (): ApiError => ({ code: 10_276, text: 'News feed is not allowed.' }),
  clientIdInUse: (): ApiError => ({
    code: 326,
    text: 'Unable to connect as the client id is already in use. Retry with a unique client id.',
  }),
} as const
