"""PyTorch: eager with its fused optimizers, or with the loss and its gradient compiled.

The rows of an epoch are shuffled in one call, which is faster than one call for each batch.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional

from benchmarks.workloads import Job

UNITS = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu}


class Net:
    """The network and its criterion; its parameters start at those of the job."""

    def __init__(self, job: Job):
        self.workload = job.workload
        self.W = [
            None if W is None else torch.nn.Parameter(torch.tensor(W)) for W, _ in job.weights
        ]
        self.b = [torch.nn.Parameter(torch.tensor(b)) for _, b in job.weights]

    def parameters(self) -> list[torch.nn.Parameter]:
        """Return all parameters."""
        return [p for p in (*self.W, *self.b) if p is not None]

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the natural parameters of the output, and the units of the code."""
        h = code = x
        for i, unit in enumerate(self.workload.units):
            W = self.W[i] if self.W[i] is not None else self.W[-1 - i].T
            h = torch.addmm(self.b[i], h, W)
            if unit in UNITS:
                h = UNITS[unit](h)
            if i == len(self.W) // 2 - 1:
                code = h
                if self.workload.variational:
                    mean, log_variance = h.chunk(2, 1)
                    h = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return h, code

    def loss(self, noisy: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Return the mean loss over the rows, as tinyae defines it."""
        a, h = self.forward(noisy)
        if self.workload.output == "bernoulli":
            loss = functional.binary_cross_entropy_with_logits(a, x, reduction="sum") / len(x)
        else:
            loss = functional.mse_loss(a, x, reduction="sum") * (0.5 / len(x))
        if self.workload.lam:  # Σ_j s_j² ‖W_j‖² of a sigmoid code
            slopes = (h * (1 - h)).square().mean(0)
            loss = loss + self.workload.lam * (slopes * self.W[0].square().sum(0)).sum()
        if self.workload.variational:
            mean, log_variance = h.chunk(2, 1)
            kl = mean.square() + torch.expm1(log_variance) - log_variance
            loss = loss + kl.sum() * (0.5 / len(x))
        return loss


def make(job: Job, system: str) -> Callable[[], object]:
    """Return the function that is timed, for `system` "torch" or "compile"."""
    torch.set_num_threads(job.threads)
    torch.manual_seed(0)
    workload, net, X = job.workload, Net(job), torch.from_numpy(job.x)
    if workload.field:
        field = lambda x: (net.forward(x)[0] - x) / workload.sigma**2  # noqa: E731
        field = torch.compile(field, dynamic=False) if system == "compile" else field

        def evaluate():
            with torch.inference_mode():
                if not workload.points:
                    return field(X)
                return torch.cat([field(x) for x in X.split(workload.points)])

        return evaluate
    if workload.optimizer == "adam":
        optimizer = torch.optim.Adam(net.parameters(), lr=workload.rate, fused=True)
    else:
        optimizer = torch.optim.SGD(net.parameters(), lr=workload.rate, momentum=0.9, fused=True)
    loss_of = torch.compile(net.loss, dynamic=False) if system == "compile" else net.loss
    sigma, at_once = workload.sigma, job.at_once

    def epoch() -> float:
        shuffled = X[torch.randperm(len(X))]
        spoilt = torch.randn_like(X).mul_(sigma).add_(shuffled) if sigma and at_once else shuffled
        total = torch.zeros(())
        for x, noisy in zip(shuffled.split(workload.batch), spoilt.split(workload.batch),
                            strict=True):  # fmt: skip
            if sigma and not at_once:
                noisy = torch.randn_like(x).mul_(sigma).add_(x)
            loss = loss_of(noisy, x)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        return float(total) / workload.steps

    return epoch
