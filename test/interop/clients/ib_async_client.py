"""
Uses a simulated gateway as a program built on ib_async does, and prints one JSON object: the checks with what failed, and
everything that the library's decoder or bookkeeping complained about.

usage: ib_async_client.py HOST PORT MARKET, with MARKET a JSON object (see markets.ts).
"""

import asyncio
import json
import logging
import math
import re
import sys
import traceback

import ib_async
from ib_async import (
    IB,
    ComboLeg,
    Contract,
    ExecutionFilter,
    LimitOrder,
    MarketOrder,
    Option,
    Order,
    Stock,
)

HOST, PORT, MARKET = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
SYMBOL = MARKET["symbol"]
# Longer than any answer of the simulator takes; an answer that does not come is a failed check.
PATIENCE = MARKET.get("patience", 20)

checks = []
warnings = []
errors = []


class Complaints(logging.Handler):
    """Keeps what the library says about messages that it cannot read or place. API errors have checks of their own."""

    def emit(self, record):
        message = record.getMessage()
        is_api_error = record.name == "ib_async.wrapper" and message.startswith(
            ("Error ", "Warning ", "Canceled order", "IBKR API validation")
        )
        if record.levelno < logging.WARNING or is_api_error:
            return
        # Asked for on purpose: the cancel of an order that does not exist.
        if message.startswith("cancelOrder: Unknown orderId"):
            return
        cause = f": {record.exc_info[1]!r}" if record.exc_info else ""
        warnings.append(f"{record.name}: {message[:300]}{cause}")


logging.getLogger().addHandler(Complaints())
logging.getLogger("ib_async").setLevel(logging.INFO)


def check(name, only=True):
    """A check of the suite; `only` says whether the market serves what it asks for."""

    def register(run):
        if only:
            SUITE.append((name, run))
        return run

    return register


SUITE = []


async def eventually(condition, what, seconds=PATIENCE):
    for _ in range(int(seconds * 50)):
        value = condition()
        if value:
            return value
        await asyncio.sleep(0.02)
    raise AssertionError(f"no {what} within {seconds} s")


def codes_since(start):
    return [code for _, code, _ in errors[start:]]


async def fails_with(awaitable, *codes):
    """The request ends, and with one of the codes."""
    start = len(errors)
    result = await asyncio.wait_for(awaitable, PATIENCE)
    found = codes_since(start)
    assert any(code in found for code in codes), f"codes {found}, not {codes}; result {str(result)[:80]}"


def is_number(value):
    return value is not None and not math.isnan(value)


ib = IB()
ib.RequestTimeout = PATIENCE
ib.errorEvent += lambda req, code, text, contract: errors.append((req, code, text))
stock = Stock(SYMBOL, "SMART", "USD")
known = {}


async def an_option():
    """A listed option near the money, and its neighbour in strike."""
    return known["options"][0]


@check("connects, and the synchronization is complete")
async def _():
    await ib.connectAsync(HOST, PORT, clientId=7, timeout=PATIENCE, raiseSyncErrors=True)
    assert ib.client.serverVersion() == 178, ib.client.serverVersion()
    assert ib.managedAccounts() == [MARKET["account"]], ib.managedAccounts()
    known["account"] = MARKET["account"]


@check("the gateway's time")
async def _():
    assert (await ib.reqCurrentTimeAsync()).year >= 2024


@check("contract details of the underlying")
async def _():
    (details,) = await ib.reqContractDetailsAsync(stock)
    stock.conId = details.contract.conId
    assert details.contract.symbol == SYMBOL and details.minTick > 0
    assert details.tradingHours and details.liquidHours and details.timeZoneId == "US/Eastern"


@check("an unknown contract is error 200")
async def _():
    await fails_with(ib.reqContractDetailsAsync(Stock("NOSUCH", "SMART", "USD")), 200)


