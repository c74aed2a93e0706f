"""
Uses a simulated gateway as a program built on the official Python client does, and prints one JSON object: the checks with
what failed, and every message that the client could not read or did not read to its end.

usage: official_client.py HOST PORT MARKET, with MARKET a JSON object (see markets.ts).
"""

import inspect
import json
import logging
import re
import sys
import threading
import time
import traceback
from importlib.metadata import version

from ibapi.client import EClient
from ibapi.contract import ComboLeg, Contract
from ibapi.decoder import Decoder
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.scanner import ScannerSubscription
from ibapi.wrapper import EWrapper

HOST, PORT, MARKET = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
SYMBOL = MARKET["symbol"]
ACCOUNT = MARKET["account"]
QUANTITY = MARKET["quantity"]
# Longer than any answer of the simulator takes; an answer that does not come is a failed check.
PATIENCE = MARKET.get("patience", 20)
VERSION = version("nautilus-ibapi")

checks = []
warnings = []


class Complaints(logging.Handler):
    """The client's own warnings; errors of the gateway are events, and have checks of their own."""

    def emit(self, record):
        if record.levelno >= logging.WARNING:
            cause = f": {record.exc_info[1]!r}" if record.exc_info else ""
            warnings.append(f"{record.name}: {record.getMessage()[:300]}{cause}")


logging.getLogger().addHandler(Complaints())


def read_to_the_end():
    """The client ignores fields after those that it reads, and dies of missing ones: both count."""
    interpret = Decoder.interpret

    def checked(self, fields, *rest):
        number = rest[0] if rest else int(fields[0]) if fields else 0
        info = self.msgId2handleInfo.get(number)
        if info is None and fields:
            warnings.append(f"unknown message {number}: {fields[:6]}")
            return
        try:
            if info is None or info.processMeth is None:
                interpret(self, fields, *rest)
                return
            remaining = iter(fields)
            info.processMeth(self, remaining)
            left = list(remaining)
            if left:
                warnings.append(f"{info.processMeth.__name__} leaves {len(left)} fields: {left[:8]}")
        except StopIteration:
            warnings.append(f"message {number} has too few fields: {fields[:12]}")
        except Exception as error:  # the client would stop reading
            warnings.append(f"message {number}: {error!r} in {fields[:12]}")

    Decoder.interpret = checked


read_to_the_end()


class Event:
    def __init__(self, name, arguments):
        self.name, self.arguments = name, arguments

    def __getitem__(self, at):
        return self.arguments[at]

    def __repr__(self):
        return f"{self.name}{self.arguments}"


class Client(EWrapper, EClient):
    """Keeps every event, in order."""

    def __init__(self):
        EClient.__init__(self, self)
        self.events = []
        self.changed = threading.Condition()

    def record(self, name, arguments):
        with self.changed:
            self.events.append(Event(name, arguments))
            self.changed.notify_all()

    def start(self, client_id):
        self.connect(HOST, PORT, client_id)
        threading.Thread(target=self.run, daemon=True).start()
        self.wait(lambda one: one.name == "nextValidId", "nextValidId")
        self.order_id = next(one for one in self.events if one.name == "nextValidId")[0]
        return self

    def wait(self, wanted, what, since=0, seconds=PATIENCE):
        """The first event that is wanted."""
        end = time.monotonic() + seconds
        with self.changed:
            at = since
            while True:
                while at < len(self.events):
                    if wanted(self.events[at]):
                        return self.events[at]
                    at += 1
                left = end - time.monotonic()
                assert left > 0, f"no {what} within {seconds} s; last: {self.events[-3:]}"[:380]
                self.changed.wait(left)

    def wait_name(self, name, key=None, since=0, seconds=PATIENCE):
        return self.wait(
            lambda one: one.name == name and (key is None or one[0] == key), f"{name} {key}", since, seconds
        )

    def of(self, name, key=None, since=0):
        with self.changed:
            return [one for one in self.events[since:] if one.name == name and (key is None or one[0] == key)]

    def codes(self, key, since=0):
        return [error_code(one) for one in self.of("error", key, since)]

    def mark(self):
        with self.changed:
            return len(self.events)


def error_code(event):
    # Newer clients have the time of the error before its code.
    return event[CODE_AT]


