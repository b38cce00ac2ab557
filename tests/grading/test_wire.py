"""The pipe: what is data comes through unchanged, everything else is an opaque name or a WireError."""

import json
import math
import socket
import struct
import threading
from collections import OrderedDict, namedtuple
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.checking.guard import same
from course_utils.grading.inside import wire
from course_utils.grading.inside.decode import decode
from course_utils.grading.inside.encode import encode
from course_utils.grading.inside.wire import MAX_ELEMENTS, Opaque, WireError

Point = namedtuple("Point", "x y")


def through(value):
    node, body = encode(value)
    return decode(json.loads(json.dumps(node)), body)


scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=50)
keys = st.text(max_size=10) | st.integers(-100, 100)
data = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(data)
def test_plain_data_comes_through_unchanged(value):
    back = through(value)
    assert repr(back) == repr(value).encode("utf-8", "replace").decode()


@pytest.mark.parametrize("dtype", wire.TENSOR_TYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)], ids=str)
def test_every_kind_of_tensor_comes_through(dtype, shape):
    tensor = (torch.rand(shape) * 3).to(dtype)
    assert same(through(tensor), tensor)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6.0).reshape(2, 3).T,
        torch.ones(1).expand(4),
        torch.tensor(2.0).expand(1),  # a step of 0 along its only axis, and contiguous all the same
        torch.tensor([1 + 2j]).conj(),
        torch.eye(3).to_sparse(),
        torch.tensor([math.nan, math.inf, -0.0]),
    ],
    ids=["transposed", "expanded", "step 0", "conjugated", "sparse", "not finite"],
)
def test_unusual_tensors_arrive_as_plain_ones(tensor):
    back = through(tensor)
    assert type(back) is torch.Tensor and not back.requires_grad and back.is_contiguous()
    assert same(back, tensor.detach().to_dense().resolve_conj())


@pytest.mark.parametrize("dtype", [torch.float32, torch.complex64], ids=str)
def test_a_tensor_with_a_graph_still_says_that_it_has_one(dtype):
    leaf = torch.nn.Parameter(torch.ones(2, dtype=dtype))
    for tensor in (leaf, 2 * leaf):
        back = through(tensor)
        assert type(back) is torch.Tensor and back.requires_grad and same(back.detach(), tensor.detach())
    assert not through(leaf.detach()).requires_grad


@pytest.mark.parametrize(
    "array", [np.arange(6).reshape(2, 3)[:, ::2], np.array([True]), np.array(1.5), np.zeros((0, 2))]
)
def test_arrays_come_through(array):
    back = through(array)
    assert isinstance(back, np.ndarray) and back.dtype == array.dtype and np.array_equal(back, array)


@pytest.mark.parametrize(
    "value, back",
    [
        ({1, 2}, {1, 2}), (frozenset({"a", 1.5}), {"a", 1.5}), (set(), set()), (3j, 3j), (Fraction(1, 2), 0.5),
        (Decimal("0.5"), 0.5), (range(3), [0, 1, 2]), (np.str_("x"), "x"), (np.array(["x", "y"]), ["x", "y"]),
        ([{1}, np.str_("x")], [{1}, "x"]), ({"a": {4, 1}}, {"a": {1, 4}}),
    ],
)  # fmt: skip
def test_what_a_live_check_takes_for_data_travels_as_that(value, back):
    """`tame` is the one list of what may be an answer."""
    assert through(value) == back and type(through(value)) is type(back)


@pytest.mark.parametrize("dtype", [torch.uint16, torch.uint32])
def test_unsigned_numbers_travel(dtype):
    assert through(torch.tensor([1, 2], dtype=dtype)).tolist() == [1, 2]
    assert through(np.array([1, 2], dtype=str(dtype).removeprefix("torch."))).tolist() == [1, 2]


