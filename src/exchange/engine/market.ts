import { keyOf, mix } from '../../market/random.ts'
import { createFundamentalValue } from '../agents/fundamental-value.ts'
import { BUY, type Order } from '../book/order.ts'
import { createOrderBook, type OrderBook } from '../book/order-book.ts'
import type { Scenario, ScenarioEvent } from '../scenarios/schema.ts'
import type { Account, MarketView, Trade } from './agent.ts'
import { type AgentTrading, createAgentOrders, mayExpire } from './agent-orders.ts'
import { createExpiryCalendar } from './expiry.ts'
import { trackFundamental } from './fundamental-track.ts'
import { createAgents, createMember, type Member, type PendingFill, scenarioKey } from './members.ts'
import { placeOpeningOrders } from './opening.ts'
import { createParticipant, type Participant, type ParticipantListener } from './participant.ts'
import { createAgentRandom, type StepClock } from './random.ts'
import { createTradeWindow } from './trade-window.ts'
import { createTurns } from './turns.ts'

/** What happened to resting orders in one step. */
export interface StepCounts {
  /** Orders that came to rest. */
  rested: number
  /** Resting orders that were cancelled or expired. */
  cancelled: number
  /** Resting orders that were filled or cancelled, and the sum of their times in the book, in steps. */
  ended: number
  endedLifeSteps: number
}

/**
 * A market that moves in steps of 100 ms. Everything in it is a function of the scenario, the seed and the sequence of
 * outside orders before each step; nothing reads a clock.
 */
export interface SteppedMarket {
  readonly scenario: Scenario
  readonly seed: number
  /** Finished steps, and so the number of the step that orders submitted now belong to. */
  readonly step: number
  /** For reading; orders come through `join`. */
  readonly book: Omit<OrderBook, 'submit' | 'cancel' | 'modify' | 'step'>
  readonly view: MarketView
  /** Trades of the last finished step, those of the outside orders before it included. */
  readonly trades: readonly Trade[]
  /** Counts of the last finished step; overwritten two steps later. */
  readonly counts: Readonly<StepCounts>
  /** All accounts by id: the agents', the opening orders', the participants'. */
  readonly accounts: readonly Account[]
  join(name: string, listener: ParticipantListener): Participant
  /** One step: the fundamental value moves, orders expire, the agents act one after another. */
  advance(): void
}

const NO_TRADES: readonly Trade[] = Object.freeze([])

