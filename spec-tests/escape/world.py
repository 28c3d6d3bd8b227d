"""A small world on the host with a guest in it that may use one part and must not reach the rest.

  ROOT/in/            what the guest may use; made anew for each attempt
  ROOT/in/private/    what narrower grants take away from it again
  ROOT/inx/           a name that begins like the other
  ROOT/out/           what is none of its business
  ROOT/stage/         where racers keep what they swap; nobody looks at it

Every file that a guest must not read contains CANARY, and what it must not change is compared with how it was.
"""
import os
import select
import stat
import subprocess
import time

CANARY = "canary-5f1e"
ANSWER_S = 20
# Rights and flags of WASI 0.1.
READ, SEEK, WRITE, READDIR = 1 << 1, 1 << 2, 1 << 6, 1 << 14
CREATE, DIRECTORY, EXCL, TRUNC = 1, 2, 4, 8
APPEND = 1
# Its error codes.
ACCES, BADF, BUSY, EXIST, ILSEQ, INVAL, ISDIR, LOOP, NAMETOOLONG, NOENT, NOTDIR, NOTEMPTY, NXIO, PERM, XDEV, NOTCAPABLE = (
    2, 8, 10, 20, 25, 28, 31, 32, 37, 44, 54, 55, 60, 63, 75, 76)


class World:
    def __init__(self, root):
        self.root = os.path.realpath(root)
        for folder in ("in", "inx", "out", "out/dir", "stage"):
            os.mkdir(self.at(folder))
        for file in ("inx/secret", "out/secret", "out/dir/deep"):
            self.write(file, CANARY + " " + file)
        os.symlink("secret", self.at("out/link"))

    def at(self, name):
        return os.path.join(self.root, name)

    def write(self, name, text):
        with open(self.at(name), "w") as file:
            file.write(text)

    def read(self, name):
        with open(self.at(name)) as file:
            return file.read()

    def populate(self):
        """What lies in ROOT/in, as each attempt finds it."""
        clear(self.at("in"))
        for folder in ("in/dir", "in/dir/sub", "in/private", "in/private/sub", "in/mixed", "in/mixed/private"):
            os.mkdir(self.at(folder))
        self.write("in/file", "inside")
        self.write("in/dir/sub/deep", "deep")
        for file in ("note", "sub/note"):
            self.write("in/private/" + file, CANARY + " private")
        self.write("in/mixed/private/note", CANARY + " mixed")
        self.write("in/mixed/open", "inside")
        for target, name in (
                ("../out", "evil"), ("../out/secret", "evil_file"), (self.at("out"), "evil_abs"), ("/", "slash"),
                ("evil/", "evil_slash"), ("evil_slash", "evil_twice"), ("dir/../evil", "evil_dots"), ("../out/made", "dangling_out"),
                (self.at("out/made"), "dangling_abs"), ("private", "to_private"), ("private/note", "to_note"),
                ("private/made", "dangling_private"), ("private/nothing", "to_nothing"), ("../inx/secret", "prefix"), ("/proc", "proc"),
                ("/proc/self", "self"), ("/proc/self/fd/0", "proc_fd"), ("/proc/self/root", "proc_root"), ("/dev/stdin", "stdin"),
                ("/dev/fd", "dev_fd"), ("../../../../../../../../proc/self/root", "up_to_proc"), ("loop", "loop"), ("dir/", "good")):
            os.symlink(target, self.at("in/" + name))
        os.mkfifo(self.at("in/fifo"))

    def snapshot(self, *left_out):
        """All that lies outside of the folders `left_out`, with contents and metadata."""
        entries = {}
        left_out = {self.at(folder) for folder in left_out}
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if os.path.join(folder, name) not in left_out]
            for name in folders + files:
                path = os.path.join(folder, name)
                info = os.lstat(path)
                text = ""
                if stat.S_ISLNK(info.st_mode):
                    text = os.readlink(path)
                elif stat.S_ISREG(info.st_mode):
                    with open(path, "rb") as file:
                        text = file.read()
                folder_times = stat.S_ISDIR(info.st_mode) and "in" in os.listdir(path)
                entries[path] = (info.st_mode, info.st_nlink, info.st_size, None if folder_times else info.st_mtime_ns, text)
        return entries


def clear(folder):
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            clear(entry.path)
            os.rmdir(entry.path)
        else:
            os.unlink(entry.path)


def differences(before, after):
    return [path for path in sorted(before.keys() | after.keys()) if before.get(path) != after.get(path)]


class Escaped(Exception):
    """An answer that no guest should get, or none at all."""


class Guest:
    """guest.c under `airwasm run`, as a function: call(operation, words...) gives (error code, what was read)."""

    def __init__(self, options, arguments):
        self.process = subprocess.Popen([options.airwasm, "run", "-S", "resolver=" + options.resolver, *options.more, *arguments, options.guest],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.seen = []  # all that it was told

    def call(self, *words, limit_s=ANSWER_S):
        line = "\t".join(escaped(word) for word in words)
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended; what it said tells why
        end = time.monotonic() + limit_s
        answer = b""
        while not answer.endswith(b"\n"):
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise Escaped(f"no answer within {limit_s} s")
            chunk = os.read(self.process.stdout.fileno(), 1 << 16)
            if not chunk:
                raise Escaped(f"the guest ended: {self.process.wait()} " + self.process.stderr.read().decode(errors="replace"))
            answer += chunk
        code, data = answer.decode()[:-1].split("\t", 1)
        self.seen.append(data)
        return int(code), data

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdout.close()
        try:
            self.process.wait(timeout=ANSWER_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def escaped(word):
    """Bytes as guest.c reads them."""
    bytes_ = word if isinstance(word, bytes) else str(word).encode()
    return "".join(chr(b) if 0x20 <= b <= 0x7e and b != 0x5c else f"\\x{b:02x}" for b in bytes_)
