"""Grants of other shapes than a tree: adding only, reading only, two directories with different rights, the audit log within reach."""
import os

from attempts import FORBIDDEN, Any, Attempt, No, Ok, folder, read, write
from world import (APPEND, BADF, CANARY, CREATE, EXCL, EXIST, INVAL, ISDIR, LOOP, NOENT, NOTDIR, READ, SEEK, TRUNC, WRITE, XDEV, Escaped, Guest, differences)

ALL_RIGHTS = 0x3fffffff
FIRST, SECOND = "3", "4"
REFUSED = (*FORBIDDEN, INVAL, BADF)


def append_only():
    adding = ("open", FIRST, "log", 1, 0, ALL_RIGHTS, APPEND)
    yield Attempt("adding: is allowed", [Ok(*adding), Ok("write", "$", "more"), Ok("pread", "$", 0)])
    yield Attempt("adding: opening without the flag", [
        No(*write("log")), No("open", FIRST, "log", 1, 0, WRITE, 0), No(*write("log", 1, TRUNC)), No(*write("log", 1, TRUNC, fd_flags=APPEND)),
        No("open", FIRST, "log", 1, TRUNC, 0, APPEND), No("open", FIRST, "log", 1, CREATE | TRUNC, WRITE, APPEND)])
    yield Attempt("adding: cutting off and filling up", [
        Ok(*adding), No("setsize", "$", 0), No("setsize", "$", 3), No("setsize", "$", 1 << 20), No("allocate", "$", 0, 1 << 16), No("fdtimes", "$"), No("times", FIRST, "log", 1)])
    yield Attempt("adding: writing at a position", [Ok(*adding), Any("pwrite", "$", "XXXX", 0), Ok("seek", "$", 0, 0), Any("write", "$", "YYYY")])
    yield Attempt("adding: clearing the flag", [
        Ok(*adding), Any("setflags", "$", 0), Any("seek", "$", 0, 0), No("write", "$", "XXXX"), No("pwrite", "$", "XXXX", 0), No("setsize", "$", 0)])
    yield Attempt("adding: another name or file in its place", [
        No("unlink", FIRST, "log"), No("rename", FIRST, "log", FIRST, "old"), No("link", FIRST, "log", FIRST, "free/log"), No("rename", FIRST, "free/new", FIRST, "log"),
        No("link", FIRST, "free/new", FIRST, "log"), No("symlink", "free/new", FIRST, "log", codes=(*FORBIDDEN, EXIST))])


def read_only():
    yield Attempt("reading: is allowed", [Ok(*read("log")), Ok("read", "$"), Ok("stat", FIRST, "log", 1)])
    for flags in (CREATE, TRUNC, CREATE | TRUNC, CREATE | EXCL, EXCL | TRUNC):
        for fd_flags in (0, APPEND):
            yield Attempt(f"reading: opened with flags {flags} and {fd_flags}", [
                No(*write("log", 1, flags, fd_flags=fd_flags)), No(*write("new", 1, flags, fd_flags=fd_flags), codes=(*FORBIDDEN, NOENT)),
                # A file that is there need not be made.
                Any(*read("log", 1, flags)) if flags == CREATE else No(*read("log", 1, flags), codes=(*FORBIDDEN, EXIST)),
                No(*read("new", 1, flags), codes=(*FORBIDDEN, NOENT))])
    yield Attempt("reading: changing what is open", [
        Ok("open", FIRST, "log", 1, 0, ALL_RIGHTS & ~WRITE, 0), No("setsize", "$", 0), No("allocate", "$", 0, 100), No("fdtimes", "$"), No("write", "$", "x", codes=REFUSED),
        Any("setflags", "$", APPEND), No("write", "$", "x", codes=REFUSED)])
    yield Attempt("reading: names", [
        No("unlink", FIRST, "log"), No("rename", FIRST, "log", FIRST, "new"), No("link", FIRST, "log", FIRST, "new"), No("symlink", "log", FIRST, "new"),
        No("mkdir", FIRST, "new"), No("rmdir", FIRST, "free"), No("times", FIRST, "log", 1), No("times", FIRST, "log", 0), No("times", FIRST, ".", 1)])