CODE_AT = list(inspect.signature(EWrapper.error).parameters).index("errorCode") - 1
NEW = CODE_AT == 2
COMMISSION = "commissionAndFeesReport" if NEW else "commissionReport"


def recorder(name):
    def record(self, *arguments):
        self.record(name, arguments)

    return record


for name, member in inspect.getmembers(EWrapper, inspect.isfunction):
    if not name.startswith("_") and name != "logAnswer":
        setattr(Client, name, recorder(name))

SUITE = []


def check(name, only=True):
    def register(run):
        if only:
            SUITE.append((name, run))
        return run

    return register


next_request = iter(range(1_000, 100_000))
known = {}


def stock():
    contract = Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = SYMBOL, "STK", "SMART", "USD"
    return contract


def named(symbol):
    contract = stock()
    contract.symbol = symbol
    return contract


def tradable():
    return known["options"][0] if MARKET["trade"] == "option" else stock()


def answer(request, ends, *, fails_with=None, unless=None):
    """Sends the request with an id of its own and waits for one of its ends, or for an error: (id, event)."""
    number = next(next_request)
    since = ib.mark()
    request(number)
    ends = (ends,) if isinstance(ends, str) else ends
    event = ib.wait(
        lambda one: one.arguments and one[0] == number and (one.name in ends or one.name == "error"),
        f"{ends} or error",
        since,
    )
    if fails_with:
        assert event.name == "error" and error_code(event) in fails_with, f"{event}, not {fails_with}"
    else:
        assert event.name in ends or unless and error_code(event) == unless, event
    return number, event


ib = Client()


@check("connects")
def _():
    ib.start(7)
    ib.wait_name("managedAccounts", ACCOUNT)
    expected = 193 if NEW else 176
    assert ib.serverVersion() == expected, ib.serverVersion()


@check("the gateway's time")
def _():
    ib.reqCurrentTime()
    ib.wait_name("currentTime")


@check("contract details of the underlying")
def _():
    number, _ = answer(lambda n: ib.reqContractDetails(n, stock()), "contractDetailsEnd")
    (event,) = ib.of("contractDetails", number)
    details = event[1]
    known["stock"] = details.contract.conId
    assert details.contract.symbol == SYMBOL and details.minTick > 0
    assert details.tradingHours and details.liquidHours and details.timeZoneId == "US/Eastern"


@check("an unknown contract is error 200")
def _():
    answer(lambda n: ib.reqContractDetails(n, named("NOSUCH")), "contractDetailsEnd", fails_with=(200,))


@check("chain parameters, and the options of an expiration", MARKET["options"])
def _():
    number, _ = answer(
        lambda n: ib.reqSecDefOptParams(n, SYMBOL, "", "STK", known["stock"]), "securityDefinitionOptionParameterEnd"
    )
    rows = ib.of("securityDefinitionOptionParameter", number)
    row = next(one for one in rows if one[1] == "SMART" and one[3] == SYMBOL)
    expirations = sorted(row[5])
    wanted = Contract()
    wanted.symbol, wanted.secType, wanted.exchange, wanted.tradingClass = SYMBOL, "OPT", "SMART", SYMBOL
    wanted.lastTradeDateOrContractMonth = expirations[min(3, len(expirations) - 1)]
    number, _ = answer(lambda n: ib.reqContractDetails(n, wanted), "contractDetailsEnd")
    listed = [one[1].contract for one in ib.of("contractDetails", number)]
    assert all(one.strike in row[6] for one in listed)
    calls = sorted((one for one in listed if one.right == "C"), key=lambda one: abs(one.strike - MARKET["price"]))
    known["options"] = calls


@check("a stream of the underlying")
def _():
    number, _ = answer(lambda n: ib.reqMktData(n, stock(), "106,232", False, False, []), ("tickPrice", "tickSize"))
    ib.wait_name("tickReqParams", number)
    assert ib.wait_name("marketDataType", number)[1] == 1
    ib.cancelMktData(number)


@check("a stream of an option with greeks and open interest", MARKET["options"])
def _():
    number, _ = answer(lambda n: ib.reqMktData(n, known["options"][0], "101", False, False, []), "tickPrice")
    ib.wait(lambda one: one.name == "tickOptionComputation" and one[0] == number and one[1] == 13, "model greeks")
    ib.wait(lambda one: one.name == "tickSize" and one[0] == number and one[1] == 27, "open interest")
    ib.cancelMktData(number)


