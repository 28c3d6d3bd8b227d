#!/usr/bin/env python3
"""What `airwasm audit` says of logs: output and exit codes, word for word.

  audit_test.py AIRWASM [NAME...]    runs all cases, or those of the names

The logs are made here, by what security/audit/line.h and head.h say of their form; so the format is written down twice.
"""
import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

AIRWASM = os.path.abspath(sys.argv[1])
ZERO = bytes(32)
FIELDS = ["seq", "time", "component", "instance", "function", "class", "object", "object_bytes", "decision", "rule", "backtrace",
          "backtrace_bytes", "prev"]


def sha256(data):
    return hashlib.sha256(data).digest()


class Log:
    """A log that grows as ours does; `head()` writes what it knows by then."""

    def __init__(self, path):
        self.path, self.seq, self.prev, self.first, self.last, self.anchor = path, 0, ZERO, 1, 0, (0, ZERO)
        open(path, "wb").close()

    def add(self, decision="allow", **fields):
        self.seq += 1
        line = {"seq": self.seq, "time": f"2026-08-18T09:30:{self.seq % 60:02}.000000123Z", "component": "shop", "instance": 3,
                "function": "wasi:filesystem/types@0.2.0#[method]descriptor.read", "class": "fs.read", "object": f"/srv/f{self.seq}",
                "decision": decision, "rule": "--allow fs.read:/srv/**" if decision == "allow" else "",
                "backtrace": "" if decision == "allow" else "0: shop!read\n1: shop!_start", "prev": self.prev.hex(), **fields}
        text = json.dumps({name: line[name] for name in FIELDS if name in line}, separators=(",", ":")).encode()
        with open(self.path, "ab") as file:
            file.write(text + b"\n")
        self.prev = sha256(text)
        return self

    def rotate(self):
        self.last += 1
        os.rename(self.path, f"{self.path}.{self.last}")
        open(self.path, "wb").close()
        return self

    def head(self, closed=True, key=None, refused=0, lost=0):
        body = struct.pack("<16sIIIIQ32sQQ32sQQ56x", b"airwasm audit 2\n", closed | (2 if key else 0), self.first, self.last, 0, self.seq,
                           self.prev, os.path.getsize(self.path), *self.anchor, refused, lost)
        assert len(body) == 192
        body += sha256(body)
        body += hashlib.blake2b(body, digest_size=32, key=key).digest() if key else ZERO
        with open(self.path + ".head", "wb") as file:
            file.write(body)
        return self


