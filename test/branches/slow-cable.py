"""A slow cable that loses packets: slow-cable.py <device> <device> <delay ms> <jitter ms> <loss %> <Mbit/s, or 0>

Makes both devices, for someone to plug in; they are gone when this ends. Does what netem does, each way, on kernels that
have no netem, too. Needs nothing but the standard library and /dev/net/tun.
"""

import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
LONGEST_FRAME = 65_536


def tap(name):
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    return end


ends = [tap(name) for name in sys.argv[1:3]]
delay, jitter, loss, megabits = (float(number) for number in sys.argv[3:7])
free_at = {end: 0.0 for end in ends}
on_their_way = []
count = 0
print(json.dumps({"event": "ready", "at": time.time() * 1000}), flush=True)

while True:
    pause = max(0, on_their_way[0][0] - time.monotonic()) if on_their_way else None
    readable, _, _ = select.select([*ends, sys.stdin], [], [], pause)
    if sys.stdin in readable:  # whoever started this is gone
        break
    for end in readable:
        frame = os.read(end, LONGEST_FRAME)
        if random.random() * 100 < loss:
            continue
        leaves = max(time.monotonic(), free_at[end])
        if megabits > 0:
            leaves += len(frame) * 8 / (megabits * 1_000_000)
        free_at[end] = leaves
        due = leaves + (delay + random.uniform(-jitter, jitter)) / 1000
        count += 1
        heapq.heappush(on_their_way, (due, count, ends[1 - ends.index(end)], frame))
    while on_their_way and on_their_way[0][0] <= time.monotonic():
        _, _, end, frame = heapq.heappop(on_their_way)
        try:
            os.write(end, frame)
        except OSError:
            pass  # its device is not up
