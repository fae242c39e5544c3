#!/usr/bin/env python3
"""Writes a capture for the comparison of speed, and beside it what it truly holds. Standard library only.

    corpus.py dm-heavy FILE [--mib 256] [--seed 1]
    corpus.py mixed    FILE [--mib 256] [--seed 1]

dm-heavy  200 DM sessions at a time over HTTP, every second one in WBXML, 6 to 12 messages of 1 to 8 KiB each; one segment
          in a hundred changes places with the next, one in two hundred comes twice
mixed     DM sessions are one fiftieth of the octets; the rest is other HTTP, TLS, DNS and other UDP

The same kind, size and seed give the same octets. FILE.truth.json holds the numbers of sessions, messages, commands,
octets of DM bodies and so on. Checksums of IP and TCP are right.
"""

import argparse
import base64
import hashlib
import heapq
import json
import random
import struct

# Tokens of the elements used here: code page 0 (SyncML) and code page 1 (MetInf) of the SyncML 1.2 public identifier.
SYNCML = {
    "Add": 0x05, "Alert": 0x06, "Atomic": 0x08, "Cmd": 0x0A, "CmdID": 0x0B, "CmdRef": 0x0C, "Cred": 0x0E,
    "Data": 0x0F, "Delete": 0x10, "Exec": 0x11, "Final": 0x12, "Get": 0x13, "Item": 0x14, "LocURI": 0x17,
    "Meta": 0x1A, "MsgID": 0x1B, "MsgRef": 0x1C, "Replace": 0x20, "Results": 0x22, "Sequence": 0x24,
    "SessionID": 0x25, "Source": 0x27, "SourceRef": 0x28, "Status": 0x29, "SyncBody": 0x2B, "SyncHdr": 0x2C,
    "SyncML": 0x2D, "Target": 0x2E, "TargetRef": 0x2F, "VerDTD": 0x31, "VerProto": 0x32,
}
METINF = {"Format": 0x07, "MaxMsgSize": 0x0C, "Type": 0x13, "MaxObjSize": 0x15}
COMMANDS = {"Add", "Alert", "Atomic", "Delete", "Exec", "Get", "Replace", "Results", "Sequence", "Status"}

SERVER = "http://dm.example.net/dm"
# Stand in the messages of a template for what a session puts there; of the same length, so that no length changes.
DEVICE = b"IMEI:000000000000000"
SESSION = b"SESS"


# ---------------------------------------------------------------- messages: (name, text) or (name, [children])


def to_xml(node):
    out = ['<?xml version="1.0" encoding="UTF-8"?>']

    def write(node):
        name, content = node
        space = " xmlns='SYNCML:SYNCML1.2'" if name == "SyncML" else " xmlns='syncml:metinf'" if name in METINF else ""
        if isinstance(content, str):
            text = content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            out.append(f"<{name}{space}>{text}</{name}>")
        elif not content:
            out.append(f"<{name}{space}/>")
        else:
            out.append(f"<{name}{space}>")
            for child in content:
                write(child)
            out.append(f"</{name}>")

    write(node)
    return "".join(out).encode()


def to_wbxml(node, opaque):
    # Version 1.2, public identifier 0x1201, UTF-8, no string table.
    out = bytearray(b"\x02\xa4\x01\x6a\x00")
    page = 0

    def write(node):
        nonlocal page
        name, content = node
        wanted = 1 if name in METINF else 0
        if wanted != page:
            out.extend((0x00, wanted))
            page = wanted
        token = METINF[name] if wanted else SYNCML[name]
        if not content and not isinstance(content, str):
            out.append(token)
            return
        out.append(token | 0x40)
        if isinstance(content, str):
            octets = content.encode()
            if opaque and name == "Data":
                out.append(0xC3)
                out.extend(multi_byte(len(octets)))
                out.extend(octets)
            else:
                out.append(0x03)
                out.extend(octets)
                out.append(0x00)
        else:
            for child in content:
                write(child)
        out.append(0x01)

    write(node)
    return bytes(out)


def multi_byte(number):
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.insert(0, number & 0x7F | 0x80)
    return bytes(octets)


