"""Section 5 of spec/audit-log.md: the tree of RFC 6962 section 2.1 and its proofs, by that section's recursions."""
import hashlib

MAX_PATH = 64  # hashes; a size has at most 53 binary digits


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


EMPTY = sha256()


def leaf_of(line):
    return sha256(b"\0", line)


def commitment(salt, name, payload):
    return sha256(b"branchline/v1/payload\0", salt, bytes([len(name)]), name.encode(), payload).hex()


def node(left, right):
    return sha256(b"\1", left, right)


def split(size):
    """The largest power of two below a size of two or more."""
    return 1 << (size - 1).bit_length() - 1


class Tree:
    """Leaves, and the root that each number of them has."""

    def __init__(self, leaves):
        self.levels = [list(leaves)]  # level n: the complete subtrees of 2^n leaves
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([node(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)])

    def __len__(self):
        return len(self.levels[0])

    def root(self, size):
        roots, start = [], 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                roots.append(self.levels[level][start >> level])
                start += 1 << level
        whole = roots.pop() if roots else EMPTY
        while roots:
            whole = node(roots.pop(), whole)
        return whole


def root_of(leaves):
    return Tree(leaves).root(len(leaves))


def root_over(leaf, index, size, path):
    """The root to which an inclusion path (section 2.1.1) leads; None when it is no path for this place."""
    if size == 1:
        return leaf if index == 0 and not path else None
    if not path or not 0 <= index < size:
        return None
    middle = split(size)
    if index < middle:
        left = root_over(leaf, index, middle, path[:-1])
        return left and node(left, path[-1])
    right = root_over(leaf, index - middle, size - middle, path[:-1])
    return right and node(path[-1], right)


def includes(leaf, index, size, root, path):
    return len(path) <= MAX_PATH and size > 0 and root_over(leaf, index, size, path) == root


def two_roots(old, new, path, known):
    """(root of `old` leaves, root of `new`) to which a consistency path (section 2.1.2) leads, None when it is none.
    `known`: the root of `old`, which the path leaves out where it is a subtree of the whole; None when it is in it."""
    if old == new:
        if known is not None:
            return None if path else (known, known)
        return (path[0], path[0]) if len(path) == 1 else None
    if not path:
        return None
    middle = split(new)
    if old <= middle:
        below = two_roots(old, middle, path[:-1], known)
        return below and (below[0], node(below[1], path[-1]))
    below = two_roots(old - middle, new - middle, path[:-1], None)
    return below and (node(path[-1], below[0]), node(path[-1], below[1]))


def consistent(old, old_root, new, new_root, path):
    if old in (0, new):
        return not path and old_root == (new_root if old == new else EMPTY)
    return old < new and len(path) <= MAX_PATH and two_roots(old, new, path, old_root) == (old_root, new_root)


def earlier_root(old, new, new_root, path):
    """The root of the first `old` of `new` leaves, for who does not know it (section 7, equivocation); None when the
    path does not lead to the root of `new`."""
    if old in (0, new):
        return None if path else new_root if old == new else EMPTY
    roots = two_roots(old, new, path, None) if old < new and len(path) <= MAX_PATH else None
    return roots[0] if roots and roots[1] == new_root else None
