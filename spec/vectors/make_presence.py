"""Makes presence.json from spec/presence.md alone (Python's standard library, no code of ours).

Run by hand when the specification changes: python3 spec/vectors/make_presence.py
"""
import sys

sys.dont_write_bytecode = True
from make_tree import write

STATES = ["off", "here", "busy", "away"]
BURST, BURST_SECONDS = 6, 15
HOURLY, HOUR = 60, 3600


def read(frames):
    """Frames of one stream, all at once, from somebody who has said nothing before: (what is believed, why no more is)."""
    told = []
    for byte in frames:
        if byte >= len(STATES):
            return told, "FRAME_MALFORMED"
        state = STATES[byte]
        if told and told[-1] in ("off", state) or len(told) == BURST:
            return told, "FRAME_UNEXPECTED"
        told.append(state)
    return told, None


def stream(name, frames):
    told, refused = read(frames)
    return {"name": name, "bytes": bytes(frames).hex(), "told": told, **({"refused": refused} if refused else {})}


def believed(seconds):
    """Of changes at these times, each on a stream that holds, which are believed; what is not believed is not counted."""
    taken, says = [], []
    for at in seconds:
        fits = all(sum(at - past < span for past in taken) < most for most, span in ((BURST, BURST_SECONDS), (HOURLY, HOUR)))
        taken += [at] if fits else []
        says.append("1" if fits else "0")
    return "".join(says)


def pace(name, seconds):
    return {"name": name, "seconds": seconds, "believed": believed(seconds)}


STREAMS = [
    *(stream(name, [byte]) for byte, name in enumerate(STATES)),
    stream("nothing yet", []),
    stream("a morning", [1, 2, 1, 3]),
    stream("busy, and gone", [2, 0]),
    stream("the same again", [2, 2]),
    stream("the same again later", [1, 3, 1, 1]),
    stream("something after off", [1, 0, 1]),
    stream("off twice", [0, 0]),
    stream("a state that there is not", [4]),
    stream("a letter", [1, 0x61]),
    stream("the last byte", [255]),
    stream("as many as may come together", [1, 2, 1, 2, 1, 2]),
    stream("one more than that", [1, 2, 1, 2, 1, 2, 1]),
    stream("an alphabet", [1, 2, 3] * 8),
]

PACES = [
    pace("one in five seconds", [5 * n for n in range(20)]),
    pace("six together, and one too early", [0, 0, 0, 0, 0, 0, 14]),
    pace("six together, and one in time", [0, 0, 0, 0, 0, 0, 15]),
    pace("sixty in an hour, and no more", [50 * n for n in range(72)]),
    pace("one in a second", list(range(40))),
]

if __name__ == "__main__":
    write("presence.json", {"streams": STREAMS, "paces": PACES})
