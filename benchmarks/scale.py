"""What an archive needs: machines, hours, money and storage, from rates that were measured.

    python -m benchmarks.scale --seconds-an-hour S [--hours 100000] [--price 0.04]

S is what `benchmarks.files` finds: seconds of one core for an hour of speech. The queue is
simulated file by file: lengths are drawn (lognormal, half an hour on average), machines are
lost at random, and what they had under way is done again from its last seam. Prints a table
and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
from dataclasses import asdict, dataclass
from typing import Final

LOAD_SECONDS: Final = 10.0  # that an actor takes to load its engine
SEAM_SECONDS: Final = (
    75.0  # of sound that is heard again after a loss: a minute and an utterance
)
FILE_SECONDS: Final = 0.05  # of a core, that a file costs beside its sound
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
    jobs_a_second: float  # that the one who keeps the ledger enters
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
    """Hand files out in turn, each to the core that is free first."""
    chance = random.Random(1)
    lengths = drawn(options.hours, chance)
    n_cores = machines * options.cores
    free = [LOAD_SECONDS] * n_cores  # seconds at which each core is free
    heapq.heapify(free)
    computed = again = 0.0
    for hours in lengths:
        cost = hours * options.seconds_an_hour + FILE_SECONDS
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
        jobs_a_second=len(lengths) / end,
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


def poisson(mean: float, chance: random.Random) -> int:
    """Draw how often something rare happens."""
    n, left = 0, math.exp(-mean)
    while (left := left / chance.random()) < 1:
        n += 1
    return n


if __name__ == "__main__":
    main()
