"""A group of one, which has nobody to talk to."""

import pytest
import torch
from torch import nn

from models.loop.distributed import ProcessGroup

pytestmark = pytest.mark.train


def test_who_is_alone_keeps_its_model_and_its_numbers() -> None:
    alone, model = ProcessGroup(0, 1, torch.device("cpu")), nn.Linear(2, 2)

    assert alone.data_parallel(model) is model
    assert alone.all_reduce_mean(3.5) == 3.5
