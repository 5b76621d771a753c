"""Programs whose stderr is a terminal, and what is to be seen on it."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading

from common_programs import PATIENCE, program


class OnTerminal:
    """A program that has run with its stderr, and maybe its stdout, on a terminal.

    returncode, stdout (bytes; empty if it went to the terminal) and drawn: all that the terminal
    got, as text. `seen` is a text and an Event that is set when the terminal has got it.
    """

    def __init__(self, name, *args, stdout_too=False, columns=80, seen=None):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        parts = []

        def read():
            try:
                while part := os.read(master, 65536):
                    parts.append(part)
                    if seen and seen[0].encode() in b"".join(parts):
                        seen[1].set()
            except OSError:  # that is how a terminal ends
                pass

        with subprocess.Popen([program(name), *map(str, args)], stdin=subprocess.DEVNULL,
                              stdout=slave if stdout_too else subprocess.PIPE,
                              stderr=slave) as process:
            os.close(slave)
            reader = threading.Thread(target=read)
            reader.start()
            try:
                self.stdout, _ = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            self.returncode = process.returncode
        reader.join(PATIENCE)
        os.close(master)
        self.drawn = b"".join(parts).decode(errors="replace")

    def bars(self):
        """What was drawn after each wiping of the line."""
        return [part.split("\r")[0] for part in self.drawn.split("\r\x1b[K") if part.split("\r")[0]]

    def screen(self):
        """The lines that are to be seen in the end."""
        lines = []
        for line in self.drawn.split("\r\n"):
            lines.append(re.split(r"\r\x1b\[K", line)[-1])
        return lines