@check("chain parameters, and the options of an expiration", MARKET["options"])
async def _():
    chains = await ib.reqSecDefOptParamsAsync(SYMBOL, "", "STK", stock.conId)
    chain = next(one for one in chains if one.exchange == "SMART" and one.tradingClass == SYMBOL)
    expiry = chain.expirations[min(3, len(chain.expirations) - 1)]
    details = await ib.reqContractDetailsAsync(Option(SYMBOL, expiry, exchange="SMART", tradingClass=SYMBOL))
    listed = [one.contract for one in details]
    assert all(one.lastTradeDateOrContractMonth == expiry and one.strike in chain.strikes for one in listed)
    calls = sorted((one for one in listed if one.right == "C"), key=lambda one: abs(one.strike - MARKET["price"]))
    known["options"] = calls
    known["put"] = next(one for one in listed if one.right == "P" and one.strike == calls[0].strike)


@check("an option qualifies", MARKET["options"])
async def _():
    wanted = known["options"][0]
    (found,) = await ib.qualifyContractsAsync(
        Option(SYMBOL, wanted.lastTradeDateOrContractMonth, wanted.strike, "C", "SMART", tradingClass=SYMBOL)
    )
    assert found.conId == wanted.conId


@check("a stream of the underlying")
async def _():
    ticker = ib.reqMktData(stock, "106,232")
    await eventually(lambda: is_number(ticker.last) or is_number(ticker.bid), "price")
    assert ticker.marketDataType == 1
    assert ib.cancelMktData(stock)


@check("a stream of an option with greeks and open interest", MARKET["options"])
async def _():
    option = await an_option()
    ticker = ib.reqMktData(option, "101")
    await eventually(lambda: is_number(ticker.bid) and is_number(ticker.ask), "quote")
    await eventually(lambda: ticker.modelGreeks is not None, "greeks")
    await eventually(lambda: is_number(ticker.callOpenInterest), "open interest")
    assert ticker.modelGreeks.impliedVol > 0 and 0 < ticker.modelGreeks.delta < 1
    assert ib.cancelMktData(option)


@check("a snapshot ends")
async def _():
    (ticker,) = await asyncio.wait_for(ib.reqTickersAsync(stock), PATIENCE)
    assert is_number(ticker.last) or is_number(ticker.bid)


@check("a delayed stream is still answered")
async def _():
    ib.reqMarketDataType(3)
    ticker = ib.reqMktData(stock)
    await eventually(lambda: is_number(ticker.last) or is_number(ticker.bid), "price")
    ib.cancelMktData(stock)
    ib.reqMarketDataType(1)


async def bars(size, duration, what, contract=stock):
    return await asyncio.wait_for(
        ib.reqHistoricalDataAsync(contract, "", duration, size, what, True, timeout=0), PATIENCE
    )


for what in ["TRADES", "OPTION_IMPLIED_VOLATILITY", "HISTORICAL_VOLATILITY", "MIDPOINT", "BID", "ASK"]:

    @check(f"daily bars of {what}")
    async def _(what=what):
        if what in MARKET["dailyBars"]:
            found = await bars("1 day", "20 D", what)
            assert len(found) > 0 and found[-1].close > 0, found
        else:
            await fails_with(bars("1 day", "20 D", what), 162)


for size, duration in [
    ("1 secs", "60 S"),
    ("5 secs", "600 S"),
    ("30 secs", "1800 S"),
    ("1 min", "1 D"),
    ("5 mins", "2 D"),
    ("1 hour", "1 W"),
    ("1 week", "3 M"),
    ("1 month", "1 Y"),
]:

    @check(f"bars of {size}")
    async def _(size=size, duration=duration):
        served = MARKET["shortBars"] if size not in ("1 week", "1 month") else "TRADES" in MARKET["dailyBars"]
        if served:
            start = len(errors)
            found = await bars(size, duration, "TRADES")
            assert len(found) > 0 or MARKET["isYoung"] and 162 in codes_since(start), errors[start:]
            assert all(bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high for bar in found)
        else:
            await fails_with(bars(size, duration, "TRADES"), 162)


