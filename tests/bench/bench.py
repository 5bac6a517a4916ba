#!/usr/bin/env -S python3 -B
"""Benchmarks of supd against a bare loop of the same system calls. Prints one markdown table; README.md explains its rows.

Needs root and a writable cgroup2. Ends with code 0 whatever the figures are: this is no test."""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys

from run import Failed, Load, own_cgroup, wait_for_quiet
from scenarios import MEASURES, ONCE, SCENARIOS
from variants import MINIMAL, VARIANTS, YARDSTICK, Tools

QUIET = 0.1   # a run counts as undisturbed when all others together used less than this share of the processors
ATTEMPTS = 3


def parse_arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--tools", default=".", metavar="DIR", help="where the target bench-tools was built")
    p.add_argument("--supd-bin", metavar="DIR", help="where supd and supctl are, or a build tree",
                   required=True)
    p.add_argument("--reps", type=int, default=5, help="runs of each variant and scenario (default: 5)")
    p.add_argument("--scenario", action="append", choices=SCENARIOS, help="only this one; may be repeated")
    p.add_argument("--raw", metavar="FILE", help="append each run to FILE as a line of JSON")
    return p.parse_args()


class Results:
    def __init__(self, raw):
        self.values = {}    # (measure, variant): numbers
        self.failures = []  # texts
        self.foreign = []   # what else the machine did meanwhile, run by run
        self.raw = raw

    def add(self, scenario, variant, found, foreign):
        self.foreign.append(foreign)
        for measure, value in found.items():
            if value is not None:
                self.values.setdefault((measure, variant), []).append(value)
        if self.raw:
            with open(self.raw, "a") as f:
                f.write(json.dumps({"scenario": scenario, "variant": variant.name, "foreign": round(foreign, 3),
                                    **found}) + "\n")

    def median(self, measure, variant):
        values = self.values.get((measure, variant))
        return statistics.median(values) if values else None


def run_quietly(scenario, tools, variant):
    "Again when something else was going on, but not for ever. (what was found, the share of the processors used by others)"
    for _ in range(ATTEMPTS):
        wait_for_quiet(QUIET, 10)
        load = Load()
        found = SCENARIOS[scenario](tools, variant)
        foreign = load.foreign()
        if foreign < QUIET:
            break
    return found, foreign


def run_all(args, tools, results):
    "Repetition by repetition, the variants one after the other: what disturbs the machine disturbs them all."
    for repetition in range(args.reps):
        for scenario in args.scenario or SCENARIOS:
            if scenario in ONCE and repetition > 0:
                continue
            for variant in VARIANTS:
                show_progress("%d/%d %s: %s" % (repetition + 1, args.reps, scenario, variant.name))
                try:
                    results.add(scenario, variant, *run_quietly(scenario, tools, variant))
                except (Failed, OSError, subprocess.SubprocessError) as e:
                    results.failures.append("%s, %s: %s" % (scenario, variant.name, e))
    show_progress("")


def show_progress(text):
    if sys.stderr.isatty():
        print("\r%-60s\r%s" % ("", text), end="", file=sys.stderr, flush=True)


# --- the table ---

def format_number(x):
    return "{:,.0f}".format(x) if abs(x) >= 100 or x == int(x) else "%.1f" % x if abs(x) >= 10 else "%.2f" % x


def format_cell(values):
    if not values:
        return "-"
    text = format_number(statistics.median(values))
    if min(values) != max(values):
        text += " (%s-%s)" % (format_number(min(values)), format_number(max(values)))
    return text


def ratio(results, measure, variant, yardstick):
    "How many times worse than the yardstick, whichever direction is better."
    a, b = results.median(measure, variant), results.median(measure, yardstick)
    if MEASURES[measure].more_is_better:
        a, b = b, a
    return "" if not a or not b else "x%.2f" % (a / b)


def print_row(results, measure):
    m = MEASURES[measure]
    cells = [m.title, m.unit]
    for variant in VARIANTS:
        cells.append(format_cell(results.values.get((measure, variant))))
        if variant in YARDSTICK:
            against_same = ratio(results, measure, variant, YARDSTICK[variant])
            cells.append("**%s** (%s)" % (against_same, ratio(results, measure, variant, MINIMAL)) if against_same else "")
    print("| " + " | ".join(cells + [m.aim]) + " |")


def print_table(results):
    heads = ["measure", "unit"]
    for variant in VARIANTS:
        heads.append(variant.name)
        if variant in YARDSTICK:
            heads.append("x %s (x minimal)" % YARDSTICK[variant].name)
    heads.append("aim")
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for measure in MEASURES:
        if any((measure, v) in results.values for v in VARIANTS):
            print_row(results, measure)


def print_remarks(results, reps):
    print("\nMedian (least-most) of %d runs, interleaved. Ratios: how many times worse than bare with the same system calls, "
          "in parentheses than vfork+execve+waitpid alone." % reps)
    if results.foreign:
        print("Used by others during the runs: median %.0f %%, at most %.0f %% of all processors." % (
            100 * statistics.median(results.foreign), 100 * max(results.foreign)))
    for text in results.failures:
        print("Not measured: " + text)


def main():
    args = parse_arguments()
    tools = Tools(args.tools, args.supd_bin)
    if os.geteuid() != 0 or not own_cgroup():
        print("No benchmarks: they need root and a writable cgroup2.")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # by way of the clean-up
    results = Results(args.raw)
    try:
        run_all(args, tools, results)
    except KeyboardInterrupt:
        print("Interrupted: what there is so far.")
    print_table(results)
    print_remarks(results, args.reps)


if __name__ == "__main__":
    main()