def two_directories():
    """3 may be changed, 4 only read; 4 holds a canary that nobody else may see."""
    yield Attempt("two: moved and linked from one to the other", [
        No("rename", SECOND, "kept", FIRST, "stolen"), No("link", SECOND, "kept", FIRST, "stolen"), No("rename", FIRST, "log", SECOND, "put"),
        No("link", FIRST, "log", SECOND, "put"), No("rename", SECOND, "folder", FIRST, "stolen"), No("rename", FIRST, "free", SECOND, "folder")])
    yield Attempt("two: a chain of links between them", [
        Ok("symlink", "../inx/secret", FIRST, "l"), No(*read("l")), Ok("symlink", "../inx", FIRST, "d"), No(*read("d/secret")), No(*read("../inx/secret")),
        No(*read("back/in/log", at=SECOND)), No(*write("back/in/log", at=SECOND)), No(*folder("back", at=SECOND), codes=(*FORBIDDEN, LOOP, NOTDIR))])
    yield Attempt("two: one handle in the place of the other", [
        Ok("open", SECOND, "folder", 1, 2, ALL_RIGHTS & ~WRITE, 0), Any("renumber", "$", FIRST), No(*write("new", 1, CREATE, at=FIRST)), No("mkdir", FIRST, "new"),
        No("rename", FIRST, "f", FIRST, "g")])


def whole_machine():
    """The root directory is given: this process's memory, and what else the kernel shows as files, is not in it."""
    yield Attempt("the root: is given", [Ok(*read("etc/passwd")), Ok(*folder("etc"))])
    for path in ("proc/self/mem", "proc/self/maps", "proc/thread-self/mem", "proc/1/environ", "proc/../proc/meminfo", "sys/kernel/uevent_seqnum"):
        if path.startswith("sys/") and not os.path.exists("/" + path):
            continue
        yield Attempt(f"the root: {path}", [No(*read(path)), No(*write(path)), No("stat", FIRST, path, 1), No("times", FIRST, path, 1)])
    for path in ("proc", "proc/self", "proc/self/task", "proc/1", "proc/self/fd"):
        yield Attempt(f"the root: the directory {path}", [No(*folder(path)), No("stat", FIRST, path, 1), No("mkdir", FIRST, path + "/x"),
                                                               No("link", FIRST, path, FIRST, "x", codes=(*FORBIDDEN, XDEV))])
    yield Attempt("the root: through what leads there and back", [
        No(*read(f"proc/self/{path}"), codes=(*FORBIDDEN, LOOP, NOENT, NOTDIR)) for path in ("cwd/etc/passwd", "root/etc/passwd", "fd/0", "exe")])


def audit_log():
    names = ("audit.jsonl", "audit.jsonl.1", "audit.jsonl.head", "logs/audit.jsonl", "alias")
    for name in names[3:]:
        yield Attempt(f"the audit log: as {name}", [
            No(*read(name)), No(*write(name)), No(*write(name, 1, TRUNC)), No(*write(name, 1, CREATE, fd_flags=APPEND)), No("times", FIRST, name, 1), No("stat", FIRST, name, 1)])
    yield Attempt("the audit log: its name", [
        No("unlink", FIRST, "logs/audit.jsonl"), No("rename", FIRST, "logs/audit.jsonl", FIRST, "x"), No("rename", FIRST, "file", FIRST, "logs/audit.jsonl"),
        No("link", FIRST, "logs/audit.jsonl", FIRST, "x"), No("link", FIRST, "file", FIRST, "logs/audit.jsonl", codes=(*FORBIDDEN, EXIST)),
        No(*write("logs/audit.jsonl.1", 1, CREATE), codes=FORBIDDEN), No("mkdir", FIRST, "logs/audit.jsonl.7"), No("symlink", "x", FIRST, "logs/audit.jsonl.2")])
    yield Attempt("the audit log: its directory", [
        No("rename", FIRST, "logs", FIRST, "x"), No("rmdir", FIRST, "logs", codes=(*FORBIDDEN, 55)), No("rename", FIRST, "dir", FIRST, "logs", codes=(*FORBIDDEN, 55)),
        No(*read("to_logs/audit.jsonl")), No(*write("to_logs/audit.jsonl"))])
    yield Attempt("the audit log: by a name made meanwhile", [
        Ok("symlink", "logs/audit.jsonl", FIRST, "own"), No(*read("own")), No(*write("own", 1, TRUNC)), No("times", FIRST, "own", 1), No("link", FIRST, "alias", FIRST, "alias2"),
        No("rename", FIRST, "alias", FIRST, "alias2"), No("unlink", FIRST, "alias")])


def moved_audit_log():
    yield Attempt("the audit log: in a directory that the host has moved", [
        No(*read("moved/audit.jsonl")), No(*write("moved/audit.jsonl", 1, TRUNC)), No("times", FIRST, "moved/audit.jsonl", 1), No("unlink", FIRST, "moved/audit.jsonl"),
        No("rename", FIRST, "moved/audit.jsonl", FIRST, "x"), No("rename", FIRST, "file", FIRST, "moved/audit.jsonl"), No("link", FIRST, "moved/audit.jsonl", FIRST, "x")])


