"""The batches that all train on, in the same order: rows are drawn independently, so nobody has to shuffle them."""

import torch


class Batches:
    """Consecutive batches of the rows, round and round."""

    def __init__(self, x: torch.Tensor, batch_size: int):
        self.x, self.batch_size, self.at = x, batch_size, 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.at + self.batch_size > len(self.x):
            self.at = 0
        self.at += self.batch_size
        return self.x[self.at - self.batch_size : self.at]
