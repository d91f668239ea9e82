"""A satellite link between two network namespaces of its own: packets between two TUN devices, with delay, jitter, loss, a rate and a queue.

    satellite.py NAME [key=value …]

Makes the namespaces NAME-rig (10.77.0.2) and NAME-cloud (10.77.0.1), says so in one line of JSON, then takes commands, one a line, and answers
each with one line of JSON. At `quit`, at the end of its input or at a signal it ends, and namespaces and devices go with it.

    set key=value …     up | cut | half (nothing from cloud to rig)     stats     door rig|cloud PORT     quit

A door lets a program outside reach 127.0.0.1:PORT inside through 127.0.0.1:PORT outside. Needs root, /dev/net/tun, ip, and Python 3.8 or later.
"""
import ctypes
import fcntl
import heapq
import json
import os
import random
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
MTU = 1400
PIECE = 65536

settings = {
    "delay_ms": 300.0,  # one way
    "jitter_ms": 20.0,  # more or less, evenly
    "loss": 1.0,  # percent of packets
    "rate_kbit": 512.0,  # each way, of IP packets
    "queue": 200.0,  # packets that wait for the line each way; more are dropped
    "seed": 1.0,
}
congestion = "cubic"


def change(words):
    global congestion
    for word in words:
        key, _, value = word.partition("=")
        if key == "congestion":
            congestion = value
        elif key in settings:
            settings[key] = float(value)
        else:
            raise ValueError(f"no setting {key!r}; there are congestion, {', '.join(settings)}")


def ip(*words):
    subprocess.run(["ip", *words], check=True)


libc = ctypes.CDLL(None, use_errno=True)
outside = os.open("/proc/self/ns/net", os.O_RDONLY)


class Inside:
    """While it lasts, sockets and settings are those of a namespace."""

    def __init__(self, namespace):
        self.namespace = namespace

    def __enter__(self):
        enter(self.namespace)

    def __exit__(self, *_):
        enter(outside)


def enter(namespace):
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class End:
    """One end of the link: its namespace, its device, and the line on which its packets leave."""

    def __init__(self, name, device, address, peer):
        self.name = name
        ip("netns", "add", name)
        try:
            self.open(device, address, peer)
        except BaseException:
            ip("netns", "del", name)
            raise

    def open(self, device, address, peer):
        self.namespace = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        with Inside(self.namespace):
            # A device belongs to the namespace that it is made in.
            self.tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(self.tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
        ip("-n", self.name, "addr", "add", address, "peer", peer, "dev", device)
        ip("-n", self.name, "link", "set", device, "mtu", str(MTU), "up")
        ip("-n", self.name, "link", "set", "lo", "up")
        # A namespace may not take for its default what the machine keeps to itself; a route may.
        ip("-n", self.name, "route", "replace", peer, "dev", device, "src", address, "congctl", congestion)
        self.free_at = 0.0
        self.leaves = []  # when the packets that wait for the line leave it, earliest first
        self.cut = False
        self.count = {"carried": 0, "bytes": 0, "payload": 0, "lost": 0, "overflowed": 0}
        self.reached = {}  # by connection: the TCP sequence number up to which bytes have arrived

    def arrived(self, packet):
        self.count["carried"] += 1
        self.count["bytes"] += len(packet)
        header = (packet[0] & 15) * 4
        if packet[9] != socket.IPPROTO_TCP or len(packet) < header + 20:
            return
        ports, sequence = struct.unpack_from("!II", packet, header)
        size = len(packet) - header - (packet[header + 12] >> 4) * 4
        begins = packet[header + 13] & 2  # SYN
        if begins or ports not in self.reached:
            self.reached[ports] = (sequence + (1 if begins else 0)) & 0xFFFFFFFF
        # What comes a second time is no use; holes are filled later, or the connection ends.
        news = (sequence + size - self.reached[ports]) & 0xFFFFFFFF
        if size > 0 and news < 0x80000000:
            self.count["payload"] += news
            self.reached[ports] = (sequence + size) & 0xFFFFFFFF

    def accept(self, packet, now):
        """When a packet arrives at the other end; None where it does not."""
        while self.leaves and self.leaves[0] <= now:
            heapq.heappop(self.leaves)
        if self.cut or chance.random() * 100 < settings["loss"]:
            self.count["lost"] += 1
            return None
        if len(self.leaves) >= settings["queue"]:
            self.count["overflowed"] += 1
            return None
        self.free_at = max(now, self.free_at) + len(packet) * 8 / (settings["rate_kbit"] * 1000)
        heapq.heappush(self.leaves, self.free_at)
        jitter = chance.uniform(-1, 1) * settings["jitter_ms"]
        return self.free_at + max(0.0, settings["delay_ms"] + jitter) / 1000


selector = selectors.DefaultSelector()
under_way = []  # heap of (arrives, number, from, to, packet)
number = 0
running = True


def packets(end, other):
    global number
    while True:
        try:
            packet = os.read(end.tun, PIECE)
        except BlockingIOError:
            return
        arrives = end.accept(packet, time.monotonic())
        if arrives is not None:
            number += 1
            heapq.heappush(under_way, (arrives, number, end, other, packet))


def deliver():
    while under_way and under_way[0][0] <= time.monotonic():
        _, _, end, other, packet = heapq.heappop(under_way)
        if end.cut:
            end.count["lost"] += 1
            continue
        try:
            os.write(other.tun, packet)
        except OSError:
            end.count["lost"] += 1
            continue
        end.arrived(packet)


def open_door(end, port):
    listener = socket.create_server(("127.0.0.1", port))
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, lambda _: enter_door(listener, end, port))


