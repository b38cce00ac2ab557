import signal

import pytest
import torch


@pytest.fixture(autouse=True)
def one_torch_thread():
    """These tensors are small: on a busy machine torch's threads would mostly wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def interrupts_outside_of_training():
    """A Ctrl-C that comes before a training or after it, on a fast or a busy machine, must not end the test run."""
    came = []
    before = signal.signal(signal.SIGINT, lambda *_: came.append(True))
    yield came
    signal.signal(signal.SIGINT, before)
