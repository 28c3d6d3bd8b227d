# What Python programs do for a living: dicts, classes, generators, text, JSON, sorts, big integers.
#
#   python -c "$(cat python.py)" [COUNT]
import collections
import json
import re
import sys
import zlib

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 1
WORDS = "the quick brown fox jumps over the lazy dog and runs into a river of words that nobody has ever read".split()
state = 42


def random(below):
    global state
    state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
    return state * below >> 32


def do_json():
    people = [{"id": i, "name": WORDS[random(len(WORDS))], "score": random(1000) / 8, "tags": [WORDS[i % 7], None, True],
               "nested": {"a": [i, "\u00fc\"\\"]}} for i in range(150)]
    back = json.loads(json.dumps(people, indent=1))
    back.sort(key=lambda person: (person["score"], person["id"]))
    return json.dumps(back, sort_keys=True)


def do_text():
    text = " ".join(f"{WORDS[random(len(WORDS))]} {1900 + random(200)}-{1 + random(12):02}-{1 + random(28):02}" for _ in range(300))
    text = re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3.\2.\1", text)
    counts = collections.Counter(re.findall(r"\b[a-z]+\b", text))
    return text.title() + repr(sorted(counts.items()))


class Vector:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def scaled(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def __abs__(self):
        return (self.x * self.x + self.y * self.y + self.z * self.z) ** 0.5


def do_objects():
    position, speed = Vector(0.0, 0.0, 0.0), Vector(1.0, 0.5, 0.25)
    for _ in range(800):
        position += speed.scaled(0.125)
        if abs(position) > 32:
            speed = speed.scaled(-1)
    return repr((position.x, position.y, position.z))


def queens(size, columns=(), left=frozenset(), right=frozenset()):
    row = len(columns)
    if row == size:
        yield columns
        return
    for column in range(size):
        if column not in columns and row + column not in left and row - column not in right:
            yield from queens(size, columns + (column,), left | {row + column}, right | {row - column})


def do_search():
    return repr(list(queens(6)))


def do_numbers():
    factorial = 1
    for i in range(2, 300):
        factorial *= i
    sieve = bytearray([1]) * 3000
    for i in range(2, 55):
        if sieve[i]:
            sieve[i * i::i] = bytes(len(range(i * i, 3000, i)))
    total = sum(i * i % 7 for i in range(3000) if sieve[i])
    return f"{factorial} {total} {pow(3, 10**30, 10**20 + 39)}"


def do_maps():
    table = {}
    for _ in range(1500):
        key = (WORDS[random(len(WORDS))], random(50))
        table.setdefault(key, []).append(random(100))
    return repr(sorted((sum(values), key) for key, values in table.items()))


for part in (do_json, do_text, do_objects, do_search, do_numbers, do_maps):
    checksum = 0
    for _ in range(COUNT):
        checksum = zlib.crc32(part().encode(), checksum)
    print(f"{part.__name__[3:]}: {checksum:08x}")
