# SPDX-License-Identifier: ISC
# million.py SOURCE FILE.cdb: compiles it with a terminal as standard error.
# Prints seconds, the most memory that was resident (KB), and what the terminal
# showed.
import os, pty, resource, sys, time
source, file = sys.argv[1:]
start = time.time()
pid, fd = pty.fork()
if pid == 0:
    os.dup2(os.open(source, os.O_RDONLY), 0)
    os.execvp('cdbrules', ['cdbrules', 'compile', 'ip', file])
shown = b''
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:  # the terminal is closed
        break
    if not part:
        break
    shown += part
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(code, '%.2f' % (time.time() - start), peak, repr(shown))