@check("bars of an option", MARKET["options"])
async def _():
    if MARKET["optionBars"]:
        assert len(await bars("5 mins", "1 D", "MIDPOINT", await an_option())) > 0
    else:
        await fails_with(bars("5 mins", "1 D", "MIDPOINT", await an_option()), 162)


for title, arguments in {
    "an illegal bar size": ("7 mins", "1 D", "TRADES"),
    "an illegal kind": ("1 day", "5 D", "NONSENSE"),
    "an illegal duration": ("1 day", "soon", "TRADES"),
    "too long a duration for the bar size": ("1 secs", "1 Y", "TRADES"),
}.items():

    @check(f"historical data with {title} end with an error")
    async def _(arguments=arguments):
        start = len(errors)
        assert len(await bars(*arguments)) == 0
        assert codes_since(start), "no error"


@check("historical data of an unknown contract are error 200")
async def _():
    await fails_with(bars("1 day", "5 D", "TRADES", Stock("NOSUCH", "SMART", "USD")), 200)


@check("bars that are kept up to date", MARKET["shortBars"])
async def _():
    updates, start = [], len(errors)
    found = await asyncio.wait_for(
        ib.reqHistoricalDataAsync(stock, "", "1800 S", "5 secs", "TRADES", True, keepUpToDate=True, timeout=0),
        PATIENCE,
    )
    found.updateEvent += lambda bars, new: updates.append(new)
    await eventually(lambda: updates or MARKET["isYoung"] and 162 in codes_since(start), "update")
    ib.cancelHistoricalData(found)


@check("the head timestamp")
async def _():
    if MARKET["shortBars"] or "TRADES" in MARKET["dailyBars"]:
        start = len(errors)
        found = await asyncio.wait_for(ib.reqHeadTimeStampAsync(stock, "TRADES", True, 1), PATIENCE)
        if MARKET["isYoung"] and 162 in codes_since(start):
            return  # nothing has traded yet
        assert 1990 < found.year < 2030, found
    else:
        await fails_with(ib.reqHeadTimeStampAsync(stock, "TRADES", True, 1), 162)


@check("realtime bars")
async def _():
    start = len(errors)
    found = ib.reqRealTimeBars(stock, 5, "TRADES" if MARKET["trades"] else "MIDPOINT", True)
    if MARKET["realtimeBars"]:
        await eventually(lambda: len(found) > 0, "realtime bar")
        ib.cancelRealTimeBars(found)
    else:
        await eventually(lambda: codes_since(start) or len(found) > 0, "answer")


for kind in ["Last", "AllLast", "BidAsk", "MidPoint"]:

    @check(f"tick by tick {kind}")
    async def _(kind=kind):
        start = len(errors)
        ticker = ib.reqTickByTickData(stock, kind)
        served = MARKET["trades"] if "Last" in kind else MARKET["quotes"]
        if served:
            await eventually(lambda: ticker.tickByTicks, "tick", 40)
        else:
            await asyncio.sleep(0.5)
        assert not codes_since(start) or not served, errors[start:]
        ib.cancelTickByTickData(stock, kind)


for kind in ["TRADES", "BID_ASK", "MIDPOINT"]:

    @check(f"historical ticks of {kind}")
    async def _(kind=kind):
        request = ib.reqHistoricalTicksAsync(stock, "", MARKET["ticksUntil"], 100, kind, True)
        if MARKET["trades"]:
            assert len(await asyncio.wait_for(request, PATIENCE)) > 0
        else:
            start = len(errors)
            found = await asyncio.wait_for(request, PATIENCE)
            assert found is not None or codes_since(start)


@check("the histogram", MARKET["trades"])
async def _():
    assert len(await asyncio.wait_for(ib.reqHistogramDataAsync(stock, True, "3 days"), PATIENCE)) > 0


