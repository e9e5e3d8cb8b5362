# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the setup commands say, and how they fail: one line that says what to do."""

import errno
import signal
import sys


class SetupError(Exception):
    """Something is missing or refused; the message says what to do about it."""


def say(text):
    """Print one line of progress at once, also into a pipe."""
    print(text, flush=True)


def with_end(title, text):
    """A title and the last lines of a text, in one line: ``title | line | line``."""
    lines = [line.strip()[:200] for line in text.splitlines() if line.strip()]
    return " | ".join([title, *lines[-5:]])


def ask_for_space(place):
    """The error for a full disk.

    :param place: the folder or program that met it
    :rtype: SetupError
    """
    return SetupError(
        f"The disk is full ({place}). Free some 3 GB and start again; what is "
        "half done is thrown away by itself."
    )


def _explain(error):
    """The `SetupError` for an `OSError` that the user can do something about.

    :rtype: SetupError | None
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ask_for_space(error.filename or "while writing")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and error.filename:
        return SetupError(
            f"{error.filename} cannot be used ({error.strerror}). Set XDG_CACHE_HOME "
            "to a folder of your own, or give this user the right to that file."
        )
    return None


def run(main):
    """Call `main()` and end the process with its exit code.

    A `SetupError`, a full disk and a file that may not be used become one line on
    standard error (exit 1), Ctrl-C ends with 130, SIGTERM with 143; context managers
    are left in order each time.
    """
    signal.signal(signal.SIGTERM, _leave)
    # a shell that starts this in the background has it ignore Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code = main()
    except SetupError as error:
        print(f"{sys.argv[0]}: {error}", file=sys.stderr, flush=True)
        code = 1
    except KeyboardInterrupt:
        code = 130
    except OSError as error:
        explained = _explain(error)
        if not explained:
            raise
        print(f"{sys.argv[0]}: {explained}", file=sys.stderr, flush=True)
        code = 1
    sys.exit(code)


def _leave(_signal, _frame):
    raise SystemExit(143)