def names(node):
    yield node[0]
    if not isinstance(node[1], str):
        for child in node[1]:
            yield from names(child)


class Conversation:
    """One session, as pairs of a device's and a server's message."""

    def __init__(self, rng):
        self.rng = rng
        self.pairs = []
        self.statuses = 0
        exchanges = rng.randint(3, 6)
        waiting = []
        for number in range(1, exchanges + 1):
            if number == 1:
                body, asked = self.first()
            else:
                body, asked = self.answers(number - 1, waiting), []
            device = self.message(number, body, from_server=False, cred=number == 1)
            ids = iter(range(1, 10_000))
            body = [self.status(ids, number, "0", "SyncHdr", "212" if number == 1 else "200")]
            body += [self.status(ids, number, ref, name, "200") for ref, name in asked]
            # Results are not answered in DM.
            waiting = self.commands(ids, body) if number < exchanges else []
            self.pairs.append((device, self.message(number, body, from_server=True)))
        self.commands_in_all = sum(name in COMMANDS for pair in self.pairs for one in pair for name in names(one))

    def first(self):
        info = [("DevId", DEVICE.decode()), ("Man", "Acme"), ("Mod", f"M-{self.rng.randint(1, 99)}"), ("DmV", "1.2"), ("Lang", "en")]
        info += [(f"Ext/V{number}", self.text(20, 200)) for number in range(self.rng.randint(0, 10))]
        items = [self.item("Source", "./DevInfo/" + name, value) for name, value in info]
        body = [
            ("Alert", [("CmdID", "1"), ("Data", "1201")]),
            ("Replace", [("CmdID", "2"), *items]),
        ]
        return body, [("1", "Alert"), ("2", "Replace")]

    def answers(self, number, waiting):
        ids = iter(range(1, 10_000))
        body = [self.status(ids, number, "0", "SyncHdr", "200", from_server=False)]
        for ref, name, uri, sure in waiting:
            # What fails in an Atomic undoes all of it; none does here.
            code = "200" if sure or self.rng.random() < 0.9 else self.rng.choice(("404", "405", "500"))
            body.append(self.status(ids, number, ref, name, code, uri))
            if name == "Get" and code == "200":
                own = str(next(ids))
                result = self.item("Source", uri, self.text(20, 900))
                body.append(("Results", [("CmdID", own), ("MsgRef", str(number)), ("CmdRef", ref), result]))
        return body

    def commands(self, ids, body):
        waiting = []
        room = self.rng.randint(900, 7_000)
        while room > 0:
            own, uri = str(next(ids)), self.uri()
            name = self.rng.choices(("Get", "Replace", "Add", "Exec", "Delete", "Atomic", "Sequence"), (42, 22, 18, 4, 6, 5, 3))[0]
            container = name in ("Atomic", "Sequence")
            waiting.append((own, name, None if container else uri, container))
            if container:
                inner = []
                for _ in range(self.rng.randint(2, 4)):
                    inside, uri, value = str(next(ids)), self.uri(), self.text(10, 300)
                    waiting.append((inside, "Replace", uri, name == "Atomic"))
                    inner.append(("Replace", [("CmdID", inside), self.item("Target", uri, value)]))
                    room -= len(value) + 200
                body.append((name, [("CmdID", own), *inner]))
            elif name in ("Replace", "Add"):
                value = self.text(20, 1_500)
                body.append((name, [("CmdID", own), self.item("Target", uri, value)]))
                room -= len(value) + 200
            else:
                body.append((name, [("CmdID", own), ("Item", [("Target", [("LocURI", uri)])])]))
                room -= 120
        return waiting

    def uri(self):
        words = ("Vendor", "Policy", "WiFi", "VPN", "Cert", "App", "Settings", "Ext")
        path = [self.rng.choice(words) for _ in range(self.rng.randint(2, 5))]
        return "./" + "/".join(path) + f"/N{self.rng.randrange(100_000)}"

    def text(self, least, most):
        length = self.rng.randint(least, most)
        if self.rng.random() < 0.3:
            return base64.b64encode(self.rng.randbytes(length * 3 // 4)).decode()
        words = ("policy", "value", "enabled", "device", "<key>", "a & b", "true", "65535", "lorem", "ipsum", "Grüße", "設定")
        text = []
        while length > 0:
            text.append(self.rng.choice(words))
            length -= len(text[-1]) + 1
        return " ".join(text)

    @staticmethod
    def item(side, uri, value):
        meta = ("Meta", [("Format", "chr"), ("Type", "text/plain")])
        return ("Item", [(side, [("LocURI", uri)]), meta, ("Data", value)])

    def status(self, ids, message, command, name, code, uri=None, from_server=True):
        self.statuses += 1
        target = [("TargetRef", uri)] if uri else []
        if name == "SyncHdr":
            ends = [SERVER, DEVICE.decode()] if from_server else [DEVICE.decode(), SERVER]
            target = [("TargetRef", ends[0]), ("SourceRef", ends[1])]
        own, refs = str(next(ids)), [("MsgRef", str(message)), ("CmdRef", command), ("Cmd", name)]
        return ("Status", [("CmdID", own), *refs, *target, ("Data", code)])

    def message(self, number, body, from_server, cred=False):
        ends = [[("LocURI", SERVER)], [("LocURI", DEVICE.decode())]]
        if from_server:
            ends.reverse()
        header = [("VerDTD", "1.2"), ("VerProto", "DM/1.2"), ("SessionID", SESSION.decode()), ("MsgID", str(number))]
        header += [("Target", ends[0]), ("Source", ends[1])]
        if cred:
            digest = base64.b64encode(hashlib.md5(self.rng.randbytes(8)).digest()).decode()
            header.append(("Cred", [("Meta", [("Format", "b64"), ("Type", "syncml:auth-md5")]), ("Data", digest)]))
        if not from_server:
            header.append(("Meta", [("MaxMsgSize", "16384"), ("MaxObjSize", "1048576")]))
        return ("SyncML", [("SyncHdr", header), ("SyncBody", [*body, ("Final", [])])])


class Template:
    """The encoded messages of a conversation, to be used by many sessions."""

    def __init__(self, rng, number):
        conversation = Conversation(rng)
        self.wbxml = number % 2 == 1
        encode = (lambda node: to_wbxml(node, number % 4 == 3)) if self.wbxml else to_xml
        self.pairs = [tuple(encode(node) for node in pair) for pair in conversation.pairs]
        self.commands = conversation.commands_in_all
        self.statuses = conversation.statuses

    def messages(self, device, session):
        for pair in self.pairs:
            yield tuple(body.replace(DEVICE, device).replace(SESSION, session) for body in pair)


# ---------------------------------------------------------------- packets


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    # The sum with end-around carry is the remainder by 0xffff.
    return ~(int.from_bytes(octets, "big") % 0xFFFF) & 0xFFFF


def frame(source, destination, protocol, payload, identification):
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), identification & 0xFFFF, 0x4000, 64, protocol, 0)
    header += source + destination
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\x00" + header + payload