@check("the historical schedule")
async def _():
    start = len(errors)
    found = await asyncio.wait_for(ib.reqHistoricalScheduleAsync(stock, 5), PATIENCE)
    assert (found and len(found.sessions) > 0) or codes_since(start)


for smart in [False, True]:

    @check(f"market depth, {'smart' if smart else 'one exchange'}")
    async def _(smart=smart):
        start = len(errors)
        contract = stock if MARKET["quotes"] else await an_option()
        ticker = ib.reqMktDepth(contract, 5, isSmartDepth=smart)
        await eventually(lambda: (ticker.domBids or ticker.domAsks) or codes_since(start), "depth")
        assert ticker.domBids and ticker.domAsks, errors[start:]
        assert ticker.domBids[0].price <= ticker.domAsks[0].price
        ib.cancelMktDepth(contract, smart)


def tradable():
    return known["options"][0] if MARKET["trade"] == "option" else stock


async def price_of(contract):
    (ticker,) = await asyncio.wait_for(ib.reqTickersAsync(contract), PATIENCE)
    return ticker


async def status(trade, *wanted):
    await eventually(lambda: trade.orderStatus.status in wanted, f"status {wanted}, but {trade.orderStatus.status}")


QUANTITY = MARKET["quantity"]


@check("a market order is filled, with execution and commission")
async def _():
    trade = ib.placeOrder(tradable(), MarketOrder("BUY", QUANTITY, tif="DAY"))
    await status(trade, "Filled")
    assert trade.orderStatus.remaining == 0 and trade.orderStatus.filled == QUANTITY, trade.orderStatus
    assert sum(fill.execution.shares for fill in trade.fills) == QUANTITY
    await eventually(lambda: all(fill.commissionReport.execId for fill in trade.fills), "commission report")
    assert trade.orderStatus.avgFillPrice > 0 and trade.order.permId > 0
    known["filled"] = trade


@check("a limit order far from the market rests; it is modified and cancelled")
async def _():
    order = LimitOrder("BUY", QUANTITY, MARKET["lowPrice"], tif="DAY")
    trade = ib.placeOrder(tradable(), order)
    await status(trade, "Submitted", "PreSubmitted")
    order.lmtPrice = round(MARKET["lowPrice"] + 0.05, 2)
    ib.placeOrder(tradable(), order)
    await asyncio.sleep(0.5)
    assert trade.orderStatus.status in ("Submitted", "PreSubmitted"), trade.orderStatus.status
    listed = await asyncio.wait_for(ib.reqOpenOrdersAsync(), PATIENCE)
    (own,) = [one for one in listed if one.order.orderId == order.orderId]
    assert own.order.lmtPrice == order.lmtPrice, own.order.lmtPrice
    ib.cancelOrder(order)
    await status(trade, "Cancelled")


@check("a marketable limit order is filled at its limit or better")
async def _():
    trade = ib.placeOrder(tradable(), LimitOrder("BUY", QUANTITY, MARKET["highPrice"], tif="DAY"))
    await status(trade, "Filled")
    assert 0 < trade.orderStatus.avgFillPrice <= MARKET["highPrice"]


@check("an order at once or not at all, away from the market, is cancelled")
async def _():
    trade = ib.placeOrder(tradable(), LimitOrder("BUY", QUANTITY, MARKET["lowPrice"], tif="IOC"))
    await status(trade, "Cancelled", "Inactive")


@check("a combination is filled whole", MARKET["options"])
async def _():
    first, second = known["options"][:2]
    combination = Contract(symbol=SYMBOL, secType="BAG", exchange="SMART", currency="USD")
    combination.comboLegs = [
        ComboLeg(conId=first.conId, ratio=1, action="BUY", exchange="SMART"),
        ComboLeg(conId=second.conId, ratio=1, action="SELL", exchange="SMART"),
    ]
    trade = ib.placeOrder(combination, LimitOrder("BUY", 1, 50, tif="DAY"))
    await status(trade, "Filled")
    legs = {fill.contract.conId for fill in trade.fills if fill.contract.secType == "OPT"}
    assert legs == {first.conId, second.conId}, legs