def populate(world):
    world.populate()
    world.write("in/log", "first\n")
    os.mkdir(world.at("in/free"))
    world.write("in/free/new", "new")


def hold(guest, group, world, prepare, before, after):
    from escape import attempt_once
    failures = count = 0
    for attempt in group:
        prepare()
        state = before()
        guest.seen.clear()
        try:
            wrong = attempt_once(guest, attempt, "")
        except Escaped as error:
            print(f"FAILED  {attempt.name}: {error}")
            return count + 1, failures + 1
        wrong += after(attempt, state)
        if any(CANARY in text for text in guest.seen):
            wrong.append("a canary was read")
        count += 1
        failures += bool(wrong)
        print(f"{'FAILED ' if wrong else 'held   '} {attempt.name}", *wrong, sep="\n        " if wrong else "")
    return count, failures


def run(options, world):
    place = world.at("in")
    outside = lambda: world.snapshot("in")
    counts = []

    def group(arguments, table, before, after, prepare=lambda: populate(world)):
        prepare()
        with Guest(options, arguments) as guest:
            counts.append(hold(guest, table, world, prepare, before, after))

    def log_only_grew(_, state):
        text = world.read("in/log") if os.path.isfile(world.at("in/log")) else ""
        return ([] if text.startswith("first\n") else [f"the log is now {text!r}"]) + differences(state, outside())

    def nothing_changed(_, state):
        return [f"changed: {path}" for path in differences(state, world.snapshot())]

    adding = ["--allow", f"fs.read,fs.append:{place}/log", "--allow", f"fs:{place}/free/**", "--allow", f"fs.list,fs.create,fs.delete:{place}/*/nothing"]
    group(adding, append_only(), outside, log_only_grew)
    group(["--allow", f"fs.read,fs.list:{place}/**"], read_only(), world.snapshot, nothing_changed)
    group(["--dir-ro", place + "::/"], read_only(), world.snapshot, nothing_changed)
    two = World2(world)
    group(["--dir", place + "::/in", "--dir-ro", world.at("inx") + "::/inx"], two_directories(), outside, lambda _, state: differences(state, outside()), two.populate)
    group(["--allow", f"fs:{place}/**", "--allow", f"fs.read,fs.list:{world.at('inx')}/**"], two_directories(), outside,
          lambda _, state: differences(state, outside()), two.populate)
    group(["--dir", "/"], whole_machine(), world.snapshot, nothing_changed)
    counts.append(run_audit(options, world))
    failures = sum(count[1] for count in counts)
    print(f"special {options.resolver}: {sum(count[0] for count in counts)} attempts, {failures} not held")
    return 1 if failures else 0


class World2:
    def __init__(self, world):
        self.world = world

    def populate(self):
        populate(self.world)
        at = self.world.at("inx")
        for name in ("kept",):
            if not os.path.exists(os.path.join(at, name)):
                self.world.write("inx/" + name, "kept")
                os.mkdir(os.path.join(at, "folder"))
                self.world.write("inx/folder/f", "f")
                os.symlink("..", os.path.join(at, "back"))


def run_audit(options, world):
    """The log lies in the middle of what the guest may use; `alias` is a hard link to it."""
    populate(world)
    os.mkdir(world.at("in/logs"))
    os.symlink("logs", world.at("in/to_logs"))
    log = world.at("in/logs/audit.jsonl")

    def look():
        info = os.lstat(log)
        with open(log, "rb") as file:
            return {"identity": (info.st_ino, info.st_mode, info.st_nlink), "text": file.read(), "names": sorted(os.listdir(os.path.dirname(log)))}

    def only_grew(attempt, state):
        now = look()
        wrong = [] if now["text"].startswith(state["text"]) and now["names"] == state["names"] else ["the log was changed"]
        links = now["identity"][2] - state["identity"][2]
        wrong += [] if now["identity"][:2] == state["identity"][:2] and links in (0, 1) else ["the log is another file"]
        if os.lstat(log).st_mtime < 1000:
            wrong.append("its times were set")
        return wrong

    with Guest(options, ["--dir", world.at("in") + "::/", "--audit", log]) as guest:
        guest.call("stat", FIRST, "file", 1)
        os.link(log, world.at("in/alias"))
        held = hold(guest, audit_log(), world, lambda: None, look, only_grew)
        # Its names are those of before; the file is still the log.
        os.rename(world.at("in/logs"), world.at("in/moved"))
        log = world.at("in/moved/audit.jsonl")
        moved = hold(guest, moved_audit_log(), world, lambda: None, look, only_grew)
        return held[0] + moved[0], held[1] + moved[1]
