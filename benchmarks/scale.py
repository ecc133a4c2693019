"""What an archive needs: machines, hours, money and storage, from rates that were measured.

    python -m benchmarks.scale --seconds-an-hour S [--hours 100000] [--price 0.04]

S is what `benchmarks.files` finds: seconds of one core for an hour of speech. The queue is
simulated task by task: lengths are drawn (lognormal, half an hour on average), files of an
hour or more are divided as `asr.batch.stretches` does, machines are lost at random, and what
they had under way is done again from its last seam. Prints a table and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
from dataclasses import asdict, dataclass
from typing import Final

from asr.batch.stretches import MARGIN, MOST, STRETCH

LOAD_SECONDS: Final = 10.0  # that an actor takes to load its engine
SEAM_SECONDS: Final = (
    75.0  # of sound that is heard again after a loss: a minute and an utterance
)
FILE_SECONDS: Final = 0.05  # of a core, that a file costs beside its sound
READ_SECONDS: Final = 3.0  # of a core for an hour of sound that is read and not heard
FILE_HOURS: Final = 0.5  # on average
SPREAD: Final = 1.0  # of the logarithm of a file's length
LOSS_HOURS: Final = 2_000.0  # that a machine runs on average before it is lost


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a simulated archive."""

    machines: int
    cores: int
    days: float
    busy: float  # share of the time that the cores computed
    heard_again: float  # share of the sound that was heard twice
    jobs_a_second: float  # and stretches, that the one who keeps the ledger enters
    money: float


def main() -> None:
    """Simulate archives over more and more machines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds-an-hour", type=float, required=True)
    parser.add_argument("--hours", type=float, default=100_000.0)
    parser.add_argument("--cores", type=int, default=16, help="of a machine")
    parser.add_argument("--price", type=float, default=0.04, help="of a core-hour")
    options = parser.parse_args()
    print(f"{'machines':>9}{'days':>9}{'busy':>8}{'again':>9}{'jobs/s':>8}{'money':>9}")
    found = []
    for machines in (1, 10, 100, 1_000):
        one = simulate(options, machines)
        found.append(asdict(one))
        print(
            f"{one.machines:9}{one.days:9.2f}{one.busy:8.1%}{one.heard_again:9.3%}"
            f"{one.jobs_a_second:8.2f}{one.money:9.0f}"
        )
    print(json.dumps({"hours": options.hours, "rate": options.seconds_an_hour, "found": found}))


def simulate(options: argparse.Namespace, machines: int) -> Outcome:
    """Hand tasks out in turn, each to the core that is free first."""
    chance = random.Random(1)
    tasks = [task for hours in drawn(options.hours, chance) for task in divided(hours)]
    n_cores = machines * options.cores
    free = [LOAD_SECONDS] * n_cores  # seconds at which each core is free
    heapq.heapify(free)
    computed = again = 0.0
    for heard, read in tasks:
        cost = heard * options.seconds_an_hour + read * READ_SECONDS + FILE_SECONDS
        losses = poisson(cost / 3600 / LOSS_HOURS, chance)
        lost = losses * SEAM_SECONDS / 3600
        cost += losses * LOAD_SECONDS + lost * options.seconds_an_hour
        again += lost
        computed += cost
        heapq.heapreplace(free, free[0] + cost)
    end = max(free)
    return Outcome(
        machines=machines,
        cores=n_cores,
        days=end / 86_400,
        busy=computed / end / n_cores,
        heard_again=again / options.hours,
        jobs_a_second=len(tasks) / end,
        money=end / 3600 * n_cores * options.price,
    )


def drawn(hours: float, chance: random.Random) -> list[float]:
    """Draw lengths of files until they sum up to an archive."""
    middle = math.log(FILE_HOURS) - SPREAD**2 / 2
    lengths = []
    left = hours
    while left > 0:
        lengths.append(min(left, chance.lognormvariate(middle, SPREAD)))
        left -= lengths[-1]
    return lengths


def divided(hours: float) -> list[tuple[float, float]]:
    """Divide a file into tasks: the hours that are heard, and those that are only read."""
    least = STRETCH / 3600
    if hours < 2 * least:
        return [(hours, 0.0)]
    stretch = max(least, hours / MOST)
    n_stretches = max(1, round(hours / stretch))
    margin = MARGIN / 3600
    starts = [n * stretch for n in range(n_stretches)]
    ends = [*(start + margin for start in starts[1:]), hours]
    stretches = [(end - start, start) for start, end in zip(starts, ends, strict=True)]
    return [*stretches, (0.0, hours)]  # the last joins them


def poisson(mean: float, chance: random.Random) -> int:
    """Draw how often something rare happens."""
    n, left = 0, math.exp(-mean)
    while (left := left / chance.random()) < 1:
        n += 1
    return n


if __name__ == "__main__":
    main()
