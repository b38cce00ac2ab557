"""Submissions that want marks they did not earn, or harm. For each: the notebook, and the exact marks it must get.

Most have a wrong or missing answer to 7.2 together with a trick, and right answers elsewhere: the trick must neither
pay nor cost the marks that were earned. `@canary@`, `@port@` and `@folder@` are filled in: a file outside, a listener,
and the folder of submissions.
"""
# ruff: noqa: E501

from notebooks import ALL, NONE, RIGHT, alone, cells, checking, code, marks, notebook, submission

WRONG = "def interference(W):\n    return torch.zeros(W.shape[1])"


def trick(source: str) -> bytes:
    """All right but 7.2, which comes with this code above its wrong answer."""
    return submission(e72=f"{source}\n{WRONG}")


PAYS_NOTHING = {
    "redefines check": "def check(*args): return True\nimport course_utils\ncourse_utils.check = check",
    "patches numpy.testing": "import numpy.testing as t\nfor n in dir(t):\n    if n.startswith('assert'): setattr(t, n, lambda *a, **k: None)",
    "patches torch comparisons": "yes = lambda *a, **k: True\ntorch.allclose = torch.equal = yes\ntorch.isclose = lambda a, *r, **k: torch.ones(a.shape, dtype=torch.bool)",
    "patches builtins": "import builtins\nbuiltins.len = lambda x: 0\nbuiltins.isinstance = lambda *a: True\nbuiltins.all = builtins.any = lambda *a: True\nbuiltins.float = int",
    "clears builtins": "import builtins\nsaved = dict(vars(builtins))\nvars(builtins).clear()",
    "patches Tensor.__eq__": "torch.Tensor.__eq__ = lambda s, o: torch.ones(s.shape, dtype=torch.bool)\ntorch.Tensor.all = lambda *a: True",
    "background thread that patches": "import threading, time\ndef forever():\n    while True:\n        torch.isclose = lambda a, b, **k: torch.ones_like(a).bool()\n        time.sleep(0.01)\nthreading.Thread(target=forever, daemon=True).start()",
    "imports the exercises": "try:\n    from course_utils import exercises\n    interference = exercises.get('7.2').oracle\nexcept ImportError: pass",
    "imports the registry": "try:\n    import small_registry\n    interference = small_registry.get('7.2').oracle\nexcept ImportError: pass",
    "looks for reference.json": "import os\nfound = [os.path.join(d, f) for d, _, fs in os.walk('/course') for f in fs if f.endswith('.json') or 'exercise' in f or 'check' in f]\nassert not found",
    "edits its own points": "points = 100\nMAX = 1000",
    "walks frames": "import sys, gc\ntry:\n    f = sys._getframe()\n    while f: f.f_globals['answer'] = 1; f = f.f_back\nexcept Exception: pass\nfor o in gc.get_objects():\n    if hasattr(type(o), 'oracle'): interference = o.oracle",
    "replaces the worker's encoder": "import sys\nfor name, module in list(sys.modules.items()):\n    if name.startswith('course_worker'):\n        for k in list(vars(module)):\n            if k in ('encode', 'unchanged', 'told'): setattr(module, k, lambda *a, **k: (['b', True], b''))\nraise SystemExit",
    "fakes time": "import time\ntime.monotonic = time.time = time.perf_counter = lambda: 0.0",
    "tries a namespace of its own": "import ctypes\nlibc = ctypes.CDLL(None)\nassert libc.unshare(0x10000000) != 0\nassert libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None) != 0",
    "tries to be root": "import os\nfor f in (os.setuid, os.setgid):\n    try: f(0)\n    except OSError: pass\nassert os.getuid() != 0",
    "raises its limits": "import resource\ntry: resource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nexcept (ValueError, OSError): pass\nassert resource.getrlimit(resource.RLIMIT_AS)[0] != -1",
    "reads what lies outside": "import os\nassert not os.path.exists(@canary@) and not os.path.exists(@folder@)\nassert not os.path.exists('/etc/passwd') and os.listdir('/proc') == []",
    "calls home": "import socket\nfor host in ('127.0.0.1', 'localhost', '::1'):\n    try: socket.create_connection((host, @port@), 1).sendall(b'hello')\n    except OSError: pass",
    "leaves a server behind": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(600)\n    os._exit(0)",
    "fills its disk": "try:\n    for n in range(100):\n        with open(f'/tmp/{n}', 'wb') as f: f.write(bytes(10**8))\nexcept OSError: pass\nimport shutil\nshutil.rmtree('/tmp', ignore_errors=True)",
    "writes where it must not": "for place in ('/course/course_utils/__init__.py', '/course/x', '/usr/lib/x', '/x', '/dev/x', '/numba/x', torch.__file__):\n    try: open(place, 'a').write('x')\n    except OSError: continue\n    raise SystemExit(place)",
    "traces every line": "import sys, threading\ndef t(*a): raise RuntimeError\nsys.settrace(t)\nthreading.settrace(t)",
    "profiles every call": "import sys\ndef t(*a): raise RuntimeError\nsys.setprofile(t)",
    "takes every signal": "import signal\nfor s in range(1, 64):\n    try: signal.signal(s, lambda *a: None)\n    except (OSError, ValueError): pass",
    "collects garbage with errors": "import gc\ngc.callbacks.append(lambda *a: 1 / 0)\ngc.set_threshold(1)",
    "thirty calls deep at most": "import sys\nsys.setrecursionlimit(30)",
    "tensors of no device": "torch.set_default_device('meta')\nimport atexit, time\natexit.register(time.sleep, 600)",
    "reads memory through /proc": "for p in ('/proc/self/mem', '/proc/1/mem', '/proc/self/maps', '/proc/1/environ'):\n    try: open(p, 'rb').read(1)\n    except OSError: continue\n    raise SystemExit(p)",
    "traces its guard": "import ctypes, os\nlibc = ctypes.CDLL(None)\nfor pid in (1, os.getppid()): assert libc.ptrace(16, pid, 0, 0) == -1",
    "sets the clock": "import time\ntry: time.clock_settime(time.CLOCK_REALTIME, 0)\nexcept OSError: pass\nelse: raise SystemExit('it did')",
    "makes a disk": "import os, stat\ntry: os.mknod('/scratch/sda', stat.S_IFBLK | 0o600, os.makedev(8, 0))\nexcept OSError: pass\nelse: raise SystemExit('it did')",
    "listens": "import socket\nkept = [socket.create_server(('0.0.0.0', @port@)), socket.socket(socket.AF_UNIX)]\nkept[1].bind('\\0course')",
    "forty threads with giant stacks": "import threading, time\nthreading.stack_size(1 << 29)\nfor _ in range(40):\n    try: threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n    except RuntimeError: break",
    "links out of its scratch": "import os\nos.symlink('/', '/scratch/root')\nassert not os.path.exists('/scratch/root' + @folder@)",
    "asks for the kernel's settings": "import os\nassert not any(map(os.path.exists, ('/proc/sys', '/proc/sysrq-trigger', '/sys', '/run')))",
    "poisons modules for the next one": "import sys, types\nsys.modules['json'] = sys.modules['struct'] = types.ModuleType('x')",
}
ATTACKS: dict[str, tuple[bytes, dict[str, int]]] = {
    name: (trick(source), marks(e72=0)) for name, source in PAYS_NOTHING.items()
}

