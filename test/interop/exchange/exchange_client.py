"""A client of the exchange protocol, written from its description alone: it knows nothing of optionlake.

It plays one whole run: every ten steps it crosses the spread, alternately buying at the ask and selling at the bid, and
between it keeps one order resting and replaces it. It keeps its own account from the fills, and prints it as JSON.

With --secure it uses https and wss, and verifies the server with the certificates of the file in REQUESTS_CA_BUNDLE.
"""

import argparse
import json
import os
import select
import ssl
import threading

import requests
import websocket


class Account:
    """What the client knows from its fills and snapshots."""

    def __init__(self):
        self.inventory = 0
        self.cash = 0.0
        self.max_inventory = 0
        self.mid = None
        self.steps = 0
        self.snapshots = 0
        self.skipped = 0
        self.fills = 0
        self.errors = []

    def on_snapshot(self, data):
        if self.snapshots > 0 and data["step"] != self.steps + 1:
            self.skipped += 1
        self.snapshots += 1
        self.steps = data["step"]
        if data["bid"] > 0 and data["ask"] > 0:
            self.mid = (data["bid"] + data["ask"]) / 2

    def on_answer(self, data):
        if data["type"] == "ERROR":
            self.errors.append(data["message"])
        elif data["type"] == "FILL":
            sign = 1 if data["side"] == "BUY" else -1
            self.fills += 1
            self.inventory += sign * data["qty"]
            self.cash -= sign * data["qty"] * data["price"]
            self.max_inventory = max(self.max_inventory, abs(self.inventory))


class Strategy:
    """The messages that answer a snapshot."""

    def __init__(self):
        self.resting = None

    def decide(self, data):
        step, bid, ask = data["step"], data["bid"], data["ask"]
        if step % 10 != 0 or bid <= 0 or ask <= 0:
            return
        if self.resting is not None:
            yield {"action": "CANCEL", "order_id": self.resting}
        is_buy = (step // 10) % 2 == 0
        yield {
            "order_id": f"ORD_{step}_0",
            "side": "BUY" if is_buy else "SELL",
            "price": round(ask if is_buy else bid, 2),
            "qty": 100,
        }
        self.resting = f"ORD_{step}_1"
        yield {"order_id": self.resting, "side": "BUY", "price": round(bid - 5, 2), "qty": 100}


def register(args):
    http = "https" if args.secure else "http"
    response = requests.get(
        f"{http}://{args.host}/api/replays/{args.scenario}/start",
        headers={"Authorization": f"Bearer {args.name}", "X-Team-Password": args.password},
        timeout=10,
    )
    if response.status_code != 200:
        raise SystemExit(f"start was answered with {response.status_code}: {response.text}")
    return response.json()


def addresses(args, run):
    ws = "wss" if args.secure else "ws"
    return (
        f"{ws}://{args.host}/api/ws/market?run_id={run['run_id']}",
        f"{ws}://{args.host}/api/ws/orders?token={run['token']}&run_id={run['run_id']}",
    )


def tls_options(args):
    if not args.secure:
        return None
    return {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": os.environ["REQUESTS_CA_BUNDLE"]}


def play_synchronously(args, run, account):
    """One thread: reads a snapshot, then whatever answers have come, then decides."""
    market_url, orders_url = addresses(args, run)
    market = websocket.create_connection(market_url, sslopt=tls_options(args), timeout=30)
    orders = websocket.create_connection(orders_url, sslopt=tls_options(args), timeout=30)
    hello = [json.loads(market.recv())["type"], json.loads(orders.recv())["type"]]
    strategy = Strategy()

    def has_answer():
        pending = getattr(orders.sock, "pending", None)
        if pending is not None and pending() > 0:
            return True
        return bool(select.select([orders.sock], [], [], 0)[0])

    def read_answer():
        text = orders.recv()
        if text:
            account.on_answer(json.loads(text))
        return bool(text)

    while True:
        try:
            text = market.recv()
        except websocket.WebSocketConnectionClosedException:
            break
        if not text:
            break
        data = json.loads(text)
        account.on_snapshot(data)
        while has_answer():
            if not read_answer():
                break
        try:
            for message in strategy.decide(data):
                orders.send(json.dumps(message))
            orders.send(json.dumps({"action": "DONE"}))
        except (websocket.WebSocketConnectionClosedException, OSError):
            break
    try:
        while read_answer():
            pass
    except (websocket.WebSocketConnectionClosedException, OSError):
        pass
    market.close()
    orders.close()
    return hello


def play_in_threads(args, run, account):
    """One thread for each socket, as many clients do it."""
    market_url, orders_url = addresses(args, run)
    strategy = Strategy()
    hello = []
    ended = threading.Event()

    def on_orders(_, text):
        data = json.loads(text)
        if data["type"] == "AUTHENTICATED":
            hello.append(data["type"])
        account.on_answer(data)

    def on_market(_, text):
        data = json.loads(text)
        if data["type"] == "CONNECTED":
            hello.append(data["type"])
            return
        account.on_snapshot(data)
        try:
            for message in strategy.decide(data):
                orders.send(json.dumps(message))
            orders.send(json.dumps({"action": "DONE"}))
        except websocket.WebSocketConnectionClosedException:
            pass

    orders = websocket.WebSocketApp(orders_url, on_message=on_orders, on_close=lambda *_: ended.set())
    market = websocket.WebSocketApp(market_url, on_message=on_market)
    for socket in (market, orders):
        threading.Thread(target=lambda one=socket: one.run_forever(sslopt=tls_options(args)), daemon=True).start()
    if not ended.wait(timeout=600):
        raise SystemExit("the run did not end")
    market.close()
    return hello


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--scenario", default="normal_market")
    parser.add_argument("--host", default="localhost:8080")
    parser.add_argument("--secure", action="store_true")
    parser.add_argument("--threads", action="store_true")
    args = parser.parse_args()
    account = Account()
    run = register(args)
    hello = (play_in_threads if args.threads else play_synchronously)(args, run, account)
    http = "https" if args.secure else "http"
    headers = {"Authorization": f"Bearer {args.name}", "X-Team-Password": args.password}
    stored = requests.get(
        f"{http}://{args.host}/api/replays/{args.scenario}/my-runs", headers=headers, timeout=10
    ).json()["runs"][-1]
    mark = account.inventory * (account.mid or 0)
    print(
        json.dumps(
            {
                "hello": sorted(hello),
                "duration_sec": run["duration_sec"],
                "steps": account.steps,
                "snapshots": account.snapshots,
                "skipped": account.skipped,
                "fills": account.fills,
                "errors": account.errors[:5],
                "inventory": account.inventory,
                "max_inventory": account.max_inventory,
                "pnl": round(account.cash + mark, 2),
                "same_run": stored["run_id"] == run["run_id"],
                "stored": stored,
            }
        )
    )


main()
