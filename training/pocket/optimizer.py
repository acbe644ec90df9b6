"""AdamW, and Muon for the matrices of the blocks: momentum made orthogonal by a Newton-Schulz iteration.

Muon (Jordan 2024; scaled as in Liu et al. 2025 so that it shares AdamW's learning rate and decay). In float32, matrices
of one shape together: PyTorch's own iterates in bfloat16, which is slow on processors without AMX.
"""

import torch


def orthogonal(g, steps=5):
    """The nearest semi-orthogonal matrices, roughly, of a stack [k, rows, columns]."""
    tall = g.shape[-2] > g.shape[-1]
    x = g.mT if tall else g
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    def __init__(self, params, lr, weight_decay, momentum=0.95, together=None):
        self.together = together
        super().__init__(list(params), dict(lr=lr, weight_decay=weight_decay, momentum=momentum))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for p in group["params"]:
                if p.grad is None:
                    continue
                m = self.state[p].setdefault("momentum", torch.zeros_like(p))
                m.lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(m, group["momentum"])
                p.mul_(1 - group["lr"] * group["weight_decay"])
                # q, k and v lie under one another in one matrix; each is its own map.
                square = p.shape[1]
                parts = 3 if p.shape[0] == 3 * square else 1
                for target, part in zip(p.chunk(parts), update.chunk(parts)):
                    shapes.setdefault(part.shape, []).append((target, part))
            rank, size = (self.together.rank, self.together.size) if self.together else (0, 1)
            made = []
            for (rows, columns), pairs in shapes.items():
                updates = torch.zeros(len(pairs), rows, columns)
                # Each process iterates a share; the sum with the others' zeros is the whole.
                updates[rank::size] = orthogonal(torch.stack([u for _, u in pairs[rank::size]]))
                made.append(updates)
            if size > 1:
                self.together.add_up(made)
            for ((rows, columns), pairs), updates in zip(shapes.items(), made):
                rate = group["lr"] * 0.2 * max(rows, columns) ** 0.5
                for (target, _), u in zip(pairs, updates):
                    target.add_(u, alpha=-rate)
