"""Several processes of one thread each train one model: they meet once a step instead of in every operation.

On two cores that other programs use as well, this keeps its speed where two OpenMP threads lose most of theirs: at each
operation one thread waits for the other, which may not be running.
"""

import os
import subprocess
import sys

import torch
import torch.distributed as dist


class Together:
    def __init__(self, processes, meeting_place):
        self.size = processes
        self.rank = int(os.environ.get("POCKET_RANK", "0"))
        self.others = []
        if processes == 1:
            return
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
        meeting = os.environ.get("POCKET_MEETING") or os.path.abspath(f"{meeting_place}-{os.getpid()}")
        if self.rank == 0:
            for rank in range(1, processes):
                env = {**os.environ, "POCKET_RANK": str(rank), "POCKET_MEETING": meeting}
                self.others.append(subprocess.Popen([sys.executable, *sys.argv], env=env))
        dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=self.rank, world_size=processes)

    def same(self, *values):
        """Rank 0's numbers, everywhere."""
        if self.size == 1:
            return values
        told = torch.tensor(values, dtype=torch.float64)
        dist.broadcast(told, 0)
        return told.tolist()

    def share(self, tensors):
        """Rank 0's tensors, everywhere, in place."""
        if self.size > 1:
            for t in tensors:
                dist.broadcast(t.data, 0)

    def gather(self, x):
        """All ranks' rows one after the other; only one's own carry gradients."""
        if self.size == 1:
            return x
        parts = [torch.empty_like(x) for _ in range(self.size)]
        dist.all_gather(parts, x.detach().contiguous())
        parts[self.rank] = x
        return torch.cat(parts)

    def add_up(self, tensors):
        """The sum over the ranks, in place, in one message."""
        if self.size == 1 or not tensors:
            return
        flat = torch.cat([t.reshape(-1) for t in tensors])
        dist.all_reduce(flat)
        at = 0
        for t in tensors:
            t.copy_(flat[at : at + t.numel()].view_as(t))
            at += t.numel()

    def close(self):
        if self.size > 1:
            dist.destroy_process_group()
        for other in self.others:
            other.wait()
