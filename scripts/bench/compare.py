#!/usr/bin/env python3
"""Measures dmscope beside tshark and beside a bare walk over the records, on the same captures in turn.

    compare.py [--mib 256] [--runs 3] [--dir bench-data] [--binary target/release/dmscope] [--kinds dm-heavy,mixed]

Before that: cargo build --release --bin dmscope --example walk

Captures that are not in the folder yet are written by corpus.py. Each command runs once a round, so that a busy machine
slows all of them; the first round warms the page cache and is not counted. Prints medians, and compares the report of
dmscope with what the capture truly holds: a difference is printed and ends with code 1. Standard library only.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Runs a command and prints wall time and processor time in seconds, peak memory in MiB, and exit code. A process of its
# own, so that the peak is that of one command: the kernel gives the highest of all children.
MEASURE = """
import json, os, resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], "wb"), stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL).returncode
wall = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
print(json.dumps([wall, used.ru_utime + used.ru_stime, used.ru_maxrss / unit, code]))
"""


def commands(binary, walk):
    xml = []
    for media in ("application/vnd.syncml.dm+xml", "application/vnd.syncml+xml"):
        xml += ["-d", f"media_type=={media},xml"]
    order = ["-o", "tcp.reassemble_out_of_order:TRUE"]
    return {
        "dmscope": [binary, "analyze", "--quiet", "--format", "json", "--jobs", "1", "{}"],
        "tshark -T json": ["tshark", "-r", "{}", *xml, *order, "-Y", "wbxml||xml", "-T", "json"],
        "walk": [walk, "{}"],
    }


def measure(command, path, output=os.devnull):
    command = [path if word == "{}" else word for word in command]
    ran = subprocess.run([sys.executable, "-S", "-c", MEASURE, output, *command], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def found(report):
    """What a report says of the things that the truth speaks of."""
    messages = [message for session in report["sessions"] for message in session["messages"]]
    commands = [command for message in messages for command in message["commands"]]
    encodings = [{message["encoding"] for message in session["messages"]} for session in report["sessions"]]
    return {
        "sessions": len(report["sessions"]),
        "xml_sessions": encodings.count({"xml"}),
        "wbxml_sessions": encodings.count({"wbxml"}),
        "messages": len(messages),
        "commands": len(commands),
        "statuses": sum(command["name"] == "Status" for command in commands),
        "dm_octets": sum(message["bytes"] for message in messages),
        "frames": sum(source["packets"] for source in report["inputs"]),
        "octets": sum(source["bytes"] for source in report["inputs"]),
        "complete sessions": sum(session["end"] == "completed" for session in report["sessions"]),
        "messages read in part": sum(message.get("decoded", "whole") != "whole" for message in messages),
        # Encrypted connections stay closed without secrets, as they should.
        "problems": sum(p["kind"] != "encrypted-traffic" for source in report["inputs"] for p in source["problems"]),
    }


def check(command, path, truth):
    """Compares a report with the truth; gives the number of differences."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        measure(command, path, out.name)
        with open(out.name, "rb") as file:
            report = json.load(file)
    expected = {key: value for key, value in truth.items() if key not in ("kind", "seed", "out_of_order", "twice")}
    expected |= {"complete sessions": truth["sessions"], "messages read in part": 0, "problems": 0}
    got = found(report)
    wrong = [key for key, value in expected.items() if got.get(key) != value]
    for key in wrong:
        print(f"  WRONG  {key}: {got.get(key)}, in truth {expected[key]}")
    if not wrong:
        print(f"  the report agrees with the truth in {len(expected)} numbers")
    counts = {}
    for finding in report["findings"]:
        counts[finding["rule"]] = counts.get(finding["rule"], 0) + 1
    if counts:
        print("  findings: " + ", ".join(f"{rule} {count}" for rule, count in sorted(counts.items())))
    return len(wrong)


def compare(kind, options):
    path = os.path.join(options.dir, f"{kind}-{options.mib:g}.pcap")
    if not os.path.exists(path + ".truth.json"):
        print(f"writing {path} …", flush=True)
        corpus.write(kind, path, options.mib, 1)
    with open(path + ".truth.json") as file:
        truth = json.load(file)
    size = truth["octets"]
    print(
        f"\n{kind}: {size / 1e6:.1f} MB, {truth['frames']} frames, {truth['sessions']} sessions, "
        f"{truth['messages']} messages, {truth['dm_octets'] / 1e6:.1f} MB of DM bodies"
    )
    ways = {name: way for name, way in commands(options.binary, options.walk).items() if shutil.which(way[0])}
    for name in commands(options.binary, options.walk).keys() - ways.keys():
        print(f"  {name}: not there")
    if "dmscope" not in ways:
        sys.exit("build first: cargo build --release --bin dmscope --example walk")
    wrong = check(ways["dmscope"], path, truth)
    runs = {name: [] for name in ways}
    for number in range(options.runs + 1):
        for name, way in ways.items():
            if number or name != "tshark -T json":
                result = measure(way, path)
                if number:
                    runs[name].append(result)
    print(f"  {'':16} {'wall s':>8} {'least':>8} {'most':>8} {'cpu s':>8} {'MB/s':>8} {'msg/s':>9} {'MiB':>7} {'ratio':>7}  code")
    ours = statistics.median(run[0] for run in runs["dmscope"])
    for name, results in runs.items():
        walls = [run[0] for run in results]
        wall = statistics.median(walls)
        cpu, peak = (statistics.median(run[at] for run in results) for at in (1, 2))
        codes = ",".join(str(code) for code in sorted({run[3] for run in results}))
        print(
            f"  {name:16} {wall:8.3f} {min(walls):8.3f} {max(walls):8.3f} {cpu:8.3f} {size / 1e6 / wall:8.1f} "
            f"{truth['messages'] / wall:9.0f} {peak:7.1f} {wall / ours:6.2f}x  {codes}"
        )
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=float, default=256)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--dir", default=os.path.join(TOP, "bench-data"))
    parser.add_argument("--binary", default=os.path.join(TOP, "target/release/dmscope"))
    parser.add_argument("--walk", default=os.path.join(TOP, "target/release/examples/walk"))
    parser.add_argument("--kinds", default="dm-heavy,mixed")
    options = parser.parse_args()
    os.makedirs(options.dir, exist_ok=True)
    sys.exit(1 if sum(compare(kind, options) for kind in options.kinds.split(",")) else 0)


if __name__ == "__main__":
    main()
