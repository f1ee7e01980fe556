# Becomes the room's program: its input from the room, its traceback without us, its exit code as the answer.
import io
import os
import runpy
import sys
import traceback

import _coderoom
from pyodide.ffi import can_run_sync, run_sync


class RoomInput(io.TextIOBase):
    """Lines as they come; where the browser cannot wait for them, the input has ended."""

    def __init__(self):
        self.left = ""

    def readable(self):
        return True

    def isatty(self):
        return False

    def fileno(self):
        raise io.UnsupportedOperation("fileno")

    def _get(self, ask):
        if not _coderoom.is_live:
            return ask()
        if can_run_sync():
            return run_sync(_wait(ask))
        print(
            "This browser cannot give input to a program that runs: use a current Chrome, Edge or Firefox.",
            file=sys.stderr,
        )
        return ""

    def readline(self, size=-1):
        line = self.left or self._get(_coderoom.read_line)
        newline = line.find("\n") + 1 or len(line)
        end = newline if size is None or size < 0 else min(size, newline)
        self.left = line[end:]
        return line[:end]

    def read(self, size=-1):
        if size is None or size < 0:
            before, self.left = self.left, ""
            return before + self._get(_coderoom.read_rest)
        parts = []
        while size > 0 and (part := self.readline(size)):
            parts.append(part)
            size -= len(part)
        return "".join(parts)


async def _wait(ask):
    found = ask()
    return found if isinstance(found, str) else await found


def _become(entry, args):
    sys.argv = [os.path.basename(entry), *args]
    sys.path.insert(0, os.path.dirname(entry))
    sys.stdin = RoomInput()
    try:
        runpy.run_path(entry, run_name="__main__")
    except SystemExit as stop:
        if stop.code is None:
            return 0
        if isinstance(stop.code, int):
            return stop.code & 255
        print(stop.code, file=sys.stderr)
        return 1
    except BaseException as error:
        shown = error.__traceback__
        while shown is not None and shown.tb_frame.f_code.co_filename != entry:
            shown = shown.tb_next
        traceback.print_exception(type(error), error, shown)
        return 1000 if isinstance(error, MemoryError) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


_become(entry, args)
