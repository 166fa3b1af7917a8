"""How much is tried: a little with every run of the tests, as much as one likes with ``make fuzz``.

A long run begins with a seed of its own, so that the next one tries something else; what fails is
printed with all that is needed to see it again.
"""

from __future__ import annotations

import os
import random
from collections import Counter

TIMES = int(os.environ.get("FUZZ_TIMES", "1"))
STORMS = 1 if TIMES == 1 else 20 * TIMES  # of 2000 inputs: they are cheap
SEED = int(os.environ.get("FUZZ_SEED", "0")) or (random.randrange(2**32) if TIMES > 1 else 1)

tried: Counter[str] = Counter()


def examples(usual: int) -> int:
    return usual * TIMES
