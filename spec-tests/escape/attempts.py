"""The table of attempts: what a guest does to get at something outside of what it was given.

An attempt is a name and steps, each a verdict on one call: Ok has to work (else the attempt shows nothing), No has to fail with one
of its codes, Any may do what it likes. Whatever the codes, nothing outside may change and no canary may be read. A path that
begins with '@' is relative to ROOT/in; '$' is the descriptor opened last, '$1', '$2' those before, counted from the first.
"""
import dataclasses

from world import (ACCES, APPEND, BUSY, CREATE, DIRECTORY, EXCL, EXIST, ILSEQ, INVAL, ISDIR, LOOP, NAMETOOLONG, NOENT, NOTDIR, NOTEMPTY,
                   NXIO, PERM, NOTCAPABLE, READ, READDIR, SEEK, TRUNC, WRITE)

FORBIDDEN = (ACCES, PERM, NOTCAPABLE)
DIR, NARROW, ROOT = "dir", "narrow", "root"
ALL, NARROWED = (DIR, NARROW, ROOT), (NARROW, ROOT)
TOP = "3"  # the directory that was given


@dataclasses.dataclass
class Step:
    call: tuple
    codes: tuple | None  # None: any


@dataclasses.dataclass
class Attempt:
    name: str
    steps: list
    scopes: tuple = ALL
    needs: str = ""  # "device": what the host has to be able to make first


def Ok(*call):
    return Step(call, (0,))


def No(*call, codes=FORBIDDEN):
    return Step(call, codes)


def Any(*call):
    return Step(call, None)


def read(path, follow=1, flags=0, at=TOP):
    return ("open", at, path, follow, flags, READ, 0)


def write(path, follow=1, flags=0, at=TOP, fd_flags=0):
    return ("open", at, path, follow, flags, READ | WRITE | SEEK, fd_flags)


def folder(path, follow=1, at=TOP):
    return ("open", at, path, follow, DIRECTORY, 0x3fffffff & ~WRITE, 0)


def every_way(path, forbidden=FORBIDDEN):
    """To read, write, make, ask about, change, list and remove what `path` should not lead to."""
    codes = (*forbidden, LOOP, NOENT, NOTDIR, EXIST, ISDIR, NOTEMPTY, BUSY, INVAL)
    yield No(*read(path), codes=codes)
    yield No(*read(path, follow=0), codes=codes)
    for flags in (0, CREATE, CREATE | EXCL, CREATE | TRUNC, TRUNC):
        for follow in (0, 1):
            yield No(*write(path, follow, flags), codes=codes)
    yield No(*write(path, 1, CREATE, fd_flags=APPEND), codes=codes)
    yield No(*folder(path), codes=codes)
    yield No("stat", TOP, path, 1, codes=codes)
    yield No("times", TOP, path, 1, codes=codes)
    yield No("times", TOP, path + "/", 0, codes=codes)


def on_names(path):
    """Names made and removed beneath what should not be reached."""
    codes = (*FORBIDDEN, LOOP, NOENT, NOTDIR)
    yield No("mkdir", TOP, path + "/made", codes=codes)
    yield No("unlink", TOP, path + "/secret", codes=codes)
    yield No("rmdir", TOP, path + "/dir", codes=codes)
    yield No("symlink", "secret", TOP, path + "/made", codes=codes)
    yield No("link", TOP, "@file", TOP, path + "/made", codes=codes)
    yield No("link", TOP, path + "/secret", TOP, "@stolen", codes=codes)
    yield No("rename", TOP, "@file", TOP, path + "/made", codes=codes)
    yield No("rename", TOP, "@file", TOP, path + "/secret", codes=codes)
    yield No("rename", TOP, path + "/secret", TOP, "@stolen", codes=codes)
    yield No("rename", TOP, path + "/dir", TOP, "@stolen", codes=codes)
    yield No("readlink", TOP, path + "/link", codes=codes)
    yield No("stat", TOP, path + "/secret", 0, codes=codes)


