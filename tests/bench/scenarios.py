"""The scenarios. Each takes the tools and a variant, makes one run, and returns what it measured: {measure: number}."""
import collections
import os
import signal
import statistics
import subprocess
import time

from run import Failed, Run, Service, now, wait_until

Measure = collections.namedtuple("Measure", "title unit aim more_is_better", defaults=("", False))

STORM_SIZE = 20000
IDLE_SECONDS = 20
CRASH_SECONDS = 5
N_KILLS = 200
N_STATUS = 200
MANY = 1000


def sleepers(n):
    return [Service("svc%04d" % i) for i in range(n)]


def started(run, tools, variant, n):
    run.launch(variant.command(tools, run, sleepers(n)))
    run.wait_records(n, 30)


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))]


def start_many(tools, variant):
    with Run() as run:
        started(run, tools, variant, MANY)
        last = max(r.nsec for r in run.records())
        time.sleep(0.5)
        return {"start_ms": (last - run.launched) / 1e6, "start_cpu_ms": run.cpu_usec() / 1e3}


def stop_many(tools, variant):
    with Run() as run:
        started(run, tools, variant, MANY)
        time.sleep(1)
        cpu, begin = run.cpu_usec(), now()
        os.kill(run.supervisor, signal.SIGTERM)
        gone = run.wait_empty(60)
        if gone is None:
            raise Failed("not all gone after 60 s: " + run.log_tail())
        return {"stop_ms": (gone - begin) / 1e6, "stop_cpu_ms": (run.cpu_usec() - cpu) / 1e3}


def kill_and_time(run, pids, name):
    "Nanoseconds from just before the kill to the first instruction of the next instance."
    seen, begin = run.n_records(), now()
    os.kill(pids[name], signal.SIGKILL)
    time.sleep(0.005)  # stay out of the way
    if not wait_until(lambda: run.n_records() > seen, 5, 0.002):
        raise Failed("%s was not restarted: %s" % (name, run.log_tail()))
    record = run.records(seen)[0]
    pids[name] = record.pid
    return record.nsec - begin


def restart_latency(tools, variant):
    n = 100
    with Run() as run:
        started(run, tools, variant, n)
        time.sleep(2)
        pids = {r.name: r.pid for r in run.records()}
        cpu, own, spans = run.cpu_usec(), run.supervisor_cpu_nsec(), []
        for i in range(N_KILLS):
            spans.append(kill_and_time(run, pids, "svc%04d" % (i % n)) / 1e3)
            time.sleep(0.015)
        return {"restart_us": statistics.median(spans), "restart_p99_us": quantile(spans, 0.99),
                "restart_cpu_us": (run.cpu_usec() - cpu) / N_KILLS,
                "restart_own_us": (run.supervisor_cpu_nsec() - own) / 1e3 / N_KILLS}


def crash_loop(tools, variant):
    with Run() as run:
        run.launch(variant.command(tools, run, [Service("looping", ("exit",))]))
        run.wait_records(10, 10)
        time.sleep(0.5)
        n, cpu, own, begin = run.n_records(), run.cpu_usec(), run.supervisor_cpu_nsec(), now()
        time.sleep(CRASH_SECONDS)
        n, cpu, own = run.n_records() - n, run.cpu_usec() - cpu, run.supervisor_cpu_nsec() - own
        if n < 1:
            raise Failed("no restart in %d s: %s" % (CRASH_SECONDS, run.log_tail()))
        return {"crash_per_s": n / ((now() - begin) / 1e9), "crash_cpu_us": cpu / n, "crash_own_us": own / 1e3 / n}


def memory(tools, variant):
    found = {}
    for n in (1, 100, MANY):
        with Run() as run:
            started(run, tools, variant, n)
            time.sleep(1)
            found["pss_%d_kb" % n], found["private_%d_kb" % n] = run.supervisor_memory_kb()
    return found


