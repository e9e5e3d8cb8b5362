# SPDX-License-Identifier: LGPL-3.0-or-later
"""Run programs and turn what they say when they fail into one clear line."""

import ctypes
import re
import shutil
import signal
import subprocess

from .console import SetupError, ask_for_space
from .paths import cache

_NETWORK = re.compile(
    r"temporary failure (in name )?resol|could not resolve|name or service not known"
    r"|network is unreachable|connection (timed out|refused|reset)|no route to host"
    r"|failed to establish a new connection|failed to fetch|unable to connect"
    r"|could not connect|cannot initiate the connection|newconnectionerror"
    r"|could not find a version",
    re.IGNORECASE,
)
_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_EXCEPTION = re.compile(r"[\w.]*(Error|Exception): ")
_LEAST_SPACE = 50 * 1024**2
_PR_SET_PDEATHSIG = 1


def find(program):
    """The path of a program, or None."""
    return shutil.which(program)


def run(command, *, what, advice=None, **options):
    """Run a program to its end and return its standard output.

    :param list command: the program and its arguments
    :param str what: what is being done, for the error ("download Odoo")
    :param str advice: what the user can do when it fails
    :param options: passed on to `subprocess.run`
    :raises SetupError: the program is missing or failed; says why in one line
    """
    command = [str(part) for part in command]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", **options
        )
    except FileNotFoundError:
        raise SetupError(
            f"Cannot {what}: the program {command[0]} is missing. "
            f"{advice or 'Install it and start again.'}"
        ) from None
    if done.returncode:
        raise failure(what, done.stdout + "\n" + done.stderr, advice)
    return done.stdout


def failure(what, output, advice=None):
    """The error for a program that failed, made from what it printed.

    :rtype: SetupError
    """
    # a PostgreSQL without space dies, and its clients only see that it is gone
    if _FULL.search(output) or shutil.disk_usage(cache()).free < _LEAST_SPACE:
        return ask_for_space(what)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    raised = [line for line in lines if _EXCEPTION.match(line)]
    telling = [line for line in lines if re.search(r"(?i)error|fatal|^E:", line)]
    reason = (raised or telling or lines or ["it gave no reason"])[-1][:300]
    if not advice and _NETWORK.search(output):
        advice = "Check that this machine reaches its package sources, start again."
    return SetupError(f"Cannot {what}: {reason}" + (f" - {advice}" if advice else ""))


def die_with_parent():
    """Make a child process end when its parent is killed (Linux; in the child)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command, *, log, **options):
    """Start a program in the background, its output into the file `log`.

    It has its own session, so that Ctrl-C reaches this process alone, which ends
    the children in order; a killed parent takes them along.

    :rtype: subprocess.Popen
    """
    with open(log, "ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
            **options,
        )


def stop(process, patience=30):
    """End a program started by `start`: politely, then for good."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
