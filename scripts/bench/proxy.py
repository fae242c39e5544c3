#!/usr/bin/env python3
"""Measures `dmscope proxy` beside nginx and mitmproxy, and reading of TLS beside reading of the same in clear.

    proxy.py [--seconds 5] [--rounds 3] [--connections 1,32] [--binary target/release/dmscope] [--skip load,many,tls]

Before that: cargo build --release. Needs nginx and wrk (Debian packages of these names); mitmdump where it is installed.

load  One server (nginx) answers every POST with 1.3 KiB; wrk sends 2 KiB bodies, directly and through each proxy, one
      variant after the other in each round, so that a busy machine slows all of them. Medians of the rounds.
many  2 000 connections at one time, each with an exchange under way: memory of dmscope.
tls   The same sessions through `dmscope proxy` over TLS, recorded sealed and in clear; then both are analysed in turn.

Everything is on loopback. Standard library only.
"""

import argparse
import json
import os
import re
import resource
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ANSWER = "<SyncML xmlns='SYNCML:SYNCML1.2'>" + "x" * 1250 + "</SyncML>"
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/vnd.syncml.dm+xml"
wrk.body = "<SyncML>" .. string.rep("a", 2031) .. "</SyncML>"
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %f %f %f\\n", summary.requests,
    errors.status + errors.read + errors.write + errors.timeout + errors.connect,
    summary.duration / 1e6, latency:percentile(50), latency:percentile(99)))