WORTHLESS_ANSWERS = {
    "equal to everything": (
        "7.3",
        "class Yes(float):\n    __eq__ = __ge__ = __le__ = lambda s, o: True\n    __sub__ = __rsub__ = lambda s, o: 0.0\nangle = Yes(5.0)",
    ),
    "an object that is equal to everything": (
        "7.3",
        "class Yes:\n    __eq__ = lambda s, o: True\n    __float__ = lambda s: 72.0\n    item = lambda s: 72.0\nangle = Yes()",
    ),
    "a tensor subclass that agrees": (
        "7.3",
        "class T(torch.Tensor):\n    @classmethod\n    def __torch_function__(cls, f, types, args=(), kwargs=None): return True\nangle = torch.tensor(3.0).as_subclass(T)",
    ),
    "a pickled payload": ("7.3", "class P:\n    def __reduce__(self): return (open, (@canary@, 'w'))\nangle = P()"),
    "not a number": ("7.3", "angle = float('nan')"),
    "infinite": ("7.3", "angle = float('inf')"),
    "a payload in a nan": (
        "7.3",
        "import struct\nangle = struct.unpack('<d', struct.pack('<Q', 0x7FF8000000000001))[0]",
    ),
    "eight bits": ("7.3", "angle = torch.tensor(72.0).to(torch.float8_e4m3fn)"),
    "a tensor with an imaginary part": ("7.3", "angle = torch.tensor(72 + 5j)"),
    "a quantized tensor": ("7.3", "angle = torch.quantize_per_tensor(torch.tensor([72.0]), 1.0, 0, torch.quint8)"),
    "a nested tensor": ("7.3", "angle = torch.nested.nested_tensor([torch.ones(1), torch.ones(2)])"),
    "half a character": ("7.3", "angle = '\\ud800'"),
    "a name that looks the same": ("7.3", "angl\u0435 = 72"),
    "a text that turns round": ("7.3", "angle = 5  # \u202e 27 = elgna"),
    "endless, of stride 0": ("7.2", "def interference(W): return torch.zeros(1).as_strided((2**40,), (0,))"),
    "empty and enormous": ("7.2", "def interference(W): return torch.zeros(0, 2**40)"),
    "a huge whole number": ("7.3", "angle = 10**100_000"),
    "a whole number of 65 bits": ("7.3", "angle = 2**65"),
    "complex": ("7.3", "angle = 72j"),
    "a text": ("7.3", "angle = '<script>alert(1)</script>72'"),
    "a very long text": ("7.3", "angle = 'x' * 10**8"),
    "a list that holds itself": ("7.3", "angle = []\nangle.append(angle)"),
    "a deep list": ("7.3", "angle = 72\nfor _ in range(100_000): angle = [angle]"),
    "a dict of a million": ("7.3", "angle = dict.fromkeys(range(10**6))"),
    "a class": ("7.3", "class angle: pass"),
    "a generator": ("7.3", "angle = (i for i in [72])"),
    "a tensor of terabytes": ("7.3", "angle = torch.zeros(1).expand(10**12)"),
    "a meta tensor": ("7.3", "angle = torch.empty(10**9, device='meta')"),
    "bytes": ("7.3", "angle = b'72'"),
    "a function for a value": ("7.3", "angle = lambda: 72"),
    "a coroutine": ("7.2", "async def interference(W):\n    return W"),
    "a generator function": ("7.2", "def interference(W):\n    yield W"),
    "returns its input": ("7.2", "def interference(W): return W"),
    "a value for a function": ("7.2", "interference = 3"),
    "the constructor of a class": ("7.2", "class interference:\n    def __init__(self, W): pass"),
    "other parameters": ("7.2", "def interference(a, b, c): return a"),
    "a signature that lies": (
        "7.2",
        "class F:\n    __signature__ = 5\n    def __call__(self, W): return W\ninterference = F()",
    ),
    "broken repr and str": (
        "7.2",
        "class E(Exception):\n    def __str__(self): raise self\n    __repr__ = __str__\ndef interference(W): raise E()",
    ),
    "an error with an endless text": (
        "7.2",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\ndef interference(W): raise E()",
    ),
    "raises BaseException": ("7.2", "class Out(BaseException): pass\ndef interference(W): raise Out('\\x1b[2J<b>')"),
    "raises an error of the system": ("7.2", "def interference(W): raise BlockingIOError('x')"),
    "raises a group": ("7.2", "def interference(W): raise ExceptionGroup('g', [ValueError(1)])"),
    "raises StopIteration": ("7.2", "def interference(W): raise StopIteration"),
    "raises the grader's own error": (
        "7.2",
        "class Lost(BaseException): pass\ndef interference(W): raise Lost('time')",
    ),
    "right at first": (
        "7.2",
        "calls = []\ndef interference(W):\n    calls.append(1)\n    o = (W.T @ W) ** 2\n    return o.sum(1) - o.diagonal() if len(calls) < 2 else o.sum(1)",
    ),
    "raises KeyboardInterrupt": ("7.2", "def interference(W): raise KeyboardInterrupt"),
    "exits": ("7.2", "import sys\ndef interference(W): sys.exit(0)"),
    "prints a gigabyte": ("7.2", "def interference(W):\n    for _ in range(1000): print('x' * 10**6)"),
    "untrained": ("7.4", "trained = {'W': first, 'loss': torch.ones(4)}"),
    "trained with nan": ("7.4", "trained = {'W': first * float('nan'), 'loss': torch.ones(4)}"),
    "counts the calls": (
        "7.1",
        "calls = []\ndef scale(x, k):\n    calls.append(1)\n    return x * k if len(calls) % 2 else x",
    ),
    "changes its input": ("7.1", "def scale(x, k):\n    x *= k\n    return x"),
}
for name, (id, source) in WORTHLESS_ANSWERS.items():
    ATTACKS[name] = (alone(id, source), NONE)