@check("what if: margin and commission, and no order")
async def _():
    before = len(ib.openTrades())
    state = await asyncio.wait_for(ib.whatIfOrderAsync(tradable(), MarketOrder("BUY", QUANTITY, tif="DAY")), PATIENCE)
    assert float(state.initMarginAfter) >= 0 and float(state.equityWithLoanAfter) > 0, state
    assert len(ib.openTrades()) == before


@check("an order beyond the account's means is refused with 201")
async def _():
    start = len(errors)
    trade = ib.placeOrder(tradable(), LimitOrder("BUY", 10_000_000, MARKET["highPrice"], tif="DAY"))
    await status(trade, "Cancelled", "Inactive")
    assert 201 in codes_since(start), errors[start:]


@check("the cancel of an order that does not exist is 10147")
async def _():
    start = len(errors)
    ib.cancelOrder(Order(orderId=987_654, clientId=7))
    await eventually(lambda: 10147 in codes_since(start), "error 10147")


@check("the cancel of a filled order is 10148")
async def _():
    start = len(errors)
    ib.client.cancelOrder(known["filled"].order.orderId, "")
    await eventually(lambda: 10148 in codes_since(start) or 10147 in codes_since(start), "error 10148")


@check("executions by filter")
async def _():
    every = await asyncio.wait_for(ib.reqExecutionsAsync(ExecutionFilter()), PATIENCE)
    assert any(fill.execution.orderId == known["filled"].order.orderId for fill in every)
    none = await asyncio.wait_for(ib.reqExecutionsAsync(ExecutionFilter(symbol="NOSUCH")), PATIENCE)
    assert none == []


@check("completed orders")
async def _():
    completed = await asyncio.wait_for(ib.reqCompletedOrdersAsync(False), PATIENCE)
    states = {trade.orderStatus.status for trade in completed}
    assert {"Filled", "Cancelled"} <= states, states


@check("the position")
async def _():
    positions = await asyncio.wait_for(ib.reqPositionsAsync(), PATIENCE)
    (own,) = [one for one in positions if one.contract.conId == tradable().conId]
    assert own.position > 0 and own.avgCost > 0, own


@check("portfolio and account values")
async def _():
    item = await eventually(
        lambda: next((one for one in ib.portfolio() if one.contract.conId == tradable().conId), None), "portfolio"
    )
    assert item.position > 0 and item.marketPrice > 0, item
    values = {value.tag: value.value for value in ib.accountValues()}
    assert float(values["NetLiquidation"]) > 0 and float(values["BuyingPower"]) > 0, values


@check("the account summary")
async def _():
    summary = {value.tag: value.value for value in await asyncio.wait_for(ib.accountSummaryAsync(), PATIENCE)}
    assert float(summary["NetLiquidation"]) > 0 and "AvailableFunds" in summary, summary


@check("account updates of one model")
async def _():
    await asyncio.wait_for(ib.reqAccountUpdatesMultiAsync(known["account"]), PATIENCE)


@check("profit and loss")
async def _():
    pnl = ib.reqPnL(known["account"])
    await eventually(lambda: is_number(pnl.dailyPnL), "daily profit and loss")
    ib.cancelPnL(known["account"])
    single = ib.reqPnLSingle(known["account"], "", tradable().conId)
    await eventually(lambda: is_number(single.dailyPnL) and single.position > 0, "profit and loss of a position")
    ib.cancelPnLSingle(known["account"], "", tradable().conId)


