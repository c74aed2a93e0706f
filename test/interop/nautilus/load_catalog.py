"""Loads a catalog by nautilus_trader's own classes, compares it with what the lake holds, and runs a backtest over it.

Arguments: the catalog's folder, and a JSON file with what the lake holds. Prints one JSON object.
"""
import json
import sys
import time
from decimal import Decimal

import nautilus_trader
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.instruments import OptionContract
from nautilus_trader.model.objects import Money, Quantity
from nautilus_trader.persistence.catalog import ParquetDataCatalog
from nautilus_trader.trading.strategy import Strategy

FAULTS_SHOWN = 10


def compare(kind, expected, found, faults):
    """Multisets of rows, as tuples."""
    left = {}
    for row in expected:
        left[row] = left.get(row, 0) + 1
    for row in found:
        if left.get(row, 0) == 0:
            faults.append(f"{kind} not in the lake: {row}")
        else:
            left[row] -= 1
    faults.extend(f"{kind} not in the catalog: {row}" for row, count in left.items() if count > 0)


class Counter(Strategy):
    """Buys one contract of the first option that is quoted, and counts what it is told."""

    def __init__(self, instruments, bar_types):
        super().__init__(StrategyConfig())
        self.wanted = instruments
        self.bar_types = bar_types
        self.quotes = 0
        self.bars = 0
        self.fills = 0
        self.is_late = False
        self.last = 0

    def on_start(self):
        for instrument in self.wanted:
            self.subscribe_quote_ticks(instrument.id)
        for bar_type in self.bar_types:
            self.subscribe_bars(bar_type)

    def on_quote_tick(self, tick):
        self.quotes += 1
        self.is_late = self.is_late or tick.ts_init < self.last
        self.last = tick.ts_init
        if self.quotes == 1:
            order = self.order_factory.market(tick.instrument_id, OrderSide.BUY, Quantity.from_int(1))
            self.submit_order(order)

    def on_bar(self, bar):
        self.bars += 1

    def on_order_filled(self, event):
        self.fills += 1


def backtest(instruments, quotes, bars):
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    for venue in sorted({str(one.id.venue) for one in instruments}):
        engine.add_venue(Venue(venue), OmsType.NETTING, AccountType.MARGIN, [Money(1_000_000, USD)], base_currency=USD)
    for instrument in instruments:
        engine.add_instrument(instrument)
    engine.add_data(quotes)
    if bars:
        engine.add_data(bars)
    options = [one for one in instruments if isinstance(one, OptionContract)]
    strategy = Counter(options, sorted({one.bar_type for one in bars}, key=str))
    engine.add_strategy(strategy)
    engine.run()
    result = engine.get_result()
    counted = {
        "iterations": result.iterations,
        "orders": result.total_orders,
        "quotes": strategy.quotes,
        "bars": strategy.bars,
        "fills": strategy.fills,
        "is_late": strategy.is_late,
    }
    engine.dispose()
    return counted


def main(folder, truth_path):
    with open(truth_path) as file:
        truth = json.load(file)
    started = time.time()
    catalog = ParquetDataCatalog(folder)
    instruments = catalog.instruments()
    quotes = catalog.quote_ticks()
    bars = catalog.bars()
    loaded = time.time() - started
    faults = []
    decimal = lambda price: Decimal(str(price)).normalize()
    compare(
        "quote",
        [
            (q["id"], int(q["at"]) * 1_000_000, decimal(q["bid"]), decimal(q["ask"]), int(q["bid_size"]), int(q["ask_size"]))
            for q in truth["quotes"]
        ],
        [
            (
                q.instrument_id.value,
                q.ts_event,
                q.bid_price.as_decimal().normalize(),
                q.ask_price.as_decimal().normalize(),
                int(q.bid_size.as_double()),
                int(q.ask_size.as_double()),
            )
            for q in quotes
        ],
        faults,
    )
    compare(
        "bar",
        [(b["type"], int(b["at"]) * 1_000_000, *(decimal(b[name]) for name in ("open", "high", "low", "close"))) for b in truth["bars"]],
        [
            (str(b.bar_type), b.ts_event, *(p.as_decimal().normalize() for p in (b.open, b.high, b.low, b.close)))
            for b in bars
        ],
        faults,
    )
    compare(
        "contract",
        [(c["id"], decimal(c["strike"]), c["right"], int(c["expires"]) * 1_000_000, int(c["multiplier"])) for c in truth["contracts"]],
        [
            (
                c.id.value,
                c.strike_price.as_decimal().normalize(),
                "C" if c.option_kind.name == "CALL" else "P",
                c.expiration_ns,
                int(c.multiplier.as_double()),
            )
            for c in instruments
            if isinstance(c, OptionContract)
        ],
        faults,
    )
    if any(q.ts_event != q.ts_init for q in quotes):
        faults.append("a quote is known at another time than it came")
    increments = {one.id: one.price_precision for one in instruments}
    if any(q.bid_price.precision != increments[q.instrument_id] for q in quotes):
        faults.append("a price has another precision than its instrument")
    started = time.time()
    run = backtest(instruments, quotes, bars)
    print(
        json.dumps(
            {
                "version": nautilus_trader.__version__,
                "instruments": len(instruments),
                "quotes": len(quotes),
                "bars": len(bars),
                "load_s": loaded,
                "run_s": time.time() - started,
                "faults": faults[:FAULTS_SHOWN],
                "fault_count": len(faults),
                "run": run,
            }
        )
    )


main(*sys.argv[1:])