end
"""


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = tempfile.mkdtemp(prefix="dmscope-bench-")
        self.processes = []
        self.port = 20_000 + os.getpid() % 10_000

    def free_port(self):
        while True:
            self.port += 1
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", self.port))
                    return self.port
                except OSError:
                    pass

    def start(self, command, port):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                return process
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"nothing listens on {port}: {' '.join(command)}")

    def nginx(self, name, server, extra=""):
        """An nginx with one worker; `server` is the inside of its server block."""
        port, folder = self.free_port(), os.path.join(self.folder, name)
        os.makedirs(folder)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in kinds)
        config = (
            f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors; "
            "worker_rlimit_nofile 16384; events { worker_connections 8192; } "
            f"http {{ access_log off; keepalive_requests 10000000; client_body_buffer_size 64k; {paths} {extra} "
            f"server {{ listen 127.0.0.1:{port}; {server} }} }}"
        )
        path = os.path.join(folder, "conf")
        with open(path, "w") as file:
            file.write(config)
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        return port, self.start([program, "-p", folder, "-c", path, "-e", f"{folder}/errors"], port)

    def dmscope(self, *more, upstream):
        port = self.free_port()
        command = [self.arguments.binary, "proxy", "--quiet", "--listen", f"127.0.0.1:{port}"]
        return port, self.start([*command, "--upstream", f"http://127.0.0.1:{upstream}", *more], port)

    def mitmdump(self, *more, upstream):
        port, program = self.free_port(), shutil.which("mitmdump")
        command = [program, "-q", "--mode", f"reverse:http://127.0.0.1:{upstream}", "--listen-host", "127.0.0.1"]
        home = os.path.join(self.folder, f"mitm{port}")
        return port, self.start([*command, "--listen-port", str(port), "--set", f"confdir={home}", *more], port)

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        self.processes.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


def wrk(bench, port, connections, seconds):
    script = os.path.join(bench.folder, "post.lua")
    if not os.path.exists(script):
        with open(script, "w") as file:
            file.write(SCRIPT)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{port}/dm"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    count, errors, duration, p50, p99 = map(float, re.search(r"RESULT (\S+) (\S+) (\S+) (\S+) (\S+)", ran.stdout).groups())
    return count / duration, p50, p99, errors


def peak(process):
    """MiB that a process and its children held in memory at most."""
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    total = 0
    for pid in [process.pid, *map(int, children)]:
        try:
            with open(f"/proc/{pid}/status") as file:
                total += int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1))
        except (OSError, AttributeError):
            pass
    return total / 1024


def load(bench):
    options = bench.arguments
    backend, _ = bench.nginx("server", f'location / {{ default_type application/vnd.syncml.dm+xml; return 200 "{ANSWER}"; }}')
    pool = f"upstream server {{ server 127.0.0.1:{backend}; keepalive 64; keepalive_requests 10000000; }} "
    location = 'location / {{ proxy_pass http://server; proxy_http_version 1.1; proxy_set_header Connection ""; {} }}'
    log = f"access_log {bench.folder}/bodies full;"
    variants = [
        ("direct", backend, None),
        ("nginx", *bench.nginx("relay", location.format(""), pool)),
        ("nginx, logs bodies", *bench.nginx("log", location.format(log), pool + "log_format full escape=none '$request_body'; ")),
        ("dmscope, relays", *bench.dmscope("--no-analysis", upstream=backend)),
        ("dmscope, records", *bench.dmscope("--no-analysis", "--record", f"{bench.folder}/a.pcapng", upstream=backend)),
        ("dmscope, and judges", *bench.dmscope("--record", f"{bench.folder}/b.pcapng", upstream=backend)),
    ]
    if shutil.which("mitmdump"):
        variants.append(("mitmdump, records", *bench.mitmdump("-w", f"{bench.folder}/flows", upstream=backend)))
    for connections in map(int, options.connections.split(",")):
        results = {name: [] for name, *_ in variants}
        for name, port, _ in variants:
            wrk(bench, port, connections, 1)
        for _ in range(options.rounds):
            for name, port, _ in variants:
                results[name].append(wrk(bench, port, connections, options.seconds))
        medians = {name: [statistics.median(run[at] for run in runs) for at in range(4)] for name, runs in results.items()}
        print(f"\n{connections} connections, {options.seconds} s, medians of {options.rounds} rounds")
        print(f"{'':22}{'requests/s':>12}{'to direct':>11}{'p50 us':>9}{'p99 us':>9}{'+p99 us':>9}{'errors':>8}{'peak MiB':>10}")
        direct = medians["direct"]
        for name, _, process in variants:
            rate, p50, p99, errors = medians[name]
            memory = f"{peak(process):10.1f}" if process else " " * 10
            print(f"{name:22}{rate:12.0f}{rate / direct[0]:11.3f}{p50:9.0f}{p99:9.0f}{p99 - direct[2]:9.0f}{errors:8.0f}{memory}")
        recording = medians["dmscope, records"][0]
        ratios = [f"{recording / medians['nginx, logs bodies'][0]:.2f} x nginx that logs bodies"]
        if "mitmdump, records" in medians:
            ratios.append(f"{recording / medians['mitmdump, records'][0]:.0f} x mitmdump")
        print("dmscope, records: " + ", ".join(ratios))


def many(bench, count=2_000):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))
    backend, _ = bench.nginx("many", f'location / {{ default_type application/vnd.syncml.dm+xml; return 200 "{ANSWER}"; }}')
    port, process = bench.dmscope("--record", f"{bench.folder}/many.pcapng", upstream=backend)
    body = b"<SyncML>" + b"a" * 2031 + b"</SyncML>"
    head = f"POST /dm HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.syncml.dm+xml\r\nContent-Length: {len(body)}\r\n\r\n"
    request = head.encode() + body
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    for one in sockets:
        one.sendall(request[:-10])
    for one in sockets:
        one.sendall(request[-10:])
    answered = 0
    for one in sockets:
        one.settimeout(30)
        got = b""
        while not got.endswith(b"</SyncML>"):
            got += one.recv(65_536)
        answered += 1
    print(f"\n{count} connections at one time: {answered} answered, dmscope held {peak(process):.1f} MiB at most")
    for one in sockets:
        one.close()


def tls(bench):
    """Plays one device's session again and again, as if by many devices, over TLS."""
    sys.path.insert(0, os.path.join(TOP, "scripts", "bench"))
    binary, folder = bench.arguments.binary, bench.folder
    ca = os.path.join(folder, "ca")
    subprocess.run([binary, "ca", "init", "--dir", ca, "--key", "ec"], check=True, stdout=subprocess.DEVNULL)
    report = subprocess.run([binary, "analyze", "--format", "json", os.path.join(TOP, "captures", "10-atomic.pcap")], capture_output=True, text=True)
    assert json.loads(report.stdout)["sessions"]
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml.dm+xml\r\nContent-Length: "

    def item(number):
        return f"<Item><Target><LocURI>./Vendor/node{number}</LocURI></Target><Data>{'value ' * 20}{number}</Data></Item>"

    def message(device, number, sender, body):
        names = ("https://dm.example.com/dm", device) if sender == "device" else (device, "https://dm.example.com/dm")
        return (
            "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>"
            f"<MsgID>{number}</MsgID><Target><LocURI>{names[0]}</LocURI></Target><Source><LocURI>{names[1]}</LocURI></Source></SyncHdr>"
            f"<SyncBody>{body}<Final/></SyncBody></SyncML>"
        ).encode()

    def status(number, reference, command, cmd_ref, code):
        return f"<Status><CmdID>{number}</CmdID><MsgRef>{reference}</MsgRef><CmdRef>{cmd_ref}</CmdRef><Cmd>{command}</Cmd><Data>{code}</Data></Status>"

    def exchanges(device):
        info = "".join(
            f"<Item><Source><LocURI>./DevInfo/{name}</LocURI></Source><Data>{value}</Data></Item>"
            for name, value in (("DevId", device), ("Man", "Example"), ("Mod", "X1"), ("DmV", "1.0"), ("Lang", "en"))
        )
        first = f"<Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Replace><CmdID>2</CmdID>{info}</Replace>"
        replace = f"<Replace><CmdID>4</CmdID>{''.join(map(item, range(40)))}</Replace>"
        yield (message(device, 1, "device", first), message(device, 1, "server",
            status(1, 1, "SyncHdr", 0, 200) + status(2, 1, "Alert", 1, 200) + status(3, 1, "Replace", 2, 200) + replace))
        for number in range(2, 6):
            own = status(1, number - 1, "SyncHdr", 0, 200) + status(2, number - 1, "Replace", 4 if number == 2 else 2, 200)
            more = "" if number == 5 else f"<Replace><CmdID>2</CmdID>{''.join(map(item, range(40)))}</Replace>"
            yield message(device, number, "device", own), message(device, number, "server", status(1, number, "SyncHdr", 0, 200) + more)

    def serve(stream):
        pending, queue = b"", None
        with stream:
            while True:
                while b"\r\n\r\n" not in pending or len(pending) < pending.index(b"\r\n\r\n") + 4 + length(pending):
                    got = stream.recv(65_536)
                    if not got:
                        return
                    pending += got
                end = pending.index(b"\r\n\r\n") + 4
                size = length(pending)
                body, pending = pending[end:end + size], pending[end + size:]
                device = re.search(rb"IMEI:\d+", body).group(0).decode()
                number = int(re.search(rb"<MsgID>(\d+)", body).group(1))
                queue = queue if queue and number > 1 else list(exchanges(device))
                answer = queue[number - 1][1]
                stream.sendall(head + str(len(answer)).encode() + b"\r\n\r\n" + answer)

    def length(pending):
        return int(re.search(rb"(?i)content-length: *(\d+)", pending).group(1))

    def accept():
        while True:
            try:
                stream, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(stream,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    context = ssl.create_default_context(cafile=os.path.join(ca, "ca.pem"))
    recordings = {}
    for how in ("sealed", "clear"):
        path = os.path.join(folder, f"{how}.pcapng")
        port, process = bench.dmscope("--no-analysis", "--ca-dir", ca, "--record-tls", how, "--record", path, upstream=listener.getsockname()[1])
        for number in range(bench.arguments.sessions):
            plain = socket.create_connection(("127.0.0.1", port))
            with context.wrap_socket(plain, server_hostname="dm.example.com") as stream:
                for asked, answer in exchanges(f"IMEI:{number:015}"):
                    request = b"POST /dm HTTP/1.1\r\nHost: dm.example.com\r\nContent-Type: application/vnd.syncml.dm+xml\r\nContent-Length: "
                    stream.sendall(request + str(len(asked)).encode() + b"\r\n\r\n" + asked)
                    got = b""
                    while not got.endswith(answer):
                        got += stream.recv(65_536)
        process.send_signal(2)
        process.wait(30)
        recordings[how] = path
    listener.close()
    times, shapes = {how: [] for how in recordings}, {}
    for round_number in range(bench.arguments.rounds + 1):
        for how, path in recordings.items():
            start = time.monotonic()
            ran = subprocess.run([binary, "analyze", "--quiet", "--format", "json", "--jobs", "1", path], capture_output=True, text=True)
            if round_number:
                times[how].append(time.monotonic() - start)
            else:
                shapes[how] = json.loads(ran.stdout)["summary"]
    assert shapes["sealed"] == shapes["clear"], shapes
    sealed, clear = (statistics.median(times[how]) for how in ("sealed", "clear"))
    size = {how: os.path.getsize(path) / 1e6 for how, path in recordings.items()}
    print(f"\nTLS: {shapes['clear']['messages']} messages, {size['sealed']:.1f} MB sealed in {sealed:.3f} s, "
          f"{size['clear']:.1f} MB in clear in {clear:.3f} s: {clear / sealed:.2f} of the speed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", default="1,32")
    parser.add_argument("--sessions", type=int, default=400, help="of the TLS part")
    parser.add_argument("--binary", default=os.path.join(TOP, "target", "release", "dmscope"))
    parser.add_argument("--skip", default="", help="parts to leave out: load,many,tls")
    arguments = parser.parse_args()
    for name, part in (("load", load), ("many", many), ("tls", tls)):
        if name in arguments.skip.split(","):
            continue
        bench = Bench(arguments)
        try:
            part(bench)
        finally:
            bench.stop()


if __name__ == "__main__":
    main()
