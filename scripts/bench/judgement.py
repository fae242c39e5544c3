#!/usr/bin/env python3
"""What judging costs beside decoding, and what each format of a report costs beside its JSON.

    judgement.py [--mib 64] [--runs 3] [--dir bench-data] [--binary target/release/dmscope]

Decoding alone is a run with a single rule that hardly ever looks. Processor time of one thread, medians, in turn, so that a
busy machine slows all of them. For the formats a capture with some ten thousand findings is written, analysed once, and its stored report turned
into each format. Standard library only.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FORMATS = ["json", "ndjson", "text", "html", "junit", "markdown", "sarif", "csv", "github"]


def cpu(command, output=os.devnull):
    """Seconds of processor time of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(output, "wb") as out:
        subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def median(commands, runs):
    """The median of each command, run in turn; the first round warms up."""
    times = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            used = cpu(command)
            if turn > 0:
                times[name].append(used)
    return {name: statistics.median(used) for name, used in times.items()}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mib", type=int, default=64)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--dir", default=os.path.join(TOP, "bench-data"))
    options.add_argument("--binary", default=os.path.join(TOP, "target", "release", "dmscope"))
    options = options.parse_args()
    os.makedirs(options.dir, exist_ok=True)
    capture = os.path.join(options.dir, f"dm-heavy-{options.mib}.pcap")
    if not os.path.exists(capture):
        corpus.write("dm-heavy", capture, options.mib, 1)
    run = [options.binary, "analyze", "--quiet", "--format", "json", "--jobs", "1"]
    found = median(
        {
            "decoding": [*run, "--select", "none", capture],
            "and rules": [*run, "--no-tests", capture],
            "and test cases": [*run, capture],
        },
        options.runs,
    )
    decoding, rules, cases = found.values()
    for name, used in found.items():
        print(f"{name:<16}{used:8.2f} s")
    print(f"rules : decoding                  {(rules - decoding) / decoding:6.2f}")
    print(f"test cases : decoding and rules   {(cases - rules) / rules:6.2f}")

    with tempfile.TemporaryDirectory() as folder:
        stored = os.path.join(folder, "report.json")
        cpu([options.binary, "analyze", "--quiet", "--format", "json", *[capture] * 1], stored)
        used = median({name: [options.binary, "report", stored, "--format", name] for name in FORMATS}, options.runs)
        for name in FORMATS:
            print(f"{name:<16}{used[name]:8.2f} s {used[name] / used['json']:6.2f} × json")


if __name__ == "__main__":
    main()
