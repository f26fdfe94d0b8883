"""Makes tree.json from RFC 6962 section 2.1 alone (Python's standard library, no code of ours).

Run by hand when the specification changes: python3 spec/vectors/make_tree.py
"""
import hashlib, json, os

HERE = os.path.dirname(os.path.abspath(__file__))
# Inputs of the reference tree of Certificate Transparency.
REFERENCE = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
EMPTY = hashlib.sha256().digest()
# One beyond 2^49 is where floating-point logarithms fail, the last is the largest size of all.
VAST = [2**32, 2**32 + 5, 2**48 + 1, 2**49 + 1, 2**53 - 1]


def leaf_hash(data):
    return hashlib.sha256(b"\x00" + data).digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(n):
    return 1 << (n - 1).bit_length() - 1


def mth(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    k = split(len(leaves))
    return node(mth(leaves[:k]), mth(leaves[k:]))


def path(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    return path(m, leaves[:k]) + [mth(leaves[k:])] if m < k else path(m - k, leaves[k:]) + [mth(leaves[:k])]


def subproof(m, leaves, known):
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return subproof(m, leaves[:k], known) + [mth(leaves[k:])]
    return subproof(m - k, leaves[k:], False) + [mth(leaves[:k])]


class Hashes:
    """Hashes of subtrees that nobody can fill with leaves, for trees too large to build."""

    def __init__(self):
        self.count = 0

    def next(self):
        self.count += 1
        return hashlib.sha256(b"subtree %d" % self.count).digest()


def vast_inclusion(m, n, hashes):
    """(leaf, path, root)"""
    if n == 1:
        one = hashes.next()
        return one, [], one
    k = split(n)
    one, below, root = vast_inclusion(m if m < k else m - k, k if m < k else n - k, hashes)
    other = hashes.next()
    return one, below + [other], node(root, other) if m < k else node(other, root)


def vast_consistency(m, n, hashes, known=True):
    """(root of m, path, root of n)"""
    if m == n:
        one = hashes.next()
        return one, [] if known else [one], one
    k = split(n)
    if m <= k:
        old, below, new = vast_consistency(m, k, hashes, known)
        other = hashes.next()
        return old, below + [other], node(new, other)
    old, below, new = vast_consistency(m - k, n - k, hashes, False)
    other = hashes.next()
    return node(other, old), below + [other], node(other, new)


def flipped(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def plain(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list) else value


def spoilt(case, roots):
    """The case, and all that one change makes wrong; of the long paths some."""
    yield {**case, "expect": True}
    name, hashes = case["name"], case["path"]
    if len(hashes) > 8:
        for at in (0, len(hashes) // 2):
            yield {**case, "name": "%s, hash %d changed" % (name, at), "path": hashes[:at] + [flipped(hashes[at])] + hashes[at + 1:], "expect": False}
        return
    for root in roots:
        yield {**case, "name": name + ", another " + root, root: flipped(case[root]), "expect": False}
    for at in range(len(hashes)):
        yield {**case, "name": "%s, hash %d changed" % (name, at), "path": hashes[:at] + [flipped(hashes[at])] + hashes[at + 1:], "expect": False}
    yield {**case, "name": name + ", a hash more", "path": hashes + [EMPTY], "expect": False}
    yield {**case, "name": name + ", a hash more in front", "path": [EMPTY] + hashes, "expect": False}
    if hashes:
        yield {**case, "name": name + ", last hash missing", "path": hashes[:-1], "expect": False}
        yield {**case, "name": name + ", first hash missing", "path": hashes[1:], "expect": False}
    if len(hashes) > 1:
        yield {**case, "name": name + ", turned round", "path": hashes[::-1], "expect": False}


def tree_vectors():
    leaves = [leaf_hash(bytes.fromhex(data)) for data in REFERENCE]
    hashes = Hashes()
    inclusion, consistency, earlier = [], [], []
    for n in range(1, 9):
        for m in range(n):
            case = {"name": "%d in %d" % (m, n), "leaf": leaves[m], "index": m, "size": n, "root": mth(leaves[:n]), "path": path(m, leaves[:n])}
            inclusion += spoilt(case, ["leaf", "root"]) if n in (1, 5, 8) else [{**case, "expect": True}]
    case = {"leaf": leaves[6], "index": 6, "size": 7, "root": mth(leaves[:7]), "path": path(6, leaves[:7])}
    for name, change in {"6 in 7 at place 5": {"index": 5}, "6 in 7 beyond the end": {"index": 7}, "6 in 7 of a tree of 8": {"size": 8}, "6 in 7 of a tree of 6": {"size": 6}, "none in a tree of 0": {"index": 0, "size": 0, "root": EMPTY, "path": []}}.items():
        inclusion.append({"name": name, **case, **change, "expect": False})
    # Paths that are right for a larger tree: they go on where the size that is claimed ends.
    inclusion.append({"name": "1 in 2 as 0 in 1", "leaf": leaves[1], "index": 0, "size": 1, "root": mth(leaves[:2]), "path": [leaves[0]], "expect": False})
    inclusion.append({"name": "6 in 8 as 2 in 4", "leaf": leaves[6], "index": 2, "size": 4, "root": mth(leaves), "path": path(6, leaves), "expect": False})
    for n in VAST:
        for m in (2**31, n - 1):
            one, siblings, root = vast_inclusion(m, n, hashes)
            inclusion += spoilt({"name": "%d in %d" % (m, n), "leaf": one, "index": m, "size": n, "root": root, "path": siblings}, ["leaf", "root"])
    for n in range(1, 9):
        for m in range(1, n + 1):
            case = {"name": "%d to %d" % (m, n), "from": m, "fromRoot": mth(leaves[:m]), "to": n, "toRoot": mth(leaves[:n]), "path": subproof(m, leaves[:n], True)}
            consistency += spoilt(case, ["fromRoot", "toRoot"]) if n in (5, 7, 8) else [{**case, "expect": True}]
    case = {"from": 0, "fromRoot": EMPTY, "to": 8, "toRoot": mth(leaves), "path": []}
    consistency += spoilt({"name": "0 to 8", **case}, ["fromRoot"])
    consistency += spoilt({"name": "0 to 0", **case, "to": 0, "toRoot": EMPTY}, ["fromRoot", "toRoot"])
    consistency.append({"name": "8 to 7, shrunk", "from": 8, "fromRoot": mth(leaves), "to": 7, "toRoot": mth(leaves[:7]), "path": subproof(7, leaves, True), "expect": False})
    shifted = {"from": 3, "to": 4, "toRoot": mth(leaves), "path": subproof(7, leaves, True)}
    consistency.append({"name": "7 to 8 as 3 to 4", **shifted, "fromRoot": mth(leaves[:7]), "expect": False})
    earlier.append({**shifted, "expect": None})
    for n in VAST:
        for m in sorted({2**31, split(n), n - 1}):
            old, siblings, new = vast_consistency(m, n, hashes)
            consistency += spoilt({"name": "%d to %d" % (m, n), "from": m, "fromRoot": old, "to": n, "toRoot": new, "path": siblings}, ["fromRoot", "toRoot"])
            old, siblings, new = vast_consistency(m, n, hashes, False)
            earlier.append({"from": m, "to": n, "toRoot": new, "path": siblings, "expect": old})
    for n in range(1, 9):
        for m in range(n + 1):
            case = {"from": m, "to": n, "toRoot": mth(leaves[:n]), "path": subproof(m, leaves[:n], False) if 0 < m < n else []}
            earlier += [{**case, "expect": mth(leaves[:m])}, {**case, "path": case["path"] + [EMPTY], "expect": None}]
            if 0 < m < n:
                earlier += [{**case, "path": case["path"][1:], "expect": None}, {**case, "toRoot": flipped(case["toRoot"]), "expect": None}]
    roots = [{"leaves": REFERENCE[:n], "root": mth(leaves[:n])} for n in range(9)]
    return plain({"roots": roots, "inclusion": inclusion, "consistency": consistency, "earlierRoot": earlier})


def write(name, value):
    with open(os.path.join(HERE, name), "w") as file:
        json.dump(value, file, indent=1, ensure_ascii=True)
        file.write("\n")


if __name__ == "__main__":
    write("tree.json", tree_vectors())