@check("another client sees the orders of all, and cannot cancel them")
async def _():
    other = IB()
    await other.connectAsync(HOST, PORT, clientId=8, timeout=PATIENCE, raiseSyncErrors=True)
    found = []
    other.errorEvent += lambda req, code, text, contract: found.append(code)
    trade = ib.placeOrder(tradable(), LimitOrder("BUY", QUANTITY, MARKET["lowPrice"], tif="DAY"))
    await status(trade, "Submitted", "PreSubmitted")
    listed = await asyncio.wait_for(other.reqAllOpenOrdersAsync(), PATIENCE)
    assert any(one.order.permId == trade.order.permId for one in listed), listed
    other.client.cancelOrder(trade.order.orderId, "")
    await eventually(lambda: found, "error")
    assert trade.orderStatus.status in ("Submitted", "PreSubmitted"), trade.orderStatus.status
    other.disconnect()
    known["resting"] = trade


@check("client 0 sees the orders of other clients, and the global cancel ends them")
async def _():
    master = IB()
    await master.connectAsync(HOST, PORT, clientId=0, timeout=PATIENCE, raiseSyncErrors=True)
    await asyncio.wait_for(master.reqOpenOrdersAsync(), PATIENCE)
    await asyncio.wait_for(master.reqAllOpenOrdersAsync(), PATIENCE)
    assert any(one.order.permId == known["resting"].order.permId for one in master.trades())
    master.reqGlobalCancel()
    await status(known["resting"], "Cancelled")
    master.disconnect()


OTHERS = {
    "matching symbols": lambda: ib.reqMatchingSymbolsAsync(SYMBOL[:2]),
    "market rule": lambda: ib.reqMarketRuleAsync(26),
    "smart components": lambda: ib.reqSmartComponentsAsync("9c0001"),
    "depth exchanges": ib.reqMktDepthExchangesAsync,
    "news providers": ib.reqNewsProvidersAsync,
    "news article": lambda: ib.reqNewsArticleAsync("BRFG", "BRFG$1"),
    "historical news": lambda: ib.reqHistoricalNewsAsync(stock.conId, "BRFG", "", "", 10),
    "fundamental data": lambda: ib.reqFundamentalDataAsync(stock, "ReportSnapshot"),
    "scanner parameters": ib.reqScannerParametersAsync,
    "scanner": lambda: ib.reqScannerDataAsync(
        ib_async.ScannerSubscription(instrument="STK", locationCode="STK.US.MAJOR", scanCode="TOP_PERC_GAIN")
    ),
    "user info": ib.reqUserInfoAsync,
    "implied volatility": lambda: ib.calculateImpliedVolatilityAsync(
        known["options"][0], MARKET["optionPrice"], MARKET["price"]
    ),
    "option price": lambda: ib.calculateOptionPriceAsync(known["options"][0], 0.2, MARKET["price"]),
    "event calendar": ib.getWshMetaDataAsync,
}

for title, request in OTHERS.items():

    @check(f"{title}: answered, or refused by a code", MARKET["options"] or "option" not in title and "implied" not in title)
    async def _(request=request):
        try:
            await asyncio.wait_for(request(), PATIENCE)
        except ib_async.RequestError:
            pass


TICK_FIELDS = {
    0: "bidSize",
    1: "bid",
    2: "ask",
    3: "askSize",
    4: "last",
    8: "volume",
    9: "close",
    13: "modelGreeks",
    27: "callOpenInterest",
    86: "futuresOpenInterest",
}


def assert_fields(found, expected):
    wrong = {name: getattr(found, name) for name, value in expected.items() if str(getattr(found, name)) != str(value)}
    # Numbers may be written in other ways: 7000 and 7000.0.
    wrong = {name: value for name, value in wrong.items() if not (is_same_number(value, expected[name]))}
    assert not wrong, f"{wrong}, not {expected}"


def is_same_number(value, expected):
    try:
        return float(value) == float(expected)
    except (TypeError, ValueError):
        return False


def is_on_tick(price, tick):
    return abs(price / tick - round(price / tick)) < 1e-6