@check("a snapshot ends")
def _():
    answer(lambda n: ib.reqMktData(n, stock(), "", True, False, []), "tickSnapshotEnd")


@check("a generic tick with a snapshot is refused with 321, a cancelled unknown stream with 300")
def _():
    number = next(next_request)
    ib.reqMktData(number, stock(), "101", True, False, [])
    ib.wait(lambda one: one.name == "error" and one[0] == number and error_code(one) == 321, "error 321")
    ib.cancelMktData(number)
    ib.wait(lambda one: one.name == "error" and one[0] == number and error_code(one) == 300, "error 300")


def bars(size, duration, what, contract=None, **expected):
    number, event = answer(
        lambda n: ib.reqHistoricalData(n, contract or stock(), "", duration, size, what, 1, 1, False, []),
        "historicalDataEnd",
        **expected,
    )
    return [one[1] for one in ib.of("historicalData", number)]


for what in ["TRADES", "OPTION_IMPLIED_VOLATILITY", "HISTORICAL_VOLATILITY", "MIDPOINT", "BID", "ASK"]:

    @check(f"daily bars of {what}")
    def _(what=what):
        if what in MARKET["dailyBars"]:
            found = bars("1 day", "20 D", what)
            assert found and found[-1].close > 0
        else:
            bars("1 day", "20 D", what, fails_with=(162,))


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
    def _(size=size, duration=duration):
        served = MARKET["shortBars"] if size not in ("1 week", "1 month") else "TRADES" in MARKET["dailyBars"]
        if served:
            found = bars(size, duration, "TRADES", unless=162 if MARKET["isYoung"] else None)
            assert MARKET["isYoung"] or found
            assert all(one.low <= one.close <= one.high for one in found)
        else:
            bars(size, duration, "TRADES", fails_with=(162,))


@check("historical data with an illegal bar size end with an error")
def _():
    bars("7 mins", "1 D", "TRADES", fails_with=(162, 200, 321, 322, 10314, 366))


@check("bars that are kept up to date", MARKET["shortBars"])
def _():
    number, event = answer(
        lambda n: ib.reqHistoricalData(n, stock(), "", "1800 S", "5 secs", "TRADES", 1, 1, True, []),
        "historicalDataEnd",
        unless=162 if MARKET["isYoung"] else None,
    )
    if event.name == "error":
        return
    ib.wait_name("historicalDataUpdate", number)
    ib.cancelHistoricalData(number)


@check("the head timestamp")
def _():
    request = lambda n: ib.reqHeadTimeStamp(n, stock(), "TRADES", 1, 1)
    if MARKET["shortBars"] or "TRADES" in MARKET["dailyBars"]:
        number, event = answer(request, "headTimestamp", unless=162 if MARKET["isYoung"] else None)
        if event.name == "error":
            return  # nothing has traded yet
        ib.cancelHeadTimeStamp(number)
    else:
        answer(request, "headTimestamp", fails_with=(162,))


@check("realtime bars")
def _():
    what = "TRADES" if MARKET["trades"] else "MIDPOINT"
    request = lambda n: ib.reqRealTimeBars(n, stock(), 5, what, True, [])
    if MARKET["realtimeBars"]:
        number, _ = answer(request, "realtimeBar")
        ib.cancelRealTimeBars(number)
    else:
        answer(request, ("realtimeBar", "error"))


TICK_EVENTS = ("tickByTickAllLast", "tickByTickBidAsk", "tickByTickMidPoint")

for kind in ["Last", "AllLast", "BidAsk", "MidPoint"]:

    @check(f"tick by tick {kind}", MARKET["trades"] if "Last" in kind else MARKET["quotes"])
    def _(kind=kind):
        number, _ = answer(lambda n: ib.reqTickByTickData(n, stock(), kind, 0, False), TICK_EVENTS)
        ib.cancelTickByTickData(number)


