"""Prices options of standard input (JSON lines) with QuantLib and writes one JSON line for each.

Years are fractions of a day for options that expire today, and QuantLib counts in days. A price depends on time only by
sigma^2 T, r T, q T and the fractions of T at which dividends are paid: every option is therefore priced as one of GRID_DAYS
days with its rates and volatility scaled. The ex-dates given are whole fractions of GRID_DAYS.
"""
import json
import math
import sys

import QuantLib as ql

GRID_DAYS = 3650
TODAY = ql.Date(2, 1, 2026)
COUNT = ql.Actual365Fixed()
CALENDAR = ql.NullCalendar()
T_GRID = int(sys.argv[1])
X_GRID = int(sys.argv[2])
VOL_BUMP = 0.01

ql.Settings.instance().evaluationDate = TODAY


def process_of(option, vol, spot=None):
    scale = option["years"] / (GRID_DAYS / 365)
    curve = lambda rate: ql.YieldTermStructureHandle(ql.FlatForward(TODAY, rate * scale, COUNT))
    surface = ql.BlackVolTermStructureHandle(
        ql.BlackConstantVol(TODAY, CALENDAR, vol * math.sqrt(scale), COUNT)
    )
    quote = ql.QuoteHandle(ql.SimpleQuote(option["spot"] if spot is None else spot))
    return ql.BlackScholesMertonProcess(quote, curve(option["yield"]), curve(option["rate"]), surface), scale


def dividends_of(option):
    days = [round(one["fraction"] * GRID_DAYS) for one in option["dividends"]]
    amounts = [one["amount"] for one in option["dividends"]]
    return ql.DividendVector([TODAY + day for day in days], amounts)


def vanilla(option, exercise):
    kind = ql.Option.Call if option["right"] == "C" else ql.Option.Put
    return ql.VanillaOption(ql.PlainVanillaPayoff(kind, option["strike"]), exercise)


def european(option, vol, spot=None):
    process, scale = process_of(option, vol, spot)
    priced = vanilla(option, ql.EuropeanExercise(TODAY + GRID_DAYS))
    if option["dividends"]:
        priced.setPricingEngine(ql.AnalyticDividendEuropeanEngine(process, dividends_of(option)))
    else:
        priced.setPricingEngine(ql.AnalyticEuropeanEngine(process))
    return priced, scale


def american(option, vol, finer=(1, 1)):
    process, scale = process_of(option, vol)
    priced = vanilla(option, ql.AmericanExercise(TODAY, TODAY + GRID_DAYS))
    engine = ql.FdBlackScholesVanillaEngine(
        process,
        dividends_of(option),
        finer[0] * T_GRID,
        finer[1] * X_GRID,
        4,
        ql.FdmSchemeDesc.CrankNicolson(),
        False,
        -ql.nullDouble(),
        ql.FdBlackScholesVanillaEngine.Escrowed,
    )
    priced.setPricingEngine(engine)
    return priced, scale


def second_order(option):
    """Central differences of the closed form, in the units of our second-order greeks."""
    vol, spot = option["vol"], option["spot"]
    bump = 0.02 * spot * vol * math.sqrt(option["years"])

    def delta(**change):
        moved = {**option, **change}
        up = european(moved, moved["vol"], spot + bump)[0].NPV()
        down = european(moved, moved["vol"], spot - bump)[0].NPV()
        return (up - down) / (2 * bump)

    def price(**change):
        moved = {**option, **change}
        return european(moved, moved["vol"])[0].NPV()

    step = 1e-2 * vol
    later, sooner = 1.001 * option["years"], 0.999 * option["years"]
    return {
        "rho": (price(rate=option["rate"] + 1e-5) - price(rate=option["rate"] - 1e-5)) / 2e-5 / 100,
        "vanna": (delta(vol=vol + step) - delta(vol=vol - step)) / (2 * step) / 100,
        "volga": (price(vol=vol + step) - 2 * price() + price(vol=vol - step)) / step**2 / 1e4,
        "charm": (delta(years=sooner) - delta(years=later)) / (later - sooner) / 365,
    }


def answer(option):
    vol = option["vol"]
    if option["style"] == "european":
        priced, scale = european(option, vol)
        found = {
            "price": priced.NPV(),
            "delta": priced.delta(),
            "gamma": priced.gamma(),
            "vega": european(option, vol + 1e-4)[0].NPV() - european(option, vol - 1e-4)[0].NPV(),
        }
        # Per point of volatility.
        found["vega"] *= 0.01 / 2e-4
        if not option["dividends"]:
            found["theta"] = priced.theta() / scale / 365
            found.update(second_order(option))
        return found
    priced, scale = american(option, vol)
    wild = american(option, vol + VOL_BUMP)[0]
    found = {
        "price": priced.NPV(),
        "delta": priced.delta(),
        "gamma": priced.gamma(),
        "theta": priced.theta() / scale / 365,
        "vega": wild.NPV() - priced.NPV(),
        "european": european(option, vol)[0].NPV(),
    }
    if option["second"]:
        calm = max(vol / 2, vol - VOL_BUMP)
        found["vanna"] = (wild.delta() - american(option, calm)[0].delta()) / (vol + VOL_BUMP - calm) / 100
        high, low = ({**option, "rate": option["rate"] + change} for change in (2e-3, -2e-3))
        # The grid moves with the rate: deep in the money 400 steps are off by a tenth of a rho, these by a thousandth.
        priced_at = [american(bumped, vol, finer=(2, 4))[0].NPV() for bumped in (high, low)]
        found["rho"] = (priced_at[0] - priced_at[1]) / 0.4
    return found


for line in sys.stdin:
    try:
        found = answer(json.loads(line))
    except RuntimeError as error:
        found = {"error": str(error)}
    print(json.dumps({"version": ql.__version__, **found}), flush=True)
