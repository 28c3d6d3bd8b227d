#!/usr/bin/env python3
"""Components that real toolchains build from the sources here, on the airwasm command.

  run.py --airwasm PROGRAM --work FOLDER --toolchains FOLDER NAME    builds and runs one; exit status 77 where its toolchain is absent
  run.py --list                                                      the names

The toolchains are packages of npm and PyPI that `tools/dev toolchains` installs into a folder: componentize-js with the WIT of
WASI, componentize-py.
"""
import argparse
import contextlib
import glob
import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77
REQUESTS = 10000
CONCURRENCY = 64


class Absent(Exception):
    """A toolchain that is not installed."""


class Failed(Exception):
    """What airwasm did was not what it had to do."""


def need(path):
    if not os.path.exists(path):
        raise Absent(path + " (see `tools/dev toolchains`)")
    return path


class Builder:
    """Builds each component once into the work folder."""

    def __init__(self, options):
        self.options = options
        self.modules = os.path.join(options.toolchains, "node_modules", "@bytecodealliance")
        self.python = os.path.join(options.toolchains, "python", "bin", "componentize-py")

    def wit(self, version):
        """The worlds of this folder beside the packages of WASI, all of them at `version`."""
        packages = need(os.path.join(self.modules, "jco", "lib", "wit", "builtin", "0.2.12"))
        folder = os.path.join(self.options.work, "wit-" + version)
        if not os.path.exists(folder):
            scratch = tempfile.mkdtemp(dir=self.options.work)
            shutil.copytree(packages, os.path.join(scratch, "deps"))
            shutil.copy(os.path.join(HERE, "worlds.wit"), scratch)
            for path in glob.glob(scratch + "/**/*.wit", recursive=True):
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text.replace("0.2.12", version))
            with contextlib.suppress(OSError):
                os.rename(scratch, folder)
        return folder

    def build(self, source, out, command):
        newest = max(os.path.getmtime(os.path.join(HERE, name)) for name in (source, "worlds.wit"))
        if os.path.exists(out) and os.path.getmtime(out) > newest:
            return out
        done = subprocess.run(command + [out + ".part"], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed("cannot build: " + " ".join(command) + "\n" + (done.stdout + done.stderr)[-3000:])
        os.rename(out + ".part", out)
        return out

    def javascript(self, name, world, version="0.2.12"):
        node = shutil.which("node")
        if not node:
            raise Absent("node")
        tool = need(os.path.join(self.modules, "componentize-js", "src", "cli.js"))
        source = os.path.join(HERE, name + ".js")
        out = os.path.join(self.options.work, name + ".js.wasm")
        return self.build(name + ".js", out, [node, tool, source, "-w", self.wit(version), "-n", world, "-o"])

    def py(self, name, world):
        tool = need(self.python)
        out = os.path.join(self.options.work, name + ".py.wasm")
        return self.build(name + ".py", out,
                          [tool, "-d", self.wit("0.2.12"), "-w", world, "componentize", "-p", HERE, name, "-o"])


def expect(what, expected, actual):
    if expected != actual:
        raise Failed(f"{what}: expected\n{expected}\nbut found\n{actual}")


def run(options, arguments, text="", code=0):
    done = subprocess.run([options.airwasm, *arguments], input=text, capture_output=True, text=True, timeout=600)
    if done.returncode != code:
        raise Failed(f"airwasm {' '.join(arguments)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


# What command.js and command.py print; they differ in how they ask, and so in the words of errors.
COMMAND = """\
args ["one","zwei Wörter"]
env A=1
env TZ=UTC
stdin "some input\\nü"
preopen /
size 32
content "first line\\nzweite Zeile: äöü\\n"
entries regular-file kept.txt
{opens}
clock true
random 32 true
"""


def command(options, component, opens, last, stderr):
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        given = ["run", "--dir", folder + "::/", "--env", "A=1", "--env", "TZ=UTC", component, "one", "zwei Wörter"]
        out, err = run(options, given, "some input\nü")
        expect("its output", COMMAND.format(opens=opens) + last, out)
        expect("its standard error", stderr, err)
        with open(os.path.join(folder, "drawer", "kept.txt"), encoding="utf-8") as file:
            expect("the file that it left", "first line\nzweite Zeile: äöü\n", file.read())


def js_command(options):
    opens = "open ../outside: not-permitted\nopen /etc/passwd: not-permitted\nopen absent: no-entry"
    command(options, Builder(options).javascript("command", "command"), opens, "console speaks\n", "done\n")


def py_command(options):
    opens = ("open /../outside: Operation not permitted\nopen /etc/passwd: No such file or directory\n"
             "open /absent: No such file or directory")
    command(options, Builder(options).py("command", "command"), opens, "", "done\n")


def composition(options):
    builder = Builder(options)
    report, counter = builder.javascript("report", "report"), builder.py("counter", "counter")
    expected = "2 ein\n1 wort\n1 zweites\n"
    both = os.path.join(options.work, "both.wasm")
    words = ["Ein", "Wort", "ein", "zweites"]
    expect("two components, linked when loaded", expected, run(options, ["run", "--plug", counter, report, *words])[0])
    run(options, ["compose", report, "--plug", counter, "-o", both])
    expect("two components in one file", expected, run(options, ["run", both, *words])[0])


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = ("seen " + self.path).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class UpstreamServer(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


@contextlib.contextmanager
def serving(options, arguments):
    """airwasm serve; gives its base URL, and sees that it ends well."""
    server = subprocess.Popen([options.airwasm, "serve", "--addr", "127.0.0.1:0", *arguments], stderr=subprocess.PIPE, text=True)
    lines = []
    try:
        first = server.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        if not found:
            raise Failed("the first line of airwasm serve names no address: " + first + server.stderr.read())
        reader = threading.Thread(target=lambda: lines.extend(server.stderr), daemon=True)
        reader.start()
        yield found.group(0)
        server.send_signal(signal.SIGINT)
        expect("exit status of airwasm serve after SIGINT", 0, server.wait(timeout=60))
    except Failed as failed:
        raise Failed(f"{failed}\nthe last lines of airwasm serve:\n" + "".join(lines[-20:])) from None
    finally:
        server.kill()
        server.wait()


def curl(*arguments, body=""):
    command = ["curl", "-sS", "--max-time", "120", *arguments]
    return subprocess.run(command, input=body, capture_output=True, text=True).stdout


def load(url):
    """REQUESTS requests of ab, CONCURRENCY at a time."""
    done = subprocess.run(["ab", "-q", "-k", "-s", "120", "-n", str(REQUESTS), "-c", str(CONCURRENCY), url],
                          capture_output=True, text=True)
    numbers = dict(re.findall(r"^([A-Z][^:\n]*):\s+(\d+)", done.stdout, re.M))
    if done.returncode != 0 or numbers.get("Complete requests") != str(REQUESTS) or numbers.get("Failed requests") != "0" \
            or "Non-2xx responses" in numbers:
        raise Failed(f"ab {url}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    print(f"{url}: {REQUESTS} requests, {CONCURRENCY} at a time, no error, {numbers.get('Requests per second')} a second")


def js_handler(options):
    for tool in ("curl", "ab"):
        if not shutil.which(tool):
            raise Absent(f"{tool} (curl, apache2-utils)")
    # The engine of componentize-js answers fetch events for the version that it was built with.
    component = Builder(options).javascript("handler", "handler", version="0.2.10")
    upstream = UpstreamServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    beyond = f"http://127.0.0.1:{upstream.server_address[1]}/beyond"
    with serving(options, ["-S", "http", component]) as base:
        expect("/hello", "hello from GET ?a=b", curl(base + "/hello?a=b"))
        expect("a header", "yes", curl("-o", "/dev/null", "-w", "%header{x-answer}", base + "/hello"))
        body = "äöü " * 50000
        expect("/echo", body, curl("--data-binary", "@-", base + "/echo", body=body))
        expect("its status", "201", curl("-o", "/dev/null", "-w", "%{http_code}", "-d", "x", base + "/echo"))
        expect("/absent", "404", curl("-o", "/dev/null", "-w", "%{http_code}", base + "/absent"))
        expect("/proxy", "upstream said: seen /beyond", curl(f"{base}/proxy?{beyond}"))
        load(base + "/hello")
        load(f"{base}/proxy?{beyond}")
    upstream.shutdown()


PROGRAMS = {"js_command": js_command, "py_command": py_command, "composition": composition, "js_handler": js_handler}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--airwasm")
    parser.add_argument("--work")
    parser.add_argument("--toolchains", default=os.environ.get("AIRWASM_TOOLCHAINS", ""))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("name", nargs="?", choices=PROGRAMS)
    options = parser.parse_args()
    if options.list:
        print("\n".join(PROGRAMS))
        return 0
    options.work = os.path.abspath(options.work)
    os.makedirs(options.work, exist_ok=True)
    try:
        PROGRAMS[options.name](options)
    except Absent as absent:
        print(f"skipped: there is no {absent}")
        return SKIPPED
    except Failed as failed:
        print(failed)
        return 1
    print(f"{options.name}: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