def status(tools, variant):
    with Run() as run:
        started(run, tools, variant, MANY)
        time.sleep(1)
        command = variant.status_command(tools, run, "svc%04d" % (MANY // 2))
        text = subprocess.run([tools.stopwatch, str(N_STATUS), *command], stdout=subprocess.PIPE, check=True).stdout
        runs = [line.split() for line in text.decode().splitlines()]
        if any(code != "0" for _, code in runs):
            raise Failed("%s fails: %s" % (" ".join(command), run.log_tail()))
        spans = [int(nsec) / 1e3 for nsec, _ in runs]
        return {"status_us": statistics.median(spans), "status_p99_us": quantile(spans, 0.99)}


def idle(tools, variant):
    with Run() as run:
        started(run, tools, variant, MANY)
        time.sleep(3)
        wakeups, cpu = run.supervisor_wakeups(), run.supervisor_cpu_nsec()
        time.sleep(IDLE_SECONDS)
        return {"idle_wakeups": run.supervisor_wakeups() - wakeups,
                "idle_cpu_us": (run.supervisor_cpu_nsec() - cpu) / 1e3}


def orphan_storm(tools, variant):
    with Run() as run:
        run.launch(variant.command(tools, run, [Service("storm", ("storm", str(STORM_SIZE)), False)]), as_pid1=True)
        run.wait_records(1, 10)
        most = 0

        def over():
            "One child is left: the storm's maker, which pauses. All others are orphans, dead or about to be."
            nonlocal most
            n = len(run.children_of(run.supervisor))
            most = max(most, n - 1)
            return n == 1 and run.n_records() == 2
        is_over = wait_until(over, 60, 0.002)
        end = now()
        if run.n_records() < 2:
            raise Failed("the storm did not end in 60 s: " + run.log_tail())
        begin, made = run.records()
        return {"storm_ms": max(end - begin.nsec, made.nsec - begin.nsec) / 1e6 if is_over else None,
                "storm_zombies": most, "storm_left": len(run.children_of(run.supervisor)) - 1}


SCENARIOS = {
    "start-1000": start_many,
    "stop-1000": stop_many,
    "restart-latency": restart_latency,
    "crash-loop": crash_loop,
    "memory": memory,
    "status": status,
    "idle": idle,
    "orphan-storm": orphan_storm,
}

# Those that take long and whose figures do not vary: in the first repetition only.
ONCE = {"idle"}

# The rows of the table.
MEASURES = {
    "start_ms": Measure("start of 1,000: launch to the last service's first instruction", "ms", "1.5x of bare"),
    "start_cpu_ms": Measure("the same, CPU of everything", "ms"),
    "stop_ms": Measure("stop of 1,000: SIGTERM to the last process gone", "ms"),
    "stop_cpu_ms": Measure("the same, CPU of everything", "ms"),
    "restart_us": Measure("restart after kill -9, median", "us", "1.3x of bare"),
    "restart_p99_us": Measure("restart after kill -9, p99", "us"),
    "restart_cpu_us": Measure("the same, CPU of everything per restart", "us"),
    "restart_own_us": Measure("the same, CPU of the supervisor per restart", "us"),
    "crash_per_s": Measure("crash loop, restarts per second", "/s", "1.3x of bare", True),
    "crash_cpu_us": Measure("the same, CPU of everything per restart", "us"),
    "crash_own_us": Measure("the same, CPU of the supervisor per restart", "us"),
    "pss_1_kb": Measure("memory, 1 service, PSS", "kB"),
    "private_1_kb": Measure("memory, 1 service, private", "kB"),
    "pss_100_kb": Measure("memory, 100 services, PSS", "kB"),
    "private_100_kb": Measure("memory, 100 services, private", "kB"),
    "pss_1000_kb": Measure("memory, 1,000 services, PSS", "kB", "8,000 kB"),
    "private_1000_kb": Measure("memory, 1,000 services, private", "kB"),
    "status_us": Measure("status of one of 1,000, whole process, median", "us", "3,000 us"),
    "status_p99_us": Measure("status of one of 1,000, whole process, p99", "us"),
    "idle_wakeups": Measure("idle with 1,000 services, wake-ups in %d s" % IDLE_SECONDS, "", "0"),
    "idle_cpu_us": Measure("idle with 1,000 services, CPU in %d s" % IDLE_SECONDS, "us"),
    "storm_ms": Measure("storm of 20,000 orphans under PID 1, all reaped after", "ms"),
    "storm_zombies": Measure("the same, most zombies at a time", ""),
    "storm_left": Measure("the same, zombies left", "", "0"),
}
