import pytest
import torch


@pytest.fixture(autouse=True)
def one_torch_thread():
    """These tensors are small: on a busy machine torch's threads would mostly wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