for kind, event in [
    ("TRADES", "historicalTicksLast"),
    ("BID_ASK", "historicalTicksBidAsk"),
    ("MIDPOINT", "historicalTicks"),
]:

    @check(f"historical ticks of {kind}")
    def _(kind=kind, event=event):
        request = lambda n: ib.reqHistoricalTicks(
            n, stock(), "", MARKET["ticksUntil"], 100, kind, 1, True, []
        )
        number, found = answer(request, event if MARKET["trades"] else (event, "error"))
        if MARKET["trades"]:
            assert len(found[1]) > 0, found


@check("the histogram", MARKET["trades"])
def _():
    answer(lambda n: ib.reqHistogramData(n, stock(), True, "3 days"), "histogramData")


for smart in [False, True]:

    @check(f"market depth, {'smart' if smart else 'one exchange'}")
    def _(smart=smart):
        contract = stock() if MARKET["quotes"] else known["options"][0]
        ends = ("updateMktDepth", "updateMktDepthL2")
        number, _ = answer(lambda n: ib.reqMktDepth(n, contract, 5, smart, []), ends)
        ib.cancelMktDepth(number, smart)


def order(action, kind, quantity=QUANTITY, **values):
    made = Order()
    made.action, made.orderType, made.totalQuantity, made.tif = action, kind, quantity, "DAY"
    # Old defaults of the official client that a gateway no longer accepts.
    for gone in ("eTradeOnly", "firmQuoteOnly"):
        if hasattr(made, gone):
            setattr(made, gone, False)
    for name, value in values.items():
        setattr(made, name, value)
    return made


def place(made, contract=None, number=None):
    if number is None:
        number = ib.order_id
        ib.order_id += 1
    ib.placeOrder(number, contract or tradable(), made)
    return number


def status(number, *wanted, since=0):
    return ib.wait(
        lambda one: one.name == "orderStatus" and one[0] == number and one[1] in wanted, f"status {wanted}", since
    )


def cancel(number, client=None):
    client = client or ib
    if NEW:
        from ibapi.order_cancel import OrderCancel

        client.cancelOrder(number, OrderCancel())
    else:
        client.cancelOrder(number, "")


@check("a market order is filled, with execution and commission")
def _():
    number = place(order("BUY", "MKT"))
    filled = status(number, "Filled")
    assert filled[2] == QUANTITY and filled[3] == 0 and filled[4] > 0, filled
    ib.wait_name("openOrder", number)
    executions = [one[2] for one in ib.of("execDetails") if one[2].orderId == number]
    assert sum(one.shares for one in executions) == QUANTITY, executions
    ids = {one.execId for one in executions}
    ib.wait(lambda one: one.name == COMMISSION and one[0].execId in ids, "commission report")
    known["filled"] = number


@check("a limit order far from the market rests; it is modified and cancelled")
def _():
    number = place(order("BUY", "LMT", lmtPrice=MARKET["lowPrice"]))
    status(number, "Submitted", "PreSubmitted")
    since = ib.mark()
    changed = round(MARKET["lowPrice"] + 0.05, 2)
    place(order("BUY", "LMT", lmtPrice=changed), number=number)
    ib.wait(
        lambda one: one.name == "openOrder" and one[0] == number and one[2].lmtPrice == changed, "changed order", since
    )
    since = ib.mark()
    ib.reqOpenOrders()
    ib.wait_name("openOrderEnd", since=since)
    cancel(number)
    status(number, "Cancelled", since=since)
    assert 202 in ib.codes(number), ib.of("error", number)


@check("a marketable limit order is filled at its limit or better")
def _():
    filled = status(place(order("BUY", "LMT", lmtPrice=MARKET["highPrice"])), "Filled")
    assert 0 < filled[4] <= MARKET["highPrice"], filled


@check("an order at once or not at all, away from the market, is cancelled")
def _():
    status(place(order("BUY", "LMT", lmtPrice=MARKET["lowPrice"], tif="IOC")), "Cancelled", "Inactive")


@check("a combination is filled whole", MARKET["options"])
def _():
    first, second = known["options"][:2]
    contract = Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = SYMBOL, "BAG", "SMART", "USD"
    contract.comboLegs = []
    for option, action in [(first, "BUY"), (second, "SELL")]:
        leg = ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = option.conId, 1, action, "SMART"
        contract.comboLegs.append(leg)
    number = place(order("BUY", "LMT", 1, lmtPrice=50), contract)
    status(number, "Filled")
    legs = {one[1].conId for one in ib.of("execDetails") if one[2].orderId == number and one[1].secType == "OPT"}
    assert legs == {first.conId, second.conId}, legs