def test_a_copy_of_an_answer_is_small():
    """65 MB of truth values became gigabytes in a check: the numbers count, not the bytes."""
    with pytest.raises(WireError, match="numbers"):
        encode(torch.zeros(MAX_ELEMENTS + 1, dtype=torch.bool))
    half = ["T", "bool", [MAX_ELEMENTS // 2 + 1]]
    with pytest.raises(WireError, match="too many numbers"):
        decode(["l", [half, half]], bytes(MAX_ELEMENTS + 2))


def test_encoding_is_lenient_with_relatives_of_data():
    class Name(str):
        pass

    assert through(Point(1, [2])) == (1, [2]) and through(Point(1, 2)).y == 2
    assert through(torch.Size([2, 3])) == (2, 3)
    assert through(OrderedDict(a=Name("b"))) == {"a": "b"}
    assert through(np.float32(0.5)) == 0.5 and isinstance(through(np.float32(0.5)), np.float32)
    assert through(...) is ... and through(NotImplemented) is ...


@pytest.mark.parametrize(
    "value", [object(), 2**70, {(1, 2)}, b"x", lambda: 1, np.array([object()]), torch.empty(2, device="meta")]
)
def test_what_is_not_data_is_the_name_of_its_type(value):
    back = through([value])[0]
    assert isinstance(back, Opaque) and type(back).__name__ == type(value).__name__


@pytest.mark.parametrize(
    "value",
    [[[]] * 30_000, dict.fromkeys(range(2000)), torch.zeros(1).expand(10**12), [torch.zeros(2**23)] * 9],
    ids=["nodes", "entries", "expanded", "together"],
)
def test_encoding_keeps_to_the_caps(value):
    with pytest.raises(WireError):
        encode(value)


def test_a_list_in_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(WireError):
        encode(loop)


FORGED = {
    "no node": ({}, b""),
    "an unknown letter": (["x", 1], b""),
    "a method's name": (["__class__", 1], b""),
    "too few parts": (["T", "float32"], b""),
    "too many parts": (["n", 1], b""),
    "a dtype that is an attribute": (["T", "load", [1]], b"1234"),
    "object arrays": (["a", "object", [1]], b"12345678"),
    "too few bytes": (["T", "float32", [2]], b"1234"),
    "too many bytes": (["T", "float32", [1]], b"12345678"),
    "bytes that nobody claims": (["i", 1], b"1"),
    "a negative size": (["T", "float32", [-1]], b""),
    "sizes that overflow": (["T", "float32", [2**31 - 1] * 8], b""),
    "an empty tensor of an absurd shape": (["T", "float32", [0, *[2**31 - 1] * 8]], b""),
    "a size that is a bool": (["T", "float32", [True]], b"1234"),
    "a size that is a float": (["T", "float32", [1.0]], b"1234"),
    "too many axes": (["T", "uint8", [1] * 100], b"1"),
    "a graph of whole numbers": (["G", ["T", "int8", [1]]], b"1"),
    "a graph of a number": (["G", ["i", 1]], b""),
    "graphs of graphs": (["G", ["G", ["G", ["T", "int8", [1]]]]], b"1"),
    "a bool of 2": (["T", "bool", [1]], b"\2"),
    "an integer of 65 bits": (["i", 2**64], b""),
    "a bool for an integer": (["i", True], b""),
    "a float that is a number": (["f", 1.5], b""),
    "a float of a kilobyte": (["f", "0x" + "1" * 1000], b""),
    "a float that overflows": (["f", "0x1p99999"], b""),
    "a text too long": (["s", "x" * 30_000], b""),
    "names that are no names": (["N", ["a b"], [["n"]]], b""),
    "names with underscores twice": (["N", ["a", "a"], [["n"], ["n"]]], b""),
    "more names than values": (["N", ["a", "b"], [["n"]]], b""),
    "no pair": (["d", [[["n"]]]], b""),
    "a number with axes": (["g", "float32", [1]], b"1234"),
}


@pytest.mark.parametrize("name", FORGED)
def test_decoding_refuses(name):
    with pytest.raises(WireError):
        decode(*FORGED[name])


def test_decoding_refuses_depth_and_number():
    deep = ["n"]
    for _ in range(100):
        deep = ["l", [deep]]
    with pytest.raises(WireError):
        decode(deep, b"")
    with pytest.raises(WireError):
        decode(["l", [["n"]] * 30_000], b"")


def test_keys_of_numpy_and_tuples_stay_keys():
    assert through({np.int64(3): "a", (1, "x"): "b", np.float32(0.5): "c"}) == {3: "a", (1, "x"): "b", 0.5: "c"}
    assert list(through({(1, frozenset()): 1})) == ["a tuple"]


def test_keys_that_do_not_hash_become_text():
    assert decode(["d", [[["l", []], ["i", 1]]]], b"") == {"a list": 1}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=15,
)
letters = st.sampled_from([*"nebifsltNdoTag", "x"])
nodes = st.recursive(
    st.builds(lambda letter, parts: [letter, *parts], letters, st.lists(json_values, max_size=3)),
    lambda inner: st.builds(lambda letter, parts: [letter, parts], letters, st.lists(inner, max_size=3)),
    max_leaves=8,
)


@given(nodes | json_values, st.binary(max_size=40))
def test_any_node_decodes_or_is_refused(node, body):
    try:
        value = decode(node, body)
    except WireError:
        return
    encode(value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_are_refused(garbage):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(garbage)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises((WireError, EOFError)):
            while True:
                wire.receive(ours)


@pytest.mark.parametrize(
    "header",
    [b"[1]", b"{", b"\xff{}", b'{"a": 1, "a": 2}', b'{"id": ' + b"9" * 500 + b"}", b"[" * 5000, b'{"id": \xc3\xa9}'],
)
def test_a_header_is_one_small_object(header):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack(">IQ", len(header), 0) + header)
        with pytest.raises(WireError):
            wire.receive(ours)


def test_an_announced_giant_is_refused_before_a_byte_is_read():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack(">IQ", 10, 2**62))
        with pytest.raises(WireError):
            wire.receive(ours)


def test_drops_of_bytes_do_not_move_a_deadline():
    import time

    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def drip():
        while not stop.wait(0.02):
            theirs.send(b"\0")

    with ours, theirs:
        thread = threading.Thread(target=drip)
        thread.start()
        started = time.monotonic()
        with pytest.raises((TimeoutError, WireError)):
            theirs.send(struct.pack(">IQ", 2000, 0)[:4])
            wire.receive(ours, started + 0.3)
        stop.set()
        thread.join()
        assert time.monotonic() - started < 2