def audit(*words):
    done = subprocess.run([AIRWASM, "audit", *words], capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def check(found, expected):
    if found != expected:
        raise AssertionError(f"\n  found    {found!r}\n  expected {expected!r}")


def path_in(tmp):
    return os.path.join(tmp, "log")


def verify_whole(tmp):
    path = path_in(tmp)
    Log(path).head()
    check(audit("verify", path), (0, "OK: 0 decisions in 1 file, closed\n", ""))
    log = Log(path).add().head()
    check(audit("verify", path), (0, "OK: 1 decision in 1 file, closed\n", ""))
    log.add("deny").rotate().add().add().rotate().head()
    check(audit("verify", path), (0, "OK: 4 decisions in 3 files, closed\n", ""))
    log.add(object='a"\\\n\x1b\u202e').head()
    check(audit("verify", path), (0, "OK: 5 decisions in 3 files, closed\n", ""))


def verify_broken(tmp):
    path = path_in(tmp)
    Log(path).add().add().add().head()
    with open(path, "rb") as file:
        whole = file.read()
    lines = whole.splitlines(keepends=True)
    for change, problem in (
            (whole.replace(b"/srv/f2", b"/srv/f7"), ":2: the line was changed (seq 2): the next one has the hash of another line"),
            (whole.replace(b"/srv/f3", b"/srv/f7"), ":3: the line was changed: it is not the one that the head knows"),
            (whole.replace(b'"allow"', b'"ALLOW"', 1), ":1: byte 196 is none that the log writes there"),
            (lines[0] + lines[2], ":2: lines are missing before this one: seq goes from 1 to 3"),
            (lines[0] + lines[1], ":3: lines are missing at the end: the last one has seq 2, the head says 3"),
            (whole[:-9], ":3: the line does not end"),
            (lines[1] + lines[2], ":1: the log does not begin here: seq is 2, and lines before it are missing or it was changed")):
        with open(path, "wb") as file:
            file.write(change)
        check(audit("verify", path), (1, f"BROKEN: {path}{problem}\n", ""))
    os.unlink(path + ".head")
    check(audit("verify", path), (1, f"BROKEN: {path}.head: '{path}.head' is missing\n", ""))


def verify_gaps(tmp):
    path = path_in(tmp)
    Log(path).add().add().head(closed=False).add()
    with open(path, "ab") as file:
        file.write(b'{"seq":')
    not_closed = ("INCOMPLETE: 3 decisions in 1 file, not closed\n"
                  "not closed: its process was killed, and up to a ring of decisions for each of its threads is missing at the end\n"
                  "not closed: of a line after the last one, 7 bytes are there\n"
                  "not closed: the last 1 line is not in the head, so only their form speaks for them\n")
    check(audit("verify", path), (1, not_closed, ""))
    check(audit("verify", path, "--accept-gaps"), (0, not_closed, ""))
    log = Log(path).add()
    log.add("deny", **{"class": "audit-log"}, component="", instance=0, function="not-closed", object="", backtrace="").head(refused=2, lost=1)
    check(audit("verify", path),
          (1, "INCOMPLETE: 1 decision in 1 file, closed\n"
              "killed before: 1 time, where a line of class audit-log says so\n"
              "refused: 2 decisions could not be kept, and their calls failed\n"
              "lost: 1 decision could not be written before the log was closed\n", ""))


def verify_removed_files(tmp):
    path = path_in(tmp)
    log = Log(path).add().add()
    log.anchor = (log.seq, log.prev)
    log.rotate().add().rotate().add()
    log.first = 2
    log.head()
    os.unlink(path + ".1")
    check(audit("verify", path), (0, "OK: 2 decisions in 2 files, closed, from seq 3 on: older files were removed\n", ""))
    os.unlink(path + ".2")
    check(audit("verify", path),
          (1, f"BROKEN: {path}:1: the log does not begin here: seq is 4, and lines before it are missing or it was changed\n", ""))


def verify_keys(tmp):
    path = path_in(tmp)
    for name, key in (("right", b"r" * 32), ("wrong", b"w" * 32), ("short", b"s")):
        with open(os.path.join(tmp, name), "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(key)
    right, wrong, short = (os.path.join(tmp, name) for name in ("right", "wrong", "short"))
    log = Log(path).add().head(key=b"r" * 32)
    ok = "OK: 1 decision in 1 file, closed\n"
    check(audit("verify", path, "--key", right), (0, ok, ""))
    check(audit("verify", path),
          (0, ok + "sealed: --key would tell whether the head, and so the end, is the writer's own\n", ""))
    check(audit("verify", path, "--key", wrong),
          (1, f"BROKEN: {path}.head: the head file was not written with this key: it is another key's, or forged\n", ""))
    check(audit("verify", path, "--key", short),
          (1, "", f"airwasm: error: key '{short}': it has to be of 32 bytes (head -c 32 /dev/urandom)\n"))
    os.chmod(right, 0o644)
    check(audit("verify", path, "--key", right),
          (1, "", f"airwasm: error: key '{right}': other users can read or change it (chmod 600 makes it safe)\n"))
    os.chmod(right, 0o600)
    log.head()
    check(audit("verify", path, "--key", right), (1, f"BROKEN: {path}.head: the head file is not sealed with a key\n", ""))


ALLOW = "2026-08-18T09:30:{:02}.000000123Z  allow  fs.read      {}  [shop#3 wasi:filesystem/types@0.2.0#[method]descriptor.read]  by --allow fs.read:/srv/**\n"
DENY = "2026-08-18T09:30:{:02}.000000123Z  deny   {}  {}  [{}#3 {}]\n    0: shop!read\n    1: shop!_start\n"
READ = "wasi:filesystem/types@0.2.0#[method]descriptor.read"


def show(tmp):
    path = path_in(tmp)
    log = Log(path).add().rotate().add("deny", object="/etc/passwd")
    log.add("deny", component="mail", function="wasi:sockets/tcp#connect", object="tcp:db:5432 (10.0.0.7)", **{"class": "net.connect"})
    log.add(object="/srv/\x1b[2J\n").add(object="x" * 20, object_bytes=5000).head()
    lines = [ALLOW.format(1, "/srv/f1"), DENY.format(2, "fs.read    ", "/etc/passwd", "shop", READ),
             DENY.format(3, "net.connect", "tcp:db:5432 (10.0.0.7)", "mail", "wasi:sockets/tcp#connect"),
             ALLOW.format(4, "/srv/\\u001b[2J\\n"), ALLOW.format(5, "x" * 20 + "... (5000 bytes)")]
    with open(path + ".1") as first, open(path) as second:
        raw = first.readlines() + second.readlines()
    for options, wanted in (
            ([], [0, 1, 2, 3, 4]),
            (["--decision", "deny"], [1, 2]),
            (["--decision", "allow", "--object", "/srv/*"], [0, 3]),
            (["--class", "net.*"], [2]),
            (["--class", "fs.read", "--decision", "deny"], [1]),
            (["--component", "mail"], [2]),
            (["--component", "mai"], []),
            (["--function", "*descriptor.read"], [0, 1, 3, 4]),
            (["--object", "/srv/\x1b[2J\n"], [3]),
            (["--since", "2026-08-18T09:30:03.000000123Z"], [2, 3, 4]),
            (["--since", "2026-08-19"], [])):
        check(audit("show", path, *options), (0, "".join(lines[i] for i in wanted), ""))
        check(audit("show", path, "--json", *options), (0, "".join(raw[i] for i in wanted), ""))


def show_errors(tmp):
    path = path_in(tmp)
    check(audit("show", path), (1, "", f"airwasm: error: cannot open '{path}': No such file or directory\n"))
    check(audit("verify", path), (1, "", f"airwasm: error: cannot open '{path}': No such file or directory\n"))
    Log(path).add().head()
    with open(path, "ab") as file:
        file.write(b"{}\n")
    check(audit("show", path), (1, ALLOW.format(1, "/srv/f1"),
                                f"airwasm: error: {path}:2: byte 2 is none that the log writes there; `airwasm audit verify` says more\n"))
    for words, message in ((["show", path, "--since", "soon"], "--since: 'soon': expected a time (2026-08-18, 2026-08-18T09:30:00Z; UTC) "
                                                               "or how long ago (30s, 10m, 2h, 1d)\n"),
                           (["show"], "FILE is required\n"),
                           ([], "A subcommand is required\n"),
                           (["show", path, "--decision", "maybe"], "--decision: maybe not in {allow,deny}\n")):
        check(audit(*words), (2, "", "airwasm: error: " + message))


def follow(tmp):
    path = path_in(tmp)
    log = Log(path).add().add().head(closed=False)
    out = open(os.path.join(tmp, "out"), "w+")
    processes = [subprocess.Popen([AIRWASM, "audit", "follow", path, "--decision", "allow", "--json", *options], stdout=out)
                 for options in ([], ["--since", "2026-08-18T09:30:02"])]
    time.sleep(0.5)
    # What comes while they look, through two rotations, a line in two pieces.
    log.add("deny").add().rotate().add().head(closed=False)
    log.rotate().add()
    with open(path, "rb+") as file:
        whole = file.read()
        file.truncate(len(whole) - 20)
        time.sleep(0.3)
        file.seek(0)
        file.write(whole)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with open(out.name) as file:
            seqs = [json.loads(line)["seq"] for line in file if line.endswith("\n")]
        if len(seqs) >= 7:
            break
        time.sleep(0.05)
    check([process.poll() for process in processes], [None, None])
    for process in processes:
        process.send_signal(signal.SIGTERM)
        check(process.wait(20), -signal.SIGTERM)
    check(sorted(seqs), [2, 4, 4, 5, 5, 6, 6])


def help_is_there(_):
    for words in ([], ["verify"], ["show"], ["follow"]):
        code, out, err = audit(*words, "--help")
        check((code, err), (0, ""))
        assert len(out.splitlines()) > 8, out


CASES = [verify_whole, verify_broken, verify_gaps, verify_removed_files, verify_keys, show, show_errors, follow, help_is_there]


def main():
    wanted, failed = set(sys.argv[2:]), 0
    for case in CASES:
        if wanted and case.__name__ not in wanted:
            continue
        with tempfile.TemporaryDirectory() as tmp:
            try:
                case(tmp)
            except AssertionError as error:
                failed += 1
                print(f"--- {case.__name__}: {error}")
    print(f"{len(CASES)} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