@check("what if: margin and commission, and no order")
def _():
    number = place(order("BUY", "MKT", whatIf=True))
    event = ib.wait_name("openOrder", number)
    assert float(event[3].initMarginAfter) >= 0, vars(event[3])


@check("an order beyond the account's means is refused with 201")
def _():
    number = place(order("BUY", "LMT", 10_000_000, lmtPrice=MARKET["highPrice"]))
    ib.wait(lambda one: one.name == "error" and one[0] == number and error_code(one) == 201, "error 201")


@check("an order id that was used is refused")
def _():
    number = known["filled"]
    since = ib.mark()
    place(order("BUY", "MKT"), number=number)
    ib.wait_name("error", number, since)


@check("the cancel of an order that does not exist is 10147, of a filled one 10148")
def _():
    cancel(987_654)
    ib.wait(lambda one: one.name == "error" and one[0] == 987_654 and error_code(one) == 10147, "error 10147")
    since = ib.mark()
    cancel(known["filled"])
    ib.wait(
        lambda one: one.name == "error" and one[0] == known["filled"] and error_code(one) in (10147, 10148),
        "error 10148",
        since,
    )


@check("executions by filter")
def _():
    number, _ = answer(lambda n: ib.reqExecutions(n, ExecutionFilter()), "execDetailsEnd")
    assert any(one[2].orderId == known["filled"] for one in ib.of("execDetails", number))
    none = ExecutionFilter()
    none.symbol = "NOSUCH"
    number, _ = answer(lambda n: ib.reqExecutions(n, none), "execDetailsEnd")
    assert ib.of("execDetails", number) == []


@check("completed orders")
def _():
    ib.reqCompletedOrders(False)
    ib.wait_name("completedOrdersEnd")
    states = {one[2].status for one in ib.of("completedOrder")}
    assert {"Filled", "Cancelled"} <= states, states


@check("positions")
def _():
    ib.reqPositions()
    ib.wait_name("positionEnd")
    conId = known["stock"] if MARKET["trade"] == "stock" else known["options"][0].conId
    own = [one for one in ib.of("position") if one[1].conId == conId]
    assert own and own[-1][2] > 0 and own[-1][3] > 0, own
    ib.cancelPositions()
    number, _ = answer(lambda n: ib.reqPositionsMulti(n, ACCOUNT, ""), "positionMultiEnd")
    assert ib.of("positionMulti", number)
    ib.cancelPositionsMulti(number)


@check("account updates, with the portfolio")
def _():
    since = ib.mark()
    ib.reqAccountUpdates(True, ACCOUNT)
    ib.wait_name("accountDownloadEnd", since=since)
    values = {one[0]: one[1] for one in ib.of("updateAccountValue", since=since)}
    assert float(values["NetLiquidation"]) > 0 and float(values["BuyingPower"]) > 0, values
    assert ib.of("updatePortfolio", since=since)
    ib.reqAccountUpdates(False, ACCOUNT)
    number, _ = answer(lambda n: ib.reqAccountUpdatesMulti(n, ACCOUNT, "", True), "accountUpdateMultiEnd")
    ib.cancelAccountUpdatesMulti(number)


@check("the account summary")
def _():
    number, _ = answer(
        lambda n: ib.reqAccountSummary(n, "All", "NetLiquidation,AvailableFunds,BuyingPower"), "accountSummaryEnd"
    )
    values = {one[2]: one[3] for one in ib.of("accountSummary", number)}
    assert float(values["NetLiquidation"]) > 0 and len(values) >= 3, values
    ib.cancelAccountSummary(number)


@check("profit and loss")
def _():
    number, _ = answer(lambda n: ib.reqPnL(n, ACCOUNT, ""), "pnl")
    ib.cancelPnL(number)
    conId = known["stock"] if MARKET["trade"] == "stock" else known["options"][0].conId
    number, event = answer(lambda n: ib.reqPnLSingle(n, ACCOUNT, "", conId), "pnlSingle")
    assert event[1] > 0, event
    ib.cancelPnLSingle(number)


