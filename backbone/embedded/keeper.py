"""Runs a server as its child, ends it when the lifeline breaks: a program of its own, standard library only.

    python -I -S keeper.py DEATH_SIGNAL UID GID DIRECTORY -- PROGRAM [ARGUMENT...]

The process that wants the server (the owner) holds the write end of our standard input. Each byte it writes
is the number of a signal for the server; the end of the input means that the owner is gone, by whatever
death, and the server gets DEATH_SIGNAL, then SIGKILL. Should the keeper itself be killed, the kernel sends
DEATH_SIGNAL (Linux). On standard output stand ``pid N`` and at the end ``exit STATUS`` (negative: a signal).
UID -1 keeps the user. The directory is entered before the user changes, so the user need not be able to
reach it by name.
"""

import ctypes
import os
import select
import signal
import sys
import time
from contextlib import suppress

GRACE_SECONDS = 3.0
PR_SET_PDEATHSIG = 1


def become_server(death_signal: int, uid: int, gid: int, program: list[str], keeper: int) -> None:
    """In the child: gives up rights, ties itself to the keeper, becomes the server."""
    os.setpgid(0, 0)
    if uid != -1:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After the change of user, which would clear it.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != keeper:
        os._exit(125)
    for number in (signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.execv(program[0], program)  # noqa: S606 - what the owner asked for, and no shell


def pass_on(child: int, number: int) -> None:
    """To the server and what it started in its process group (``initdb`` starts a shell and servers)."""
    try:
        os.killpg(child, number)
    except ProcessLookupError:
        return


def end(child: int, death_signal: int) -> int:
    """The owner is gone: ends the server, by force after a while."""
    pass_on(child, death_signal)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status
        time.sleep(0.02)
    pass_on(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def keep(child: int, death_signal: int, wake: int) -> int:
    """Passes signals on until the server has ended; its wait status."""
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status
        ready, _, _ = select.select([0, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
        if 0 in ready:
            orders = os.read(0, 4096)
            if not orders:
                return end(child, death_signal)
            for number in orders:
                pass_on(child, number)


def main(arguments: list[str]) -> None:
    """Starts the server and stays until it has ended."""
    death_signal, uid, gid = (int(argument) for argument in arguments[:3])
    os.chdir(arguments[3])
    program = arguments[5:]
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    keeper = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            become_server(death_signal, uid, gid, program, keeper)
        except OSError as error:
            print(f"{program[0]}: {error}", file=sys.stderr, flush=True)
        os._exit(126)
    with suppress(OSError):
        # Both sides do it: whoever comes first, the group is there before the first signal.
        os.setpgid(child, child)
    # Only now: the child would inherit it, and lose a signal that comes before it has become the server.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    tell(f"pid {child}\n")
    status = os.waitstatus_to_exitcode(keep(child, death_signal, wake))
    pass_on(child, signal.SIGKILL)
    tell(f"exit {status}\n")


def tell(line: str) -> None:
    """Says it to the owner, who may be gone."""
    try:
        os.write(1, line.encode())
    except OSError:
        return


if __name__ == "__main__":
    main(sys.argv[1:])
