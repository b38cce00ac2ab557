"""The filter of system calls that workers live under: what Python, NumPy and torch need, and no other is there.

Written with libseccomp (through `pyseccomp`), as a program for the kernel. What is not on the list answers that the
kernel has no such call, which libraries are prepared for: keyrings, io_uring, userfaultfd, bpf, perf, ptrace, memory
without a file, mounts, new namespaces. The list is that of container engines, less what a notebook has no use for.
"""

import base64
import contextlib
import ctypes
import errno
import tempfile
from functools import lru_cache
from typing import NamedTuple

_FILES = """
access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64
fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr
flistxattr flock fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64
futimesat getcwd getdents getdents64 getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl
lchown lgetxattr link linkat listxattr llistxattr lremovexattr lseek lsetxattr lstat lstat64 _llseek mkdir mkdirat
mknod mknodat newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead
readlink readlinkat readv removexattr rename renameat renameat2 rmdir sendfile sendfile64 setxattr splice stat
stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs tee truncate truncate64 umask unlink
unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev
"""
_PROCESSES = """
arch_prctl brk capget execve execveat exit exit_group fork get_mempolicy get_robust_list get_thread_area getcpu
getegid geteuid getgid getgroups getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit
getrusage getsid gettid getuid ioprio_get ioprio_set kill madvise mbind membarrier mincore mlock mlock2 mlockall
mmap mmap2 mprotect mremap msync munlock munlockall munmap pause pidfd_open pidfd_send_signal pkey_alloc pkey_free
pkey_mprotect prctl prlimit64 process_mrelease restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask
rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max
sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval
sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp set_mempolicy set_robust_list
set_thread_area set_tid_address setfsgid setfsuid setgid setgroups setpgid setpriority setregid setresgid setresuid
setreuid setrlimit setsid setuid sigaltstack signalfd signalfd4 sigreturn sysinfo tgkill tkill uname vfork wait4
waitid waitpid
"""
_WAITING = """
accept accept4 alarm bind clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
clock_nanosleep_time64 connect epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd
eventfd2 futex futex_time64 futex_waitv getitimer getpeername getsockname getsockopt gettimeofday listen nanosleep
pipe pipe2 poll ppoll ppoll_time64 pselect6 pselect6_time64 recv recvfrom recvmmsg recvmmsg_time64 recvmsg select
_newselect send sendmmsg sendmsg sendto setitimer setsockopt shutdown socketpair time timer_create timer_delete
timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
timerfd_gettime64 timerfd_settime timerfd_settime64 times
"""
ALLOWED = tuple(sorted({*_FILES.split(), *_PROCESSES.split(), *_WAITING.split()}))
SETTING_UP = ("capset", "keyctl", "mount", "pivot_root", "sethostname", "umount2", "unshare")
"""What the sandbox itself needs until a worker's walls stand: closed to the worker."""
_FAMILIES = (1, 2, 10)  # sockets: of this machine, IPv4, IPv6
_NETLINK, _ROUTE = 16, 0  # through which names are looked up; its other protocols (audit, netfilter …) stay closed
_NEW_NAMESPACES = 0x7E020000
_OPTIMIZE, _GET_SECCOMP = 8, 21  # a tree instead of a list, which libseccomp has since 2.5


class Filters(NamedTuple):
    """Programs for the kernel, in base64. `outer`: for all of the sandbox; `inner`: for a worker.

    `why` there are none, if so.
    """

    outer: str = ""
    inner: str = ""
    why: str = ""


@lru_cache(maxsize=1)
def filters() -> Filters:
    """Both programs, or the reason why there are none on this machine."""
    try:
        import pyseccomp
    except (ImportError, RuntimeError) as error:  # the second: there is no libseccomp
        return Filters(why=f"{error}"[:100])
    if ctypes.CDLL(None, use_errno=True).prctl(_GET_SECCOMP, 0, 0, 0, 0) < 0:
        return Filters(why="the kernel has no seccomp")
    try:
        return Filters(_program(pyseccomp, SETTING_UP), _program(pyseccomp, ()))
    except (OSError, RuntimeError, ValueError) as error:
        return Filters(why=f"libseccomp: {error}"[:100])


def _program(seccomp: object, more: tuple[str, ...]) -> str:
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
    for name in (*ALLOWED, *more):
        if seccomp.resolve_syscall(seccomp.system_arch(), name) != -1:  # -1: newer than this libseccomp
            rules.add_rule(seccomp.ALLOW, name)
    for family in _FAMILIES:
        rules.add_rule(seccomp.ALLOW, "socket", seccomp.Arg(0, seccomp.EQ, family))
    rules.add_rule(seccomp.ALLOW, "socket", seccomp.Arg(0, seccomp.EQ, _NETLINK), seccomp.Arg(2, seccomp.EQ, _ROUTE))
    # clone3, whose flags cannot be seen, is not there: all libraries then take clone.
    rules.add_rule(seccomp.ALLOW, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, _NEW_NAMESPACES, 0))
    with contextlib.suppress(OSError, ValueError):
        rules.set_attr(_OPTIMIZE, 2)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return base64.b64encode(file.read()).decode()