@check("another client sees the orders of all, and cannot cancel them")
def _():
    number = place(order("BUY", "LMT", lmtPrice=MARKET["lowPrice"]))
    status(number, "Submitted", "PreSubmitted")
    other = Client().start(8)
    other.reqAllOpenOrders()
    other.wait(lambda one: one.name == "openOrder" and one[2].orderId == number and one[2].clientId == 7, "open order")
    since = ib.mark()
    cancel(number, other)
    other.wait_name("error", number)
    ib.reqOpenOrders()
    ib.wait_name("openOrderEnd", since=since)
    assert any(one[0] == number for one in ib.of("openOrder", since=since))
    other.disconnect()
    known["resting"] = number


@check("client 0 binds open orders, and the global cancel ends the orders of all")
def _():
    master = Client().start(0)
    master.reqAutoOpenOrders(True)
    master.reqOpenOrders()
    master.wait_name("openOrderEnd")
    since = ib.mark()
    if NEW:
        from ibapi.order_cancel import OrderCancel

        master.reqGlobalCancel(OrderCancel())
    else:
        master.reqGlobalCancel()
    status(known["resting"], "Cancelled", since=since)
    master.disconnect()


def scanner():
    subscription = ScannerSubscription()
    subscription.instrument, subscription.locationCode, subscription.scanCode = "STK", "STK.US.MAJOR", "TOP_PERC_GAIN"
    return subscription


# Request, the events that answer it, and whether an answer has the request id first. Any of them may be refused by a code.
OTHERS = {
    "matching symbols": (lambda n: ib.reqMatchingSymbols(n, SYMBOL[:2]), "symbolSamples"),
    "smart components": (lambda n: ib.reqSmartComponents(n, "9c0001"), "smartComponents"),
    "news article": (lambda n: ib.reqNewsArticle(n, "BRFG", "BRFG$1", []), "newsArticle"),
    "historical news": (lambda n: ib.reqHistoricalNews(n, known["stock"], "BRFG", "", "", 10, []), "historicalNewsEnd"),
    "fundamental data": (lambda n: ib.reqFundamentalData(n, stock(), "ReportSnapshot", []), "fundamentalData"),
    "scanner": (lambda n: ib.reqScannerSubscription(n, scanner(), [], []), "scannerDataEnd"),
    "soft dollar tiers": (lambda n: ib.reqSoftDollarTiers(n), "softDollarTiers"),
    "user info": (lambda n: ib.reqUserInfo(n), "userInfo"),
    "display groups": (lambda n: ib.queryDisplayGroups(n), "displayGroupList"),
    "event calendar": (lambda n: ib.reqWshMetaData(n), "wshMetaData"),
}
for title, (request, event) in OTHERS.items():

    @check(f"{title}: answered, or refused by a code")
    def _(request=request, event=event):
        answer(request, (event, "error"))


WITHOUT_ID = {
    "market rule": (lambda: ib.reqMarketRule(26), "marketRule"),
    "depth exchanges": (lambda: ib.reqMktDepthExchanges(), "mktDepthExchanges"),
    "news providers": (lambda: ib.reqNewsProviders(), "newsProviders"),
    "scanner parameters": (lambda: ib.reqScannerParameters(), "scannerParameters"),
    "family codes": (lambda: ib.reqFamilyCodes(), "familyCodes"),
    "ids": (lambda: ib.reqIds(1), "nextValidId"),
}
for title, (request, event) in WITHOUT_ID.items():

    @check(f"{title}: answered")
    def _(request=request, event=event):
        since = ib.mark()
        request()
        ib.wait(lambda one: one.name in (event, "error"), event, since)


def contract_of(fields):
    contract = Contract()
    contract.currency = "USD"
    for name, value in fields.items():
        setattr(contract, name, value)
    return contract


def assert_fields(found, expected):
    wrong = {name: getattr(found, name) for name, value in expected.items() if not is_same(getattr(found, name), value)}
    assert not wrong, f"{wrong}, not {expected}"


def is_same(value, expected):
    if str(value) == str(expected):
        return True
    # Numbers may be written in other ways: 7000 and 7000.0.
    try:
        return float(value) == float(expected)
    except (TypeError, ValueError):
        return False


