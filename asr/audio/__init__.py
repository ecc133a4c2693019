"""Sound in: what audio means in this program, and every way to get it.

Where a function takes or returns Samples, it is (n,) float32 as said here; what differs, such
as sound at a device's rate, is said with the function.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 16_000  # Hz; the rate of the training corpora, and the one clock

Samples: TypeAlias = NDArray[np.float32]  # (n,) mono, −1..1, at SAMPLE_RATE
Frames: TypeAlias = NDArray[np.float32]  # (n, channels) of a device or a file, at its rate