def enter_door(listener, end, port):
    near, _ = listener.accept()
    with Inside(end.namespace):
        far = socket.socket()
    try:
        far.connect(("127.0.0.1", port))
    except OSError:
        near.close()
        far.close()
        return
    for one, other in ((near, far), (far, near)):
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(one, selectors.EVENT_READ, lambda _, a=one, b=other: pass_on(a, b))


def pass_on(one, other):
    try:
        piece = one.recv(PIECE)
        # Both sides are programs of this machine, which read what they asked for.
        if piece:
            other.sendall(piece)
            return
    except OSError:
        pass
    for each in (one, other):
        try:
            selector.unregister(each)
        except KeyError:
            pass
        each.close()


def command(line):
    global running
    word, *rest = line.split()
    if word == "set":
        change(rest)
    elif word in ("up", "cut", "half"):
        rig.cut = word == "cut"
        cloud.cut = word != "up"
    elif word == "door":
        open_door(rig if rest[0] == "rig" else cloud, int(rest[1]))
    elif word == "quit":
        running = False
    elif word != "stats":
        raise ValueError(f"no command {word!r}")
    return {"up": rig.count, "down": cloud.count}


pending = b""


def commands(_):
    global running, pending
    read = os.read(0, PIECE)
    if not read:
        running = False
    *lines, pending = (pending + read).split(b"\n")
    for line in lines:
        try:
            answer = command(line.decode())
        except (ValueError, OSError, IndexError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


def stop(*_):
    global running
    running = False


name = sys.argv[1]
change(sys.argv[2:])
chance = random.Random(int(settings["seed"]))
rig = End(f"{name}-rig", "sat0", "10.77.0.2", "10.77.0.1")
try:
    cloud = End(f"{name}-cloud", "sat0", "10.77.0.1", "10.77.0.2")
except BaseException:
    ip("netns", "del", rig.name)
    raise
try:
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    selector.register(rig.tun, selectors.EVENT_READ, lambda _: packets(rig, cloud))
    selector.register(cloud.tun, selectors.EVENT_READ, lambda _: packets(cloud, rig))
    selector.register(0, selectors.EVENT_READ, commands)
    print(json.dumps({"rig": rig.name, "cloud": cloud.name, "congestion": congestion}), flush=True)
    while running:
        deliver()
        wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else 1.0
        for key, mask in selector.select(wait):
            # A door's other half may have closed it in this same round.
            if key.fileobj in selector.get_map():
                key.data(mask)
finally:
    for end in (rig, cloud):
        ip("netns", "del", end.name)