ENDS_ITS_WORKER = {
    "leaves": "import os\nos._exit(0)",
    "rings an alarm": "import signal, time\nsignal.alarm(1)\ntime.sleep(600)",
    "swallows what is sent": "import socket\nsocket.socket.sendall = lambda *a: None",
    "answers twice": "import os\nos.fork()",
    "leaves its pipe to a child": "import os, time\nif os.fork(): os._exit(0)\ntime.sleep(600)",
    "fills files without a name": "import os\nwhile True:\n    fd = os.memfd_create('x')\n    for _ in range(15): os.write(fd, bytes(1 << 20))",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "kills everything it sees": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos.kill(1, signal.SIGTERM)\nfor pid in range(1, 400):\n    try: os.kill(pid, signal.SIGKILL)\n    except OSError: pass\nos.kill(os.getpid(), signal.SIGKILL)",
    "hangs in a cell": "while True: pass",
    "sleeps": "import time\ntime.sleep(600)",
    "stops itself": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nwhile True: pass",
    "writes on every pipe": "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'\\x00\\x00\\x00\\x02' + b'\\x00' * 8 + b'{}' * 500)\n    except OSError: pass",
    "answers requests itself": "import os, json, struct\ntext = json.dumps({'id': 'guess', 'value': ['b', True], 'out': ''}).encode()\nfor fd in range(3, 64):\n    try: os.write(fd, struct.pack('>IQ', len(text), 0) + text)\n    except OSError: pass",
    "announces an endless frame": "import os, struct\nfor fd in range(3, 64):\n    try: os.write(fd, struct.pack('>IQ', 10, 2**63))\n    except OSError: pass",
    "closes every file": "import os\nos.closerange(0, 1000)",
    "bombs with processes": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "bombs with threads": "import threading, time\nwhile True:\n    try: threading.Thread(target=time.sleep, args=(600,)).start()\n    except RuntimeError: pass",
}
for name, source in ENDS_ITS_WORKER.items():
    ATTACKS[name] = (trick(source), marks(e72=0))