def links(root):
    for path in ("evil", "evil_abs", "evil_slash", "evil_twice", "evil_dots"):
        yield Attempt(f"a link outside: {path}/secret", [*every_way(f"@{path}/secret"), *on_names("@" + path)])
        for tail in ("", "/", "/.", "//"):
            yield Attempt(f"a link outside, not followed: {path}{tail}", [
                No(*read("@" + path + tail, follow=0), codes=(*FORBIDDEN, LOOP, NOTDIR)), No(*folder("@" + path + tail, 0), codes=(*FORBIDDEN, LOOP, NOTDIR)),
                No(*folder("@" + path + tail, 1), codes=(*FORBIDDEN, LOOP))])
    for path in ("evil_file", "evil_file/", "prefix", "dangling_out", "dangling_abs", "dangling_out/", "slash/etc/passwd"):
        yield Attempt(f"a link to a file outside: {path}", [*every_way("@" + path)])
    for target in ("/", "/etc/passwd", root + "/out/secret", "//x", root + "/in/file"):
        yield Attempt(f"an absolute link is not made: {target.replace(root, 'ROOT')}", [
            No("symlink", target, TOP, "@made"), No("stat", TOP, "@made", 0, codes=(NOENT,))])
    yield Attempt("a link of its own to outside", [Ok("symlink", "../out/secret", TOP, "@own"), *every_way("@own")])
    yield Attempt("a chain of its own to outside", [
        Ok("symlink", "..", TOP, "@dir/a"), Ok("symlink", "dir/a/..", TOP, "@b"), Ok("symlink", "b/out/", TOP, "@c"), *every_way("@c/secret"), *on_names("@c")])
    yield Attempt("a link moved up, so that it leads outside", [
        Ok("symlink", "../../out/secret", TOP, "@dir/sub/l"), Ok("rename", TOP, "@dir/sub/l", TOP, "@dir/l"), *every_way("@dir/l")])
    yield Attempt("a hard link to a link to outside", [Ok("link", TOP, "@evil_file", TOP, "@again"), *every_way("@again")])
    yield Attempt("a hard link that follows", [
        No("link", TOP, "@evil_file", TOP, "@stolen", 1, codes=(INVAL,)), No("link", TOP, "@evil_file/", TOP, "@stolen", codes=(*FORBIDDEN, NOTDIR, LOOP))])
    yield Attempt("a loop ends", [No(*read("@loop"), codes=(LOOP,)), No(*read("@loop/x"), codes=(LOOP,))])


def paths(root):
    outside = ("/", "/etc/passwd", "//etc/passwd", root + "/out/secret", root + "/in/file", "/proc/self/root/etc/passwd", "")
    for path in outside:
        yield Attempt(f"absolute or empty: '{path.replace(root, 'ROOT')}'", [*every_way(path)])
    for path in ("@../out/secret", "@./../out/secret", "@dir/../../out/secret", "@dir/sub/../../../out/secret", "@nothing/../../out/secret",
                 "@good/../../out/secret", "@../inx/secret", "@dir//..//..//out//secret"):
        yield Attempt(f"upwards: {path[1:]}", [*every_way(path)])
    yield Attempt("upwards: names", [*on_names("@../out"), *on_names("@dir/../../out"), *on_names("@../inx")])
    yield Attempt("upwards out of a directory that is open", [
        Ok(*folder("@dir")), No(*read("../file", at="$")), No(*read("..", at="$")), No("mkdir", "$", "../made"), No("rename", "$", "sub", "$", "../made"),
        No("link", "$", "sub/deep", "$", "../made")])
    yield Attempt("upwards out of a directory that is moved meanwhile", [
        Ok(*folder("@dir/sub")), Ok("rename", TOP, "@dir/sub", TOP, "@sub"), No(*read("../file", at="$")), No(*read("../../out/secret", at="$")), Ok(*read("deep", at="$"))])
    yield Attempt("out of a directory that is gone", [
        Ok("mkdir", TOP, "@gone"), Ok(*folder("@gone")), Ok("rmdir", TOP, "@gone"), No(*read("../file", at="$"), codes=(*FORBIDDEN, NOENT)),
        No("mkdir", "$", "made", codes=(*FORBIDDEN, NOENT)), No(*write("made", 1, CREATE, at="$"), codes=(*FORBIDDEN, NOENT))])


