"""Makes clock.json from spec/clock.md alone (Python's standard library, no code of ours).

Run by hand when the specification changes: python3 spec/vectors/make_clock.py
"""
import hashlib, sys

sys.dont_write_bytecode = True
from make_tree import write

LAST = 8640000000000000
NOW = 1764000000123
NONCE, OTHER = (hashlib.sha256(word).digest()[:16] for word in (b"nonce", b"another"))


def answer(name, data, expect="FRAME_MALFORMED", **more):
    return {"name": name, "nonce": NONCE.hex(), "answer": data.hex(), "expect": expect, **more}


def told(time, nonce=NONCE):
    return nonce + time.to_bytes(8, "big")


ANSWERS = [
    answer("a time", told(NOW), "accept", time=NOW),
    answer("1970", told(0), "accept", time=0),
    answer("the last time", told(LAST), "accept", time=LAST),
    answer("after the last time", told(LAST + 1)),
    answer("the largest number", told(2 ** 64 - 1)),
    answer("an answer to another question", told(NOW, OTHER)),
    answer("a time alone", told(NOW)[16:]),
    answer("a byte too few", told(NOW)[:-1]),
    answer("a byte too many", told(NOW) + b"\0"),
    answer("nothing", b""),
]


def skew(name, *answers):
    sent, trip, time = min(answers, key=lambda each: each[1])
    return {"name": name, "answers": [{"sent": sent, "trip": trip, "time": time} for sent, trip, time in answers],
            "offset": time - (sent + trip / 2), "error": trip / 2 + 1}


SKEWS = [
    skew("clocks that agree", (NOW, 4, NOW + 2)),
    skew("theirs is ahead", (NOW, 10, NOW + 90005)),
    skew("theirs is behind", (NOW, 10, NOW - 90005)),
    skew("the quickest counts", (NOW, 900, NOW + 880), (NOW + 900, 8, NOW + 904), (NOW + 908, 40, NOW + 911)),
    skew("the first of two that are as quick", (NOW, 8, NOW + 4), (NOW + 8, 8, NOW + 20)),
    skew("a difference within its error", (NOW, 3000, NOW + 2900)),
]

if __name__ == "__main__":
    write("clock.json", {"answers": ANSWERS, "skews": SKEWS})