def udp(source, destination, ports, payload, identification):
    datagram = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
    pseudo = source + destination + struct.pack(">HH", 17, len(datagram))
    datagram = datagram[:6] + struct.pack(">H", checksum(pseudo + datagram) or 0xFFFF) + datagram[8:]
    return frame(source, destination, 17, datagram, identification)


class Connection:
    """A TCP connection; its methods yield (time, packet). `ways` are the client's and the server's."""

    def __init__(self, rng, client, server, ports, time, truth):
        self.rng, self.ends, self.ports, self.time, self.truth = rng, (client, server), ports, time, truth
        self.next = [rng.getrandbits(32), rng.getrandbits(32)]
        self.identification = rng.getrandbits(16)

    def packet(self, way, flags, sequence=None, payload=b"", least=5e-6, most=2e-4):
        self.time += self.rng.uniform(least, most)
        self.identification += 1
        source, destination = self.ends[way], self.ends[1 - way]
        sequence = self.next[way] if sequence is None else sequence
        acknowledged = 0 if flags == 0x02 else self.next[1 - way] & 0xFFFFFFFF
        ports = (self.ports[way], self.ports[1 - way])
        segment = struct.pack(">HHIIBBHHH", *ports, sequence & 0xFFFFFFFF, acknowledged, 0x50, flags, 64240, 0, 0) + payload
        pseudo = source + destination + struct.pack(">HH", 6, len(segment))
        segment = segment[:16] + struct.pack(">H", checksum(pseudo + segment)) + segment[18:]
        return self.time, frame(source, destination, 6, segment, self.identification)

    def open(self):
        yield self.packet(0, 0x02)
        self.next[0] += 1
        yield self.packet(1, 0x12)
        self.next[1] += 1
        yield self.packet(0, 0x10)

    def send(self, way, octets):
        start = self.next[way]
        segments = [(start + at, octets[at : at + 1460]) for at in range(0, len(octets), 1460)]
        for at in range(len(segments) - 1):
            if self.rng.random() < 0.01:
                segments[at], segments[at + 1] = segments[at + 1], segments[at]
                self.truth["out_of_order"] += 1
        highest = start
        for number, (sequence, payload) in enumerate(segments):
            yield self.packet(way, 0x18, sequence, payload)
            if self.rng.random() < 0.005:
                self.truth["twice"] += 1
                yield self.packet(way, 0x18, sequence, payload)
            if sequence == highest:
                highest += len(payload)
            if number % 2:
                self.next[way] = highest
                yield self.packet(1 - way, 0x10)
        self.next[way] = start + len(octets)
        yield self.packet(1 - way, 0x10)

    def close(self):
        for way in (0, 1):
            yield self.packet(way, 0x11)
            self.next[way] += 1
        yield self.packet(0, 0x10)


