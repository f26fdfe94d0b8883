"""Ed25519 as RFC 8032 section 5.1 has it, in plain Python: for vectors and judges, not for keys that matter.

Points are (X, Y, Z, T), extended homogeneous coordinates with x = X/Z, y = Y/Z, x*y = T/Z (section 5.1.4).
"""
import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1, 1, 0)


def _number(data):
    return int.from_bytes(data, "little")


def _challenge(*parts):
    return _number(hashlib.sha512(b"".join(parts)).digest()) % ORDER


def _add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    return ((f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P)


def _times(scalar, point):
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def _recover_x(y, sign):
    """None when no point has this y, or it has but one x and the sign asks for the other (section 5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    return x if x & 1 == sign else P - x


def _decode(data):
    y = _number(data)
    y, sign = y & (2**255 - 1), y >> 255
    x = _recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _encode(point):
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


Y = 4 * pow(5, -1, P) % P
X = _recover_x(Y, 0)
BASE = (X, Y, 1, X * Y % P)


def _expand(seed):
    """The secret scalar and the prefix of a 32-byte seed (section 5.1.5)."""
    digest = hashlib.sha512(seed).digest()
    return (_number(digest[:32]) & (2**254 - 8)) | 2**254, digest[32:]


def public(seed: bytes) -> bytes:
    """The 32-byte public key of a 32-byte seed."""
    return _encode(_times(_expand(seed)[0], BASE))


def sign(seed: bytes, message: bytes) -> bytes:
    """64 bytes: R, then S (section 5.1.6)."""
    scalar, prefix = _expand(seed)
    nonce = _challenge(prefix, message)
    r = _encode(_times(nonce, BASE))
    s = (nonce + _challenge(r, public(seed), message) * scalar) % ORDER
    return r + s.to_bytes(32, "little")


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Section 5.1.7 without the cofactor, as OpenSSL and Go do it: S below the order, [S]B - [k]A encoded equals R."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r, s = _decode(public), signature[:32], _number(signature[32:])
    if key is None or s >= ORDER:
        return False
    negative = (P - key[0], key[1], key[2], P - key[3])
    k = _challenge(r, public, message)
    return _encode(_add(_times(s, BASE), _times(k, negative))) == r
