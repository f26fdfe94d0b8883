"""Section 11 of spec/audit-log.md: an export, read for judge.py in Python's standard library."""
import bisect, os, re, stat
from collections import namedtuple
from notes import decode64
from record_rules import canonical, integer, parse_json
from tree import leaf_of, root_of

# entries: (seq, line, payloads), payloads (label, salt, bytes); head: (size, leaf in hex) or None; unreadable: the place
# at which reading failed, or None; note: None where none is due, b"" where it is not there
Log = namedtuple("Log", "entries head unreadable note")


class Unreadable(Exception):
    pass


def read_file(most, *path):
    """The bytes of a file, None when there is none. Pipes and giants are not read."""
    name = os.path.join(*map(str, path))
    try:
        found = os.stat(name)
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            raise Unreadable(name)
        with open(name, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def names_in(pattern, *path):
    try:
        return sorted(name for name in os.listdir(os.path.join(*map(str, path))) if re.fullmatch(pattern, name))
    except (FileNotFoundError, NotADirectoryError):
        return []


def tile_path(index, width=256):
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[n:n + 3] for n in range(0, len(digits), 3)]
    return "/".join(["x" + group for group in groups[:-1]] + groups[-1:]) + ("" if width == 256 else ".p/%d" % width)


def indexes(folder, depth=1, before=0):
    """All places for which there is a tile or a bundle, rising."""
    found = {before * 1000 + int(name[:3]) for name in names_in("[0-9]{3}(\\.p)?", folder)} if depth == 1 or before else set()
    for name in names_in("x[0-9]{3}", folder) if depth < 5 else []:
        if before or name != "x000":
            found |= set(indexes(os.path.join(folder, name), depth + 1, before * 1000 + int(name[1:])))
    return sorted(index for index in found if index < 2**45)


def widest(folder, index, most):
    """(width, bytes) of the widest tile of a place, None when there is none."""
    full = read_file(most, folder, tile_path(index))
    if full is not None:
        return 256, full
    widths = [int(name) for name in names_in("[1-9][0-9]{0,2}", folder, tile_path(index) + ".p") if int(name) < 256]
    data = read_file(most, folder, tile_path(index, max(widths))) if widths else None
    return None if data is None else (max(widths), data)


def head_of(folder):
    for index in reversed(indexes(os.path.join(folder, "tile", "0"))):
        tile = widest(os.path.join(folder, "tile", "0"), index, 8192)
        if tile is not None:
            width, data = tile
            return (index * 256 + width, data[-32:].hex()) if len(data) == 32 * width else None
    return None


def read_lines(folder):
    """([(seq, line)], whether reading failed)."""
    entries, bundles = [], os.path.join(folder, "tile", "entries")
    for index in indexes(bundles):
        try:
            bundle = widest(bundles, index, 256 * 65537)
        except (Unreadable, OSError):
            return entries, True
        if bundle is None:
            continue
        (width, data), at, count = bundle, 0, 0
        while count < width and at < len(data):
            start = at + 2
            at = start + int.from_bytes(data[at:start], "big") if start <= len(data) else start
            at = len(data) if count == width - 1 else at
            entries.append((index * 256 + count, data[start:at]))
            count += 1
    return entries, False


def read_payloads(folder, places, size):
    """({seq: [(label, salt, bytes)]}, whether a line lies beyond all records). A stray line is there as (None, ...)."""
    payloads, beyond, reached = {seq: [] for seq in places}, False, 0
    lines = (read_file(2**62, folder, "payloads.jsonl") or b"").split(b"\n")
    for number, line in enumerate(lines):
        if number == len(lines) - 1 and not line:
            break
        value = parse_payload(line) if number < len(lines) - 1 else None
        if value is not None and value[0] >= reached:
            reached = value[0]
            if reached not in payloads and reached < size:
                continue  # its record is missing, and that is told
        else:
            value = None
        beside = payloads.get(reached, [])
        if value and reached in payloads and sum(name is not None for name, _, _ in beside) < 64 and all(value[1] != name for name, _, _ in beside):
            beside.append(value[1:])
            continue
        at = bisect.bisect_left(places, reached)
        if at < len(places):
            payloads[places[at]].append((None, b"", b""))
        else:
            beyond = True
    return payloads, beyond


def parse_payload(line):
    """(seq, label, salt, bytes), or None."""
    value = parse_json(line) if len(line) <= 1_500_000 else None
    if not isinstance(value, dict) or value.keys() != {"bytes", "label", "salt", "seq"} or not integer(value["seq"]) \
            or not all(isinstance(value[name], str) for name in ("bytes", "label", "salt")) \
            or not re.fullmatch("([0-9a-f]{2})*", value["salt"]) or not is_canonical(value, line):
        return None
    data = decode64(value["bytes"])
    return None if data is None else (value["seq"], value["label"], bytes.fromhex(value["salt"]), data)


def is_canonical(value, line):
    try:
        return canonical(value) == line
    except UnicodeEncodeError:
        return False


def tiles_differ(folder, leaves, ended):
    """Whether a tile over the leaves is not in the folder as they give it; `ended`: no more leaves follow."""
    level, hashes = 0, leaves
    while hashes:
        for start in range(0, len(hashes), 256):
            tile = hashes[start:start + 256]
            if len(tile) == 256 or ended:
                try:
                    found = read_file(8192, folder, "tile", level, tile_path(start // 256, len(tile)))
                except (Unreadable, OSError):
                    found = None
                if found != b"".join(tile):
                    return True
        hashes = [root_of(hashes[n:n + 256]) for n in range(0, len(hashes) - 255, 256)]
        level += 1
    return False


def read_export(folder):
    try:
        note = next((n for n in (read_file(4096, folder, name) for name in ("checkpoint", "head-note")) if n is not None), b"")
        head = head_of(folder)
    except (Unreadable, OSError):
        return Log([], None, 0, None)
    lines, failed = read_lines(folder)
    size = max(head[0] if head else 0, lines[-1][0] + 1 if lines else 0)
    payloads, beyond = read_payloads(folder, [seq for seq, _ in lines], size)
    leaves = [leaf_of(line) for n, (seq, line) in enumerate(lines) if seq == n]
    failed = failed or beyond or tiles_differ(folder, leaves, len(leaves) == len(lines))
    return Log([(seq, line, payloads[seq]) for seq, line in lines], head, len(lines) if failed else None, note)