def address(network, host):
    return struct.pack(">I", network + host)


def dm_session(rng, templates, number, time, truth):
    template = rng.choice(templates)
    client, server = address(0x0A000000, 1 + number % 0xFFFFF), address(0xC0000200, 1 + number % 8)
    ports = (20_000 + number * 7 % 40_000, (80, 8080)[number % 2])
    connection = Connection(rng, client, server, ports, time, truth)
    media = b"application/vnd.syncml.dm+" + (b"wbxml" if template.wbxml else b"xml")
    yield from connection.open()
    for request, response in template.messages(b"IMEI:%015d" % (350_000_000_000_000 + number), b"%04X" % (number & 0xFFFF)):
        connection.time += rng.uniform(0.002, 0.05)
        head = b"POST /dm HTTP/1.1\r\nHost: dm.example.net\r\nUser-Agent: dmc/1.0\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        yield from connection.send(0, head % (media, len(request)) + request)
        connection.time += rng.uniform(0.002, 0.08)
        head = b"HTTP/1.1 200 OK\r\nServer: dms\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        yield from connection.send(1, head % (media, len(response)) + response)
        truth["messages"] += 2
        truth["dm_octets"] += len(request) + len(response)
    yield from connection.close()
    truth["sessions"] += 1
    truth["wbxml_sessions" if template.wbxml else "xml_sessions"] += 1
    truth["commands"] += template.commands
    truth["statuses"] += template.statuses


