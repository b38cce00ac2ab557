"""The small assignment with a check of 7.3 that an answer can make hang, die or raise: a fault of ours."""

import os

from small_registry import EXERCISES, Angle


class Faulty(Angle):
    def examine(self, answer, seed):
        while answer == "hang":
            pass
        if answer == "die":
            os._exit(3)
        if answer == "raise":
            raise RuntimeError("a bug of ours")
        return super().examine(answer, seed)


def get(id: str):
    return Faulty() if id == "7.3" else EXERCISES[id]