for instrument in MARKET.get("instruments", []):

    @check(f"{instrument['name']}: contract details, fields and hours")
    async def _(instrument=instrument):
        asked = Contract(currency="USD", **instrument["contract"])
        (details,) = await asyncio.wait_for(ib.reqContractDetailsAsync(asked), PATIENCE)
        assert_fields(details.contract, instrument["fields"])
        assert_fields(details, instrument["details"])
        for name, pattern in instrument["hours"].items():
            assert re.search(pattern, getattr(details, name)), f"{name} {getattr(details, name)}, not {pattern}"
        (qualified,) = await asyncio.wait_for(ib.qualifyContractsAsync(asked), PATIENCE)
        assert qualified.conId == details.contract.conId > 0
        known[instrument["name"]] = details.contract

    @check(f"{instrument['name']}: a stream has every tick")
    async def _(instrument=instrument):
        contract = known[instrument["name"]]
        ticker = ib.reqMktData(contract, instrument["genericTicks"])
        fields = [TICK_FIELDS[tick] for tick in instrument["ticks"]]

        def lacking():
            return [name for name in fields if name != "modelGreeks" and not is_number(getattr(ticker, name))] + [
                name for name in fields if name == "modelGreeks" and not ticker.modelGreeks
            ]

        try:
            await eventually(lambda: not lacking(), "whole quote")
        except AssertionError:
            raise AssertionError(f"no {lacking()}") from None
        ib.cancelMktData(contract)
        if "bid" in fields:
            assert ticker.bid < ticker.ask, ticker
            assert is_on_tick(ticker.bid, instrument["priceTick"]) and is_on_tick(ticker.ask, instrument["priceTick"])
        if ticker.modelGreeks:
            assert ticker.modelGreeks.undPrice > 0 and 0 < ticker.modelGreeks.impliedVol < 3, ticker.modelGreeks

    @check(f"{instrument['name']}: chain parameters", instrument["chain"])
    async def _(instrument=instrument):
        contract, chain = known[instrument["name"]], instrument["chain"]
        exchange = contract.exchange if contract.secType == "FUT" else ""
        rows = await asyncio.wait_for(
            ib.reqSecDefOptParamsAsync(contract.symbol, exchange, contract.secType, contract.conId), PATIENCE
        )
        own = {row.tradingClass: row for row in rows if row.exchange == chain["exchange"]}
        for name, multiplier in chain["classes"].items():
            row = own[name]
            assert row.multiplier == multiplier and int(row.underlyingConId) == contract.conId, row
            assert row.strikes and all(len(one) == 8 for one in row.expirations) and row.expirations, row

    @check(f"{instrument['name']}: a day of five-minute bars", instrument["historyFrom"])
    async def _(instrument=instrument):
        found = await asyncio.wait_for(
            ib.reqHistoricalDataAsync(known[instrument["name"]], "", "1 D", "5 mins", "TRADES", False), PATIENCE
        )
        assert f"{found[0].date:%H:%M}" == instrument["historyFrom"], found[0]
        assert all(bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high for bar in found)

    @check(f"{instrument['name']}: an order is refused", instrument["orderCode"])
    async def _(instrument=instrument):
        start = len(errors)
        trade = ib.placeOrder(known[instrument["name"]], MarketOrder("BUY", 1, tif="DAY"))
        await status(trade, "Cancelled", "Inactive")
        assert instrument["orderCode"] in codes_since(start), errors[start:]


@check("the end: nothing waits, and the connection closes")
async def _():
    assert ib.isConnected()
    ib.disconnect()
    assert not ib.isConnected()


async def main():
    for name, run in SUITE:
        try:
            await asyncio.wait_for(run(), 3 * PATIENCE)
            checks.append({"name": name, "failure": None})
        except BaseException as error:  # one check that fails leaves the others
            lines = traceback.format_exception_only(type(error), error)
            checks.append({"name": name, "failure": " ".join(lines).strip()[:400]})
        print(f"{name}: {checks[-1]['failure'] or 'ok'}", file=sys.stderr, flush=True)


asyncio.run(main())
print(json.dumps({"version": ib_async.__version__, "checks": checks, "warnings": warnings}))
