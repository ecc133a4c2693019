"""One process or many: `torchrun` sets the environment, the training does not notice.

Gradients are averaged over the processes after each batch; gloo carries them between CPUs,
nccl between GPUs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
from torch import distributed, nn

# oneDNN keeps a kernel for each shape that it meets, 1,024 of them. Batches are of as many
# lengths, windows or rare words as they are: the kernels would fill gigabytes.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """The processes of one training, and this one's place among them."""

    rank: int
    world_size: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and shows progress."""
        return self.rank == 0

    @staticmethod
    def init() -> ProcessGroup:
        """Meet the others if `torchrun` started us, else be alone."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        rank = int(os.environ.get("RANK", "0"))
        local = int(os.environ.get("LOCAL_RANK", "0"))
        on_gpu = torch.cuda.is_available()
        device = torch.device("cuda", local) if on_gpu else torch.device("cpu")
        if size > 1 and not distributed.is_initialized():
            distributed.init_process_group("nccl" if on_gpu else "gloo")
        return ProcessGroup(rank, size, device)

    def accumulation(self, batches: int) -> int:
        """Batches a step: as many as wanted or fewer, and as many for each process."""
        return max(batches // self.world_size, 1) * self.world_size

    def destroy(self) -> None:
        """Say good-bye to the others."""
        if distributed.is_initialized():
            distributed.destroy_process_group()

    def data_parallel(self, model: nn.Module) -> nn.Module:
        """Wrap the model so that its gradients are averaged over the group."""
        if self.world_size == 1:
            return model
        return nn.parallel.DistributedDataParallel(model)

    def all_reduce_mean(self, value: float) -> float:
        """The mean of a number over the group."""
        if self.world_size == 1:
            return value
        total = torch.tensor(value, device=self.device)
        distributed.all_reduce(total)
        return total.item() / self.world_size
