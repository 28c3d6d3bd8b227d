#!/usr/bin/env python3
"""`airwasm serve` with handler.wat: many requests at a time, requests that go on to another server, guests that
misbehave, and stopping.

  serve_test.py AIRWASM [REQUESTS]     REQUESTS of each sort of load (10000), 64 at a time
"""
import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CONNECTIONS = 64
PATIENCE = 240  # seconds for anything: a machine may be slow, but a test ends


class Server:
    """One `airwasm serve`."""

    def __init__(self, airwasm, component, *flags):
        # A file: a pipe that nobody reads would stop the server at its log.
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([airwasm, "serve", "--addr", "127.0.0.1:0", *flags, component],
                                        stderr=self.log, stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while b"\n" not in self.read_log() and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        match = re.match(r"Serving HTTP on http://(127\.0\.0\.1):(\d+)/\n", self.read_log().decode())
        if not match:
            self.process.kill()
            raise AssertionError(f"the first line is missing: {self.read_log()!r}")
        self.port = int(match.group(2))
        self.authority = f"127.0.0.1:{self.port}"

    def read_log(self):
        return os.pread(self.log.fileno(), 1 << 26, 0)

    def stop(self, number=signal.SIGINT):
        """The exit code, and what followed the first line."""
        self.process.send_signal(number)
        self.process.wait(timeout=PATIENCE)
        return self.process.returncode, self.read_log().decode().split("\n", 1)[1]

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()


async def read_response(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    status = int(head.split(" ", 2)[1])
    length = re.search(r"\r\ncontent-length: (\d+)\r\n", head)
    if length:
        return status, await reader.readexactly(int(length.group(1)))
    assert "transfer-encoding: chunked" in head, head
    body = b""
    while True:
        size = int(await reader.readuntil(b"\r\n"), 16)
        chunk = await reader.readexactly(size + 2)
        if size == 0:
            return status, body
        body += chunk[:-2]


async def ask(server, path, body=None):
    """One request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    length = "" if body is None else f"Content-Length: {len(body)}\r\n"
    method = "GET" if body is None else "POST"
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: {server.authority}\r\n{length}\r\n".encode() + (body or b""))
    try:
        return await asyncio.wait_for(read_response(reader), PATIENCE)
    finally:
        writer.close()


async def load(server, path, requests, expected):
    """`requests` requests over CONNECTIONS connections that stay open; each has to be answered with `expected`."""
    request = f"GET {path} HTTP/1.1\r\nHost: {server.authority}\r\n\r\n".encode()

    async def client(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for _ in range(count):
            writer.write(request)
            answer = await asyncio.wait_for(read_response(reader), PATIENCE)
            assert answer == expected, f"{path}: {answer}"
        writer.close()

    shares = [requests // CONNECTIONS + (1 if i < requests % CONNECTIONS else 0) for i in range(CONNECTIONS)]
    await asyncio.gather(*(client(share) for share in shares))


def expect(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what}: {found}, expected {expected}")
    print(f"ok: {what}")


class Metrics:
    """Where a server that serves them says how it is, as far as `ask` wants to know."""

    def __init__(self, server):
        self.authority = re.search(r"Serving metrics on http://([0-9.:]+)/", server.read_log().decode()).group(1)
        self.port = int(self.authority.rsplit(":", 1)[1])

    async def watch(self, work):
        """Asks again and again while `work` goes on; what it was told last."""
        working = asyncio.ensure_future(work)
        while not working.done():
            status, _ = await ask(self, "/metrics")
            assert status == 200, status
            await asyncio.sleep(0.01)
        await working
        return (await ask(self, "/metrics"))[1].decode()


# A request of /hello is as many calls of functions that ask for a class.
CALLS_OF_HELLO = 8


def run_recorded(airwasm, component, requests):
    """On record, within quotas, and with somebody who watches: what many threads have a hand in."""
    audit = component + ".jsonl"
    with Server(airwasm, component, "--no-access-log", "--metrics", "127.0.0.1:0", "--audit", audit,
                "--quota", "memory=64MiB,cpu-time=60s,wall-time=120s,host-bytes=8MiB,handles=100") as server:
        end = time.monotonic() + PATIENCE
        while server.read_log().count(b"\n") < 2 and time.monotonic() < end:
            time.sleep(0.02)
        told = asyncio.run(Metrics(server).watch(load(server, "/hello", requests, (200, b"hello\n"))))
        counted = re.search(r"^airwasm_requests_total\S* (\d+)$", told, re.MULTILINE)
        expect("requests are counted", counted and int(counted.group(1)), requests)
        expect("recorded requests, then SIGINT", server.stop()[0], 0)
    verified = subprocess.run([airwasm, "audit", "verify", audit], capture_output=True, text=True, timeout=PATIENCE)
    expect("each decision is on record", (verified.returncode, verified.stdout),
           (0, f"OK: {CALLS_OF_HELLO * requests} decisions in 1 file, closed\n"))


def run(airwasm, component, requests):
    hello = (200, b"hello\n")
    with Server(airwasm, component) as server:
        asyncio.run(load(server, "/hello", requests, hello))
        code, log = server.stop()
        expect("an instance for each request, then SIGINT", (code, log.count("GET /hello 200 ")), (0, requests))

    with Server(airwasm, component, "--reuse", "1000", "--no-access-log") as server:
        asyncio.run(load(server, "/hello", requests, hello))
        expect("instances used again, then SIGTERM", server.stop(signal.SIGTERM), (0, ""))

    with Server(airwasm, component, "--no-access-log") as upstream, \
         Server(airwasm, component, "--no-access-log", "-S", "http") as server:
        asyncio.run(load(server, "/proxy?" + upstream.authority, requests, hello))
        expect("requests that go on to another server", (server.stop(), upstream.stop()), ((0, ""), (0, "")))

    with Server(airwasm, component, "--no-access-log") as server:
        big = bytes(range(256)) * 20_000
        expect("a large body", asyncio.run(ask(server, "/echo", big)) == (200, big), True)
        # Nobody gave the guest the right to ask others.
        expect("no outgoing requests", asyncio.run(ask(server, "/proxy?" + server.authority)), (500, b""))
        expect("a trap", asyncio.run(ask(server, "/trap")), (500, b""))
        expect("no response", asyncio.run(ask(server, "/none")), (500, b""))
        expect("and it goes on", asyncio.run(ask(server, "/hello")), hello)
        code, log = server.stop()
        expect("all of that is told", (code, "unreachable" in log,
                                       "without a response" in log), (0, True, True))

    with Server(airwasm, component, "--no-access-log", "--quota", "host-bytes=100KiB") as server:
        # Its head is there twice: as the server has read it, and as the guest gets it.
        expect("a head that fits", asyncio.run(ask(server, "/none?" + "x" * 10_000)), (500, b""))
        expect("a head that fits once only", asyncio.run(ask(server, "/none?" + "x" * 52_000)), (500, b""))
        code, log = server.stop()
        expect("which the log says", (code, log.count("without a response"),
                                      log.count("was not called: quota host-bytes of 100KiB is used up")), (0, 1, 1))

    with Server(airwasm, component, "--no-access-log", "-W", "timeout=200ms") as server:
        expect("a guest that does not end", asyncio.run(ask(server, "/spin")), (504, b""))
        expect("and others do", asyncio.run(ask(server, "/hello")), hello)
        expect("stopping after that", server.stop()[0], 0)

    with Server(airwasm, component, "--no-access-log", "--shutdown-timeout", "0.1") as server:
        async def stop_during_request():
            asking = asyncio.create_task(ask(server, "/spin"))
            await ask(server, "/hello")  # behind it: the other has been read by then, as far as anyone can tell
            loop = asyncio.get_running_loop()
            code, _ = await loop.run_in_executor(None, server.stop)
            try:
                await asking
            except (asyncio.IncompleteReadError, ConnectionError):
                return code
            return "it was answered"

        expect("a guest that does not end when the server has to", asyncio.run(stop_during_request()), 0)


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    airwasm = sys.argv[1]
    requests = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        module, component = os.path.join(folder, "handler.core.wasm"), os.path.join(folder, "handler.wasm")
        wit, wat = os.path.join(HERE, "handler.wit"), os.path.join(HERE, "handler.wat")
        subprocess.run([airwasm, "component", "embed", wit, wat, "-o", module], check=True)
        subprocess.run([airwasm, "component", "new", module, "-o", component], check=True)
        run(airwasm, component, requests)
        run_recorded(airwasm, component, requests // 4)
    return 0


if __name__ == "__main__":
    sys.exit(main())
