"""Codes that are entries of codebooks, which follow the codes by moving averages: no gradient moves them."""

from math import floor, log2

import torch
from torch import Tensor

from narrows.models.traits import Code
from narrows.seeds import Noise

DEAD = 0.01  # of the use that each entry would have if all were used alike: entries that are used less are replaced


class VectorQuantised(Code):
    """Each code is replaced by the nearest entry of a codebook: (B, k) to (B, k).

    `vectors` divides the k `numbers` of a code into as many vectors, each with a codebook of its own (van den Oord et
    al. 2017; several: the product quantisation of Jégou et al. 2011): vector v has the numbers v, v + `vectors`, ….
    With several `stages`, each quantises what the stages before it left over, and the code is the sum (residual
    quantisation, Juang & Gray 1982; Zeghidour et al. 2021). Straight-through gradient: quantising counts as the
    identity.

    In training an entry is the mean of the codes that chose it, exponentially weighted with `decay` per step (van den
    Oord et al. 2017, appendix A.1): `sums` of these codes over `counts`, how many there are in a step. An entry that is
    used too little, see `DEAD`, and at the beginning every entry, is set to the code of an image of the minibatch
    (Dhariwal et al. 2020, section 3.1). Nothing is drawn: minibatches are random already.
    """

    stacks = True
    logs = True
    counts: Tensor  # (stages, entries, vectors), stacked (M, …)
    sums: Tensor  # (stages, entries, k), stacked (M, …)

    def __init__(self, numbers: int, entries: int, vectors: int = 1, stages: int = 1, decay: float = 0.99) -> None:
        super().__init__()
        self.alphabet, self.vectors, self.stages, self.decay = entries, vectors, stages, decay
        self.register_buffer("counts", torch.zeros(stages, entries, vectors))
        self.register_buffer("sums", torch.zeros(stages, entries, numbers))

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        """The codes; in training mode, with a source of noise, as in a training step, the codebooks move."""
        quantised, _ = self._quantised(hidden, learns=self.training and noise is not None)
        return hidden - hidden.detach() + quantised  # exactly the entries, not a last digit beside them

    def symbols(self, hidden: Tensor) -> Tensor:
        """The entries that are chosen, (B, k) to (B, stages · vectors), from 0."""
        return self._quantised(hidden, learns=False)[1]

    def curves(self) -> dict[str, float]:
        """The perplexity of the codebooks: how many entries are used, by the moving averages, mean over codebooks."""
        shares = self.counts / self.counts.sum(-2, keepdim=True).clamp(min=torch.finfo(self.counts.dtype).tiny)
        return {"perplexity": torch.special.entr(shares).sum(-2).exp().mean().item()}

    def _quantised(self, hidden: Tensor, learns: bool) -> tuple[Tensor, Tensor]:
        """The sum of the chosen entries, (…, B, k), and their numbers, (…, B, stages · vectors)."""
        rest = hidden.detach().to(self.sums.dtype)
        quantised, symbols = torch.zeros_like(rest), []
        with torch.autocast(hidden.device.type, enabled=False):  # small differences of large numbers
            for stage in range(self.stages):
                entries, chosen = self._stage(rest, self.counts[..., stage, :, :], self.sums[..., stage, :, :], learns)
                quantised, rest = quantised + entries, rest - entries
                symbols.append(chosen)
        return quantised.to(hidden.dtype), torch.cat(symbols, -1)

    def _stage(self, codes: Tensor, counts: Tensor, sums: Tensor, learns: bool) -> tuple[Tensor, Tensor]:
        if learns:
            self._replace_dead(codes, counts, sums)
        entries = self._split(sums) / counts.mT.unsqueeze(-1).clamp(min=torch.finfo(counts.dtype).tiny)
        vectors = self._split(codes)
        chosen = _nearest(vectors, entries)
        if learns:
            self._follow(vectors, chosen, counts, sums)
        return self._joined(torch.take_along_dim(entries, chosen.unsqueeze(-1), -2)), chosen.mT

    def _replace_dead(self, codes: Tensor, counts: Tensor, sums: Tensor) -> None:
        """Sets entries that are used too little to codes of the minibatch (…, B, k), each to another one."""
        images = codes.shape[-2]
        least = 2.0 ** floor(log2(DEAD * images / self.alphabet))  # so that an entry is exactly the code of its image
        dead = counts < least
        image = dead.cumsum(-2) - 1  # the first dead entry becomes the code of the first image, and so on
        replaced = dead & (image < images)
        fresh = torch.take_along_dim(codes, self._of_numbers(image.clamp(0, images - 1), codes), -2)
        sums.copy_(torch.where(self._of_numbers(replaced, codes), least * fresh, sums))
        counts.copy_(counts.where(~replaced, least))

    def _of_numbers(self, of_vectors: Tensor, codes: Tensor) -> Tensor:
        """What holds for each vector, (…, V), for each number of it, (…, k)."""
        return torch.cat([of_vectors] * (codes.shape[-1] // self.vectors), -1)

    def _follow(self, vectors: Tensor, chosen: Tensor, counts: Tensor, sums: Tensor) -> None:
        """Moves the averages towards the vectors (…, V, B, d) of this minibatch, which chose entries (…, V, B)."""
        choices = (chosen.unsqueeze(-1) == torch.arange(self.alphabet, device=chosen.device)).to(vectors.dtype)
        counts.mul_(self.decay).add_(choices.sum(-2).mT, alpha=1 - self.decay)
        sums.mul_(self.decay).add_(self._joined(choices.mT @ vectors), alpha=1 - self.decay)

    def _split(self, rows: Tensor) -> Tensor:
        """Rows (…, N, k) as vectors (…, V, N, d).

        Neighbouring numbers belong to different vectors, so that the numbers that a narrower member of a stack does not
        have are the last ones of each vector.
        """
        vectors: Tensor = rows.unflatten(-1, (-1, self.vectors)).movedim(-1, -3)
        return vectors

    def _joined(self, vectors: Tensor) -> Tensor:
        """Inverse of `_split`."""
        rows: Tensor = vectors.movedim(-3, -1).flatten(-2)
        return rows


def _nearest(vectors: Tensor, entries: Tensor) -> Tensor:
    """The nearest of entries (…, V, K, d) to each of the vectors (…, V, B, d): (…, V, B)."""
    distances = entries.square().sum(-1).unsqueeze(-2) - 2 * vectors @ entries.mT  # but for the vector's own length
    nearest: Tensor = distances.argmin(-1)
    return nearest