def names(_):
    for name in ("file\0", "fi\0le", "evil\0/x", "\0"):
        yield Attempt(f"NUL in {name!r}", [
            No(*read("@" + name), codes=(INVAL,)), No(*write("@" + name, 1, CREATE), codes=(INVAL,)), No("mkdir", TOP, "@" + name, codes=(INVAL,)),
            No("unlink", TOP, "@" + name, codes=(INVAL,)), No("rename", TOP, "@file", TOP, "@" + name, codes=(INVAL,)), No("symlink", name, TOP, "@made", codes=(INVAL,))])
    yield Attempt("names of 255 and 256 bytes", [
        Ok(*write("@" + "n" * 255, 1, CREATE)), No(*write("@" + "n" * 256, 1, CREATE), codes=(NAMETOOLONG,)),
        No("mkdir", TOP, "@" + "n" * 256, codes=(NAMETOOLONG,)), No("rename", TOP, "@file", TOP, "@" + "n" * 256, codes=(NAMETOOLONG,))])
    yield Attempt("a path of 4096 bytes", [No(*read("@" + "./" * 2048 + "file"), codes=(NAMETOOLONG,))])
    for name in (b"\x80", b"a\xff", b"\xc0\xaf", b"..\xc0\xaf..", b"\xed\xa0\x80"):
        yield Attempt(f"not UTF-8: {name!r}", [
            No(*write(b"@" + name, 1, CREATE), codes=(ILSEQ,)), No("mkdir", TOP, b"@" + name, codes=(ILSEQ,)), No("symlink", name, TOP, "@made", codes=(ILSEQ,))])
    yield Attempt("names that mean something elsewhere", [
        *(Ok(*write("@" + name, 1, CREATE | EXCL)) for name in ("CON", "NUL.txt", "C:", "a:$DATA", "\\..\\..\\out", "..\\out", "~", "...", ".. "))])
    yield Attempt("two spellings are two names", [Ok(*write(b"@\xc3\xa9", 1, CREATE | EXCL)), Ok(*write(b"@e\xcc\x81", 1, CREATE | EXCL))])
    yield Attempt("the kernel's mark of what was deleted, as a name", [
        Ok(*write("@gone", 1, CREATE)), Ok(*write("@gone (deleted)", 1, CREATE)), Ok("unlink", TOP, "@gone"), Any("write", "$1", "x"), Any("pread", "$1", 0)])


def kernel_doors(root):
    for path in ("proc", "proc/self/root/etc/passwd", "self/root", "self/cwd", "self/exe", "self/environ", "self/mem", "proc_fd", "proc_root", "proc_root/etc/passwd",
                 "stdin", "dev_fd", "dev_fd/0", "up_to_proc", "up_to_proc/etc/passwd", "../../../../../../proc/self/fd/0"):
        yield Attempt(f"through a link into /proc or /dev: {path}", [*every_way("@" + path)])
    for path in ("proc/self/root" + root + "/in/file", "proc/self/root" + root + "/out/secret", "proc/self/cwd", "proc/self/fd/0", "proc/self/environ",
                 "proc/self/mem", "proc/1/environ", "dev/stdin", "dev/fd/0", "dev/null", "dev/tty", "etc/passwd"):
        yield Attempt(f"beneath a granted '/': {path.replace(root, '/ROOT')}", [*every_way(path)], (ROOT,))
    yield Attempt("a FIFO does not hold its opener", [
        Ok(*read("@fifo", 0)), No("open", TOP, "@fifo", 0, 0, WRITE, 0, codes=(NXIO, 0)), Any("open", TOP, "@fifo", 0, CREATE | TRUNC, READ | WRITE, 0), Any("stat", TOP, "@fifo", 1)])
    for device in ("null", "memory", "disk"):
        yield Attempt(f"a device: {device}", [
            No(*read("@" + device), codes=(ACCES, NXIO)), No(*write("@" + device), codes=(ACCES, NXIO)),
            No("open", TOP, "@" + device, 1, TRUNC, WRITE, 0, codes=(ACCES, NXIO))], needs="device")


