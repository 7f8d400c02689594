"""How much memory a process ever had."""

from pathlib import Path


def peak_mib() -> float:
    """Say how much memory this process ever had, in MiB.

    By the kernel's VmHWM: `ru_maxrss` is handed on to whatever a process starts, so a
    child of a large parent would seem large.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("this kernel does not say how much memory a process had")