def other_traffic(rng, noise, time, truth):
    def some(length):
        at = rng.randrange(len(noise) - length)
        return noise[at : at + length]

    client, server = address(0x0A800000, rng.randrange(4_000)), address(0xC6336400, rng.randrange(250))
    port = rng.randint(1_024, 65_000)
    kind = rng.choices(("http", "tls", "dns", "udp"), (30, 50, 12, 8))[0]
    if kind in ("dns", "udp"):
        other = 53 if kind == "dns" else rng.choice((443, 5060, 123))
        for _ in range(1 if kind == "dns" else rng.randint(5, 60)):
            query = struct.pack(">HHHHHH", rng.getrandbits(16), 0x0100, 1, 0, 0, 0) + b"\x03www\x07example\x03com\0\0\1\0\1"
            payload = query if kind == "dns" else b"\x40" + some(rng.randint(30, 1_300))
            time += rng.uniform(1e-4, 5e-3)
            yield time, udp(client, server, (port, other), payload, rng.getrandbits(16))
            time += 1e-4
            yield time, udp(server, client, (other, port), payload, rng.getrandbits(16))
        return
    connection = Connection(rng, client, server, (port, 443 if kind == "tls" else rng.choice((80, 8080, 3128))), time, truth)
    yield from connection.open()
    if kind == "tls":
        hello = b"\x03\x03" + some(32) + b"\x20" + some(32) + b"\x00\x04\x13\x01\x13\x02\x01\x00\x00\x00"
        handshake = b"\x01" + struct.pack(">I", len(hello))[1:] + hello
        yield from connection.send(0, b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake)
        answer = b"\x02\x00\x00\x48\x03\x03" + some(32) + b"\x20" + some(32) + b"\x13\x01\x00\x00\x00"
        yield from connection.send(1, b"\x16\x03\x03" + struct.pack(">H", len(answer)) + answer)
        for _ in range(rng.randint(1, 12)):
            connection.time += rng.uniform(0.001, 0.05)
            way = int(rng.random() < 0.8)
            length = rng.randint(100, 16_000) if way else rng.randint(80, 1_200)
            yield from connection.send(way, b"\x17\x03\x03" + struct.pack(">H", length) + some(length))
    else:
        for _ in range(rng.randint(1, 8)):
            connection.time += rng.uniform(0.001, 0.05)
            yield from connection.send(0, b"GET /p/%d HTTP/1.1\r\nHost: www.example.org\r\n\r\n" % rng.randrange(10**6))
            connection.time += rng.uniform(0.001, 0.03)
            length = rng.randint(300, 40_000)
            media, body = rng.choice((
                (b"text/html", b"<html><body>" + base64.b64encode(some(length * 3 // 4)) + b"</body></html>"),
                (b"image/jpeg", some(length)),
                (b"application/xml", b"<?xml version='1.0'?><feed>" + base64.b64encode(some(length // 2)) + b"</feed>"),
                (b"application/json", b'{"d":"' + base64.b64encode(some(length // 2)) + b'"}'),
            ))
            head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (media, len(body))
            yield from connection.send(1, head + body)
    yield from connection.close()


# ---------------------------------------------------------------- the file


def write(kind, path, mib, seed, at_a_time=200):
    """Writes the capture and its truth; gives the truth."""
    rng = random.Random(f"{kind} {seed}")
    templates = [Template(random.Random(f"template {seed} {number}"), number) for number in range(80)]
    noise = random.Random(f"noise {seed}").randbytes(1 << 22)
    truth = dict.fromkeys(
        ("sessions", "xml_sessions", "wbxml_sessions", "messages", "commands", "statuses", "dm_octets", "frames", "out_of_order", "twice"), 0
    )
    limit, size, of_dm, running, begun = int(mib * (1 << 20)), 24, 0, 0, 0
    heap = []

    def begin(time, ticket):
        nonlocal running, begun
        # A session has about 32 kB.
        dm = kind == "dm-heavy" or of_dm + running * 32_000 < size / 50
        if dm:
            running += 1
            begun += 1
        source = dm_session(rng, templates, begun, time, truth) if dm else other_traffic(rng, noise, time, truth)
        first = next(source)
        heapq.heappush(heap, (first[0], ticket, first[1], source, dm))

    with open(path, "wb", buffering=1 << 20) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for ticket in range(at_a_time):
            begin(1_767_225_600 + rng.uniform(0, 0.3), ticket)
        tickets = at_a_time
        now = 0.0
        while heap:
            time, ticket, packet, source, dm = heapq.heappop(heap)
            now = max(now, time)
            out.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(packet), len(packet)))
            out.write(packet)
            size += 16 + len(packet)
            of_dm += (16 + len(packet)) * dm
            truth["frames"] += 1
            following = next(source, None)
            if following is not None:
                heapq.heappush(heap, (following[0], ticket, following[1], source, dm))
                continue
            running -= dm
            if size < limit:
                begin(now + rng.uniform(0, 0.01), tickets)
                tickets += 1
    truth.update(kind=kind, seed=seed, octets=size)
    with open(f"{path}.truth.json", "w") as out:
        json.dump(truth, out, indent=1)
    return truth


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("dm-heavy", "mixed"))
    parser.add_argument("file")
    parser.add_argument("--mib", type=float, default=256)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(json.dumps(write(options.kind, options.file, options.mib, options.seed)))


if __name__ == "__main__":
    main()