def is_on_tick(price, tick):
    return abs(price / tick - round(price / tick)) < 1e-6


def tick_types(number, since):
    found = {one[1] for name in ("tickPrice", "tickSize", "tickOptionComputation") for one in ib.of(name, number, since)}
    # A side without a quote is −1.
    return found - {one[1] for one in ib.of("tickPrice", number, since) if one[2] < 0}


for instrument in MARKET.get("instruments", []):

    @check(f"{instrument['name']}: contract details, fields and hours")
    def _(instrument=instrument):
        asked = contract_of(instrument["contract"])
        number, _ = answer(lambda n: ib.reqContractDetails(n, asked), "contractDetailsEnd")
        (event,) = ib.of("contractDetails", number)
        details = event[1]
        assert_fields(details.contract, instrument["fields"])
        assert_fields(details, instrument["details"])
        for name, pattern in instrument["hours"].items():
            assert re.search(pattern, getattr(details, name)), f"{name} {getattr(details, name)}, not {pattern}"
        assert details.contract.conId > 0
        known[instrument["name"]] = details.contract

    @check(f"{instrument['name']}: a stream has every tick")
    def _(instrument=instrument):
        wanted, since = set(instrument["ticks"]), ib.mark()
        number = next(next_request)
        ib.reqMktData(number, known[instrument["name"]], instrument["genericTicks"], False, False, [])
        end = time.monotonic() + PATIENCE
        while not wanted <= tick_types(number, since) and time.monotonic() < end:
            time.sleep(0.05)
        ib.cancelMktData(number)
        assert wanted <= tick_types(number, since), f"no {wanted - tick_types(number, since)}"
        prices = {one[1]: one[2] for one in ib.of("tickPrice", number, since)}
        if 1 in wanted:
            assert prices[1] < prices[2], prices
            assert all(is_on_tick(prices[side], instrument["priceTick"]) for side in (1, 2)), prices
        ib.wait_name("tickReqParams", number, since)

    @check(f"{instrument['name']}: chain parameters", instrument["chain"])
    def _(instrument=instrument):
        contract, chain = known[instrument["name"]], instrument["chain"]
        exchange = contract.exchange if contract.secType == "FUT" else ""
        number, _ = answer(
            lambda n: ib.reqSecDefOptParams(n, contract.symbol, exchange, contract.secType, contract.conId),
            "securityDefinitionOptionParameterEnd",
        )
        rows = ib.of("securityDefinitionOptionParameter", number)
        own = {one[3]: one for one in rows if one[1] == chain["exchange"]}
        for name, multiplier in chain["classes"].items():
            row = own[name]
            assert row[4] == multiplier and row[2] == contract.conId, row
            assert row[6] and row[5] and all(len(one) == 8 for one in row[5]), row

    @check(f"{instrument['name']}: a day of five-minute bars", instrument["historyFrom"])
    def _(instrument=instrument):
        number, _ = answer(
            lambda n: ib.reqHistoricalData(
                n, known[instrument["name"]], "", "1 D", "5 mins", "TRADES", 0, 1, False, []
            ),
            "historicalDataEnd",
        )
        found = [one[1] for one in ib.of("historicalData", number)]
        assert f" {instrument['historyFrom']}" in found[0].date, found[0]
        assert all(bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high for bar in found)

    @check(f"{instrument['name']}: an order is refused", instrument["orderCode"])
    def _(instrument=instrument):
        number = place(order("BUY", "MKT", 1), known[instrument["name"]])
        ib.wait(
            lambda one: one.name == "error" and one[0] == number and error_code(one) == instrument["orderCode"],
            f"error {instrument['orderCode']}",
        )


@check("the end: still connected")
def _():
    assert ib.isConnected()
    ib.disconnect()


for name, run in SUITE:
    try:
        run()
        checks.append({"name": name, "failure": None})
    except BaseException as error:  # one check that fails leaves the others
        lines = traceback.format_exception_only(type(error), error)
        checks.append({"name": name, "failure": " ".join(lines).strip()[:400]})
    print(f"{name}: {checks[-1]['failure'] or 'ok'}", file=sys.stderr, flush=True)
print(json.dumps({"version": VERSION, "checks": checks, "warnings": warnings}))