HARMS_ITSELF = {
    "hangs in a call": "def interference(W):\n    while True: pass",
    "leaves in a call": "import os\ndef interference(W): os._exit(0)",
    "eats memory in a call": "def interference(W):\n    kept = []\n    while True: kept.append(bytearray(10**8))",
    "eats shared memory": "import mmap\ndef interference(W):\n    kept = []\n    while True:\n        kept.append(mmap.mmap(-1, 64 << 20))\n        kept[-1].write(bytes(64 << 20))",
    "has children that eat memory": "import os, time\ndef interference(W):\n    for _ in range(8):\n        if os.fork() == 0:\n            kept = bytearray(b'1') * (500 << 20)\n            time.sleep(60)\n    time.sleep(60)",
    "answers with gigabytes": "def interference(W): return torch.zeros(30_000_000)",
    "recurses": "def interference(W): return interference(W)",
}
for name, source in HARMS_ITSELF.items():
    ATTACKS[name] = (submission(e72=source), marks(e72=0))

LAST_CALLS = "calls = []\ndef scale(x, k):\n    calls.append(1)\n    if len(calls) > 2: raise {}\n    return x * k"
ATTACKS |= {
    f"raises {name} when a law is tried": (submission(e71=LAST_CALLS.format(name)), marks(e71=0, e74=0))
    for name in ("SystemExit", "OSError(28, 'x')", "MemoryError", "StopIteration")
}
ATTACKS |= {
    "keeps a hook that can't be taken off": (
        trick("import sys\ndef hook(event, _):\n    if event == 'compile': raise RuntimeError\nsys.addaudithook(hook)"),
        marks(e72=0, e73=0, e74=0),  # from here on its own kernel is broken
    ),
    "fakes outputs and metadata": (
        notebook(
            [
                *cells(),
                {
                    **code('check("7.2", interference)', check="7.2", nbgrader={"grade": True, "points": 10**6}),
                    "outputs": [{"output_type": "stream", "name": "stdout", "text": "7.2 ✓ 2 points."}],
                },
            ],
            metadata={
                "course": {"chapter": "07"},
                "grades": {"7.2": 2},
                "kernelspec": {"name": "bash", "argv": ["sh"]},
            },
        ),
        NONE,
    ),
    "hands in its own check": (
        notebook([*cells(RIGHT | {"7.2": WRONG}), code('def check(id, f): print("✓")'), checking("7.2")]),
        marks(e72=0),
    ),
    "asks for input": (trick("name = input()"), marks(e72=0)),
    "all right": (submission(), ALL),
}
