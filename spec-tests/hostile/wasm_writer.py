"""Writes modules of the binary format, byte by byte: what the scripts here feed to `airwasm`."""

MAGIC = b"\0asm\1\0\0\0"


def uleb(n):
    out = bytearray()
    while True:
        byte = n & 0x7F
        n >>= 7
        out.append(byte | (0x80 if n else 0))
        if not n:
            return bytes(out)


def sleb(n):
    out = bytearray()
    while True:
        byte = n & 0x7F
        n >>= 7
        done = (n == 0 and not byte & 0x40) or (n == -1 and byte & 0x40)
        out.append(byte | (0 if done else 0x80))
        if done:
            return bytes(out)


def section(ident, body):
    return bytes([ident]) + uleb(len(body)) + body


def vector(items):
    return uleb(len(items)) + b"".join(items)