def moves(_):
    """In narrowed scopes ROOT/in/private is taken away, and so is mixed/private."""
    yield Attempt("denied: every way", [*every_way("@private/note"), *every_way("@to_note"), *every_way("@to_private/note"), *every_way("@dangling_private"),
                                        *every_way("@private/made"), *on_names("@private"), *on_names("@to_private")], NARROWED)
    yield Attempt("denied: listing", [No("open", TOP, "@private", 1, DIRECTORY, READDIR, 0), No("open", TOP, "@mixed/private", 1, DIRECTORY, READDIR, 0)], NARROWED)
    yield Attempt("denied: moved to where it is allowed", [
        No("rename", TOP, "@private/note", TOP, "@stolen"), No("link", TOP, "@private/note", TOP, "@stolen"), No("rename", TOP, "@private", TOP, "@stolen"),
        No("rename", TOP, "@private/sub", TOP, "@stolen"), No("rename", TOP, "@mixed", TOP, "@stolen"), No("rename", TOP, "@mixed/private", TOP, "@stolen"),
        No("rename", TOP, "@mixed", TOP, "@dir/sub/stolen"), No("stat", TOP, "@stolen", 0, codes=(NOENT,))], NARROWED)
    yield Attempt("denied: replaced or moved into", [
        No("rename", TOP, "@file", TOP, "@private/note"), No("rename", TOP, "@dir", TOP, "@private/sub"), No("rename", TOP, "@dir", TOP, "@mixed/private"),
        No("link", TOP, "@file", TOP, "@private/made"), No("rmdir", TOP, "@private/sub")], NARROWED)
    yield Attempt("denied: existence is not told", [
        No("stat", TOP, "@private/note", 0, codes=(ACCES,)), No("stat", TOP, "@private/nothing", 0, codes=(ACCES,)),
        No("stat", TOP, "@private/note/x", 0, codes=(ACCES,)), No("stat", TOP, "@private/nothing/x", 0, codes=(ACCES,)),
        No("unlink", TOP, "@private/nothing", codes=(ACCES,)), No("rmdir", TOP, "@private/nothing", codes=(ACCES,)),
        No("mkdir", TOP, "@private/sub", codes=(ACCES,)), No("mkdir", TOP, "@private/nothing/x", codes=(ACCES,)),
        No("link", TOP, "@file", TOP, "@private/note", codes=(ACCES,)), No("rename", TOP, "@private/nothing", TOP, "@x", codes=(ACCES,)),
        No(*read("@private/nothing"), codes=(ACCES,)), No(*write("@private/note", 1, CREATE | EXCL), codes=(ACCES,))], NARROWED)
    yield Attempt("denied: existence is not told through a link", [
        No(*read("@to_note"), codes=(ACCES,)), No(*read("@to_nothing"), codes=(ACCES,)), No("stat", TOP, "@to_note", 1, codes=(ACCES,)),
        No("stat", TOP, "@to_nothing", 1, codes=(ACCES,)), No("stat", TOP, "@to_private/nothing/x", 0, codes=(ACCES,)),
        No("mkdir", TOP, "@to_private/nothing/x", codes=(ACCES,)), Ok("symlink", "private/note/", TOP, "@own"), Ok("symlink", "private/nothing/", TOP, "@own2"),
        No("stat", TOP, "@own", 1, codes=(ACCES,)), No("stat", TOP, "@own2", 1, codes=(ACCES,))], NARROWED)
    yield Attempt("denied: existence is not told by way of it and back", [
        No("stat", TOP, "@private/nothing/../../file", 1, codes=(ACCES,)), No("stat", TOP, "@private/sub/../../file", 1, codes=(ACCES,)),
        No("stat", TOP, "@private/note/../../file", 1, codes=(ACCES,)), No("stat", TOP, "@private/../file", 1, codes=(ACCES,)),
        No(*read("@to_private/sub/../../file"), codes=(ACCES,)), No("mkdir", TOP, "@private/sub/../../made", codes=(ACCES,)),
        Ok("symlink", "private/sub/../../file", TOP, "@own"), No("stat", TOP, "@own", 1, codes=(ACCES,)), No(*read("@own"), codes=(ACCES,))], NARROWED)
    yield Attempt("allowed: by way of what is allowed and back", [
        Ok("stat", TOP, "@dir/sub/../../file", 1), Ok("stat", TOP, "@mixed/../file", 1), Ok(*read("@good/sub/../sub/deep")), Ok("mkdir", TOP, "@dir/../made")])
    yield Attempt("the directory that it was given moves out and back", [
        Any("rename", TOP, "@.", TOP, "@made"), Any("rename", TOP, "@", TOP, "@made"), Any("rename", TOP, "@dir", TOP, "@dir/sub/x"), No("rmdir", TOP, "@", codes=(*FORBIDDEN, INVAL, NOENT, NOTEMPTY, BUSY))])
    yield Attempt("what was removed while it is open stays its own", [
        Ok("open", TOP, "@new", 1, CREATE, 0x3fffffff, 0), Ok("unlink", TOP, "@new"), Ok("write", "$", "mine"), Ok("pread", "$", 0), Ok("setsize", "$", 1), Ok("fdstat", "$")])
    yield Attempt("listing goes on after a delete", [
        Ok("mkdir", TOP, "@l"), *(Ok(*write(f"@l/{i}", 1, CREATE)) for i in range(5)), Ok(*folder("@l")), Ok("list", "$", 0), Ok("unlink", TOP, "@l/2"),
        Any("list", "$", 1), Any("list", "$", -1), Any("list", "$", 0x7fffffffffffffff), Ok("list", "$", 0), Any("list", "$", 12345)])


def attempts(root):
    for part in (paths, links, names, kernel_doors, moves):
        yield from part(root)