export function createSteppedMarket(scenario: Scenario, seed: number = scenario.seed): SteppedMarket {
  const clock: StepClock = { step: -1 }
  const { members, beforeStep } = createAgents(scenario, seed, clock)
  const agentCount = members.length
  const key = scenarioKey(scenario, seed)
  const fundamental = trackFundamental(
    createFundamentalValue(
      scenario.fundamental,
      Math.round(scenario.initialPrice / scenario.tickSize),
      // Not by the scenario: two scenarios at one seed have the same news, so that their figures can be compared.
      createAgentRandom(mix(keyOf('fundamental value'), seed), clock),
    ),
    scenario.events,
  )
  const turns = createTurns(agentCount, mix(key, keyOf('turns')))
  const expiries = createExpiryCalendar()
  const window = createTradeWindow()

  let step = 0
  let isAdvancing = false
  let mid = Math.round(scenario.initialPrice / scenario.tickSize)
  let previousMid = mid
  let midBefore = mid
  let lastTradePrice: number | null = null
  let volume = 0
  let flow = 0
  let current: Trade[] | null = null
  let finished = NO_TRADES
  let counts = noCounts()
  let finishedCounts = noCounts()
  /** Fills and cancels of participants that are told once the book is consistent. */
  const pending: (PendingFill | { readonly listener: ParticipantListener; readonly selfTrade: Order })[] = []

  const book = createOrderBook({
    onTrade: (resting, incoming, quantity) => {
      const { price, side } = { price: resting.price, side: incoming.side }
      const maker = resting.owner as Member
      const taker = incoming.owner as Member
      const shares = side === BUY ? quantity : -quantity
      taker.shares += shares
      maker.shares -= shares
      taker.cash -= shares * price
      maker.cash += shares * price
      volume += quantity
      flow += shares
      lastTradePrice = price
      current ??= []
      current.push({
        step,
        price,
        quantity,
        side,
        buyer: side === BUY ? taker : maker,
        seller: side === BUY ? maker : taker,
      })
      if (resting.remaining === 0) countEnd(resting)
      tellFill(maker, { order: resting, price, quantity, remaining: resting.remaining, isMaker: true })
      tellFill(taker, { order: incoming, price, quantity, remaining: incoming.remaining, isMaker: false })
    },
    onRest: () => {
      counts.rested++
    },
    onCancel: (order, reason) => {
      counts.cancelled++
      countEnd(order)
      const { listener } = order.owner as Member
      if (listener !== null && reason === 'self_trade') pending.push({ listener, selfTrade: order })
    },
  })

  function countEnd(order: Order): void {
    counts.ended++
    counts.endedLifeSteps += step - order.bornStep
  }

  function tellFill(member: Member, fill: PendingFill['fill']): void {
    if (member.listener !== null) pending.push({ listener: member.listener, fill })
    else if (member.agent?.onFill !== undefined && member.orders !== null)
      member.agent.onFill(fill, member.orders)
  }

  function afterChange(): void {
    const { bestBid, bestAsk } = book
    if (bestBid !== null && bestAsk !== null) mid = (bestBid + bestAsk) / 2
    if (pending.length > 0) deliver()
  }

  /** A listener that orders is told the rest of what came before its order first, and then what the order did. */
  function deliver(): void {
    for (let event = pending.shift(); event !== undefined; event = pending.shift()) {
      if ('fill' in event) event.listener.onFill(event.fill)
      else event.listener.onSelfTrade?.(event.selfTrade)
    }
  }

  const trading: AgentTrading = {
    book,
    expiries,
    turns,
    restraints: scenario.restraints,
    lot: scenario.lot,
    mid: () => mid,
    afterChange,
  }
  for (const member of members) member.orders = createAgentOrders(trading, member, member.id)

  const opening = createMember({ id: members.length, name: 'opening', population: 'opening' })
  members.push(opening)
  placeOpeningOrders(scenario, { book, expiries, account: opening })
  afterChange()

  const agentsOf = (population: string) => members.filter((one) => one.population === population)
  for (const event of scenario.events) {
    if (event.kind === 'start')
      for (const { id } of agentsOf(event.population)) turns.holdUntil(id, event.atStep)
  }

  function stopPopulations(event: ScenarioEvent): void {
    if (event.kind !== 'stop' || event.atStep !== step) return
    for (const member of agentsOf(event.population)) {
      turns.holdUntil(member.id, Number.POSITIVE_INFINITY)
      member.orders?.cancelAll()
    }
  }

  function expire(order: Order): void {
    if (mayExpire(trading, order)) {
      book.cancel(order)
      afterChange()
    } else expiries.add(order, step + scenario.restraints.expiryDelaySteps)
  }

  const view: MarketView = {
    get step() {
      return step
    },
    tickSize: scenario.tickSize,
    get bestBid() {
      return book.bestBid
    },
    get bestAsk() {
      return book.bestAsk
    },
    get bidSize() {
      return book.bestBid === null ? 0 : book.sizeAt(book.bestBid)
    },
    get askSize() {
      return book.bestAsk === null ? 0 : book.sizeAt(book.bestAsk)
    },
    get mid() {
      return mid
    },
    get previousMid() {
      return previousMid
    },
    get midBefore() {
      return midBefore
    },
    get fundamental() {
      return fundamental.value
    },
    get activity() {
      return fundamental.activity
    },
    get lastTradePrice() {
      return lastTradePrice
    },
    get previousTrades() {
      return finished
    },
    sizeAt: book.sizeAt,
    depth: book.depth,
    volumeOver: window.volumeOver,
    flowOver: window.flowOver,
  }

  function runStep(): void {
    clock.step = step
    for (const event of scenario.events) stopPopulations(event)
    fundamental.advance(step)
    expiries.run(step, expire)
    for (const listener of beforeStep) listener(view)
    const awake = turns.shuffle(step)
    for (let at = 0; at < awake; at++) {
      const member = members[turns.agentAt(at)] as Member
      member.agent?.act(view, member.orders as NonNullable<Member['orders']>)
    }
  }

  function finishStep(): void {
    window.endStep(volume, flow)
    volume = 0
    flow = 0
    finished = current ?? NO_TRADES
    current = null
    midBefore = previousMid
    previousMid = mid
    const reused = finishedCounts
    finishedCounts = counts
    counts = Object.assign(reused, noCounts())
    step++
    book.step = step
  }

  /** One change from outside; what happened is told when the book is consistent. */
  function change<T>(run: () => T): T {
    if (isAdvancing) throw new Error('an order came from outside while the market was in a step')
    const result = run()
    afterChange()
    return result
  }

  return {
    scenario,
    seed,
    get step() {
      return step
    },
    book,
    view,
    get trades() {
      return finished
    },
    get counts() {
      return finishedCounts
    },
    accounts: members,
    join: (name, listener) => {
      const member = createMember({ id: members.length, name, population: 'outside' }, { listener })
      members.push(member)
      return createParticipant(member, book, change)
    },
    advance: () => {
      if (isAdvancing) throw new Error('the market was told to advance while it was in a step')
      isAdvancing = true
      try {
        runStep()
        finishStep()
      } finally {
        isAdvancing = false
      }
    },
  }
}

function noCounts(): StepCounts {
  return { rested: 0, cancelled: 0, ended: 0, endedLifeSteps: 0 }
}
