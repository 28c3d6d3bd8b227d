"""The race: while the guest does everything that can be done to two names, the host swaps them for links to outside and back.

A name is swapped by RENAME_EXCHANGE and by plain renames, a file and a directory on the way to one. What the guest changes in an
object that it opened while that lay inside, wherever it has been moved since, is none of this test's business: swapped objects
live in ROOT/stage.
"""
import ctypes
import os
import threading
import time

from world import CANARY, Guest, clear, differences

LIBC = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, RENAME_EXCHANGE = -100, 2
MAX_TRIES = 10


def exchange(a, b):
    if LIBC.renameat2(AT_FDCWD, a.encode(), AT_FDCWD, b.encode(), RENAME_EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")


class Swapper(threading.Thread):
    """Swaps until it is told to stop; counts how often."""

    def __init__(self, world, targets, by_exchange):
        super().__init__()
        self.world, self.targets, self.by_exchange = world, targets, by_exchange
        self.swaps = 0
        self.ends = threading.Event()

    def put(self, name, make):
        """What `make` makes, in the place of ROOT/in/name."""
        spare, place = self.world.at(f"stage/{name}-{self.swaps}"), self.world.at("in/" + name)
        make(spare)
        try:
            if self.by_exchange:
                exchange(spare, place)
            else:
                if name == "folder" and os.path.lexists(place):  # a rename replaces no link by a directory, nor the reverse
                    os.rename(place, self.world.at(f"stage/{name}-old-{self.swaps}"))
                os.rename(spare, place)
        except OSError:
            # The guest has removed it, or made something of its own there.
            try:
                os.rename(spare, place)
            except OSError:
                pass
        self.swaps += 1
        # The two go back and forth while the guest is at it; what it has removed cannot.
        for _ in range(20 if self.by_exchange else 0):
            try:
                exchange(spare, place)
                self.swaps += 1
            except OSError:
                break

    def file(self, path):
        with open(path, "w") as file:
            file.write("inside")

    def folder(self, path):
        os.mkdir(path)
        self.file(os.path.join(path, "secret"))

    def run(self):
        while not self.ends.is_set():
            for target in self.targets:
                self.put("swap", self.file)
                self.put("folder", self.folder)
                self.put("swap", lambda path, to=target: os.symlink(os.path.join(to, "secret"), path))
                self.put("folder", lambda path, to=target: os.symlink(to, path))
            if self.swaps % 400 < 8:
                clear(self.world.at("stage"))


def run(options, world, arguments, base):
    world.populate()
    world.write("in/private/secret", CANARY + " private")
    narrowed = options.scope != "dir"
    targets = ["../out", world.at("out"), "../in/../out"] + (["private", "dir/../private"] if narrowed else [])

    def look():
        entries = world.snapshot("in", "stage")
        if narrowed:
            entries.update({path: entry for path, entry in world.snapshot("out", "stage").items() if "/private/" in path})
        return entries

    def race(by_exchange, path):
        """What is wrong, in words, and what happened; None where the machine was too busy for the two to meet."""
        before = look()
        swapper = Swapper(world, targets, by_exchange)
        swapper.start()
        seconds = max(1, options.seconds // 4)
        try:
            with Guest(options, arguments) as guest:
                code, seen = guest.call("race", 3, base + path, base + "own", seconds, "written", limit_s=seconds + 30)
        finally:
            swapper.ends.set()
            swapper.join()
        clear(world.at("stage"))
        wrong = [f"changed: {name}" for name in differences(before, look())]
        if CANARY in seen:
            wrong.append("a canary was read")
        if code != 0:
            wrong.append(f"the guest was answered {code}")
        met = " opened=0" not in seen and swapper.swaps >= 20
        return wrong if wrong or met else None, f"{swapper.swaps} swaps, {seen}"

    failures = 0
    for by_exchange in (True, False):
        for path in ("swap", "folder/secret"):
            for _ in range(MAX_TRIES):
                began = time.monotonic()
                wrong, seen = race(by_exchange, path)
                if wrong is not None:
                    break
            wrong = ["the two never met"] if wrong is None else wrong
            failures += bool(wrong)
            print(f"{'FAILED ' if wrong else 'held   '} {path} by {'exchange' if by_exchange else 'rename'}: {time.monotonic() - began:.1f} s, {seen}", *wrong,
                  sep="\n        " if wrong else "")
    return 1 if failures else 0
