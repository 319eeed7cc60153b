# SPDX-License-Identifier: MIT
"""The machines that QEMU emulates for a guest.

Receives: a program for the guest.
Hands on: how to start a machine that runs it.
Always:   a machine has a console for the kernel, and two serial ports, "output" and "control". It
          ends QEMU with the status that the guest chooses.
"""

from dataclasses import dataclass
from pathlib import Path

from elf import Elf

# A busy host starves the guest's processors, and the kernel's lock-up detectors would complain. The
# time-out catches true lock-ups. Mitigations cost time, and may warn about the emulated processor.
APPEND = ("quiet panic=-1 oops=panic log_buf_len=4M mitigations=off nowatchdog "
          "rcupdate.rcu_cpu_stall_suppress=1")


@dataclass(frozen=True)
class Machine:
    """A machine of QEMU. The options of its serial ports have the names of the character devices."""

    qemu: str
    options: list[str]
    ports: list[str]
    console: str
    output: str
    control: str

    def append(self) -> str:
        """Return the kernel's command line."""
        return f"console={self.console} {APPEND}"

    def terminals(self) -> dict[str, str]:
        """Return the devices in the guest, by what they are for."""
        return {name: f"/dev/{getattr(self, name)}" for name in ("console", "output", "control")}


X86_64 = Machine(
    qemu="qemu-system-x86_64",
    # Without AVX the C library copies by SSE2, which TCG emulates three times as fast.
    options=["-cpu", "max,-avx,-avx2,-avx512f", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"],
    ports=["-serial", "chardev:output", "-serial", "chardev:control"],
    console="ttyS0", output="ttyS1", control="ttyS2")

# TCG takes long for the architecture's own algorithm that signs pointers; QEMU has a faster one.
# The guest ends QEMU by semihosting, which user space may use too.
AARCH64 = Machine(
    qemu="qemu-system-aarch64",
    options=["-machine", "virt", "-cpu", "max,pauth-impdef=on",
             "-semihosting-config", "enable=on,userspace=on,target=native"],
    ports=["-device", "pci-serial,chardev=output", "-device", "pci-serial,chardev=control"],
    console="ttyAMA0", output="ttyS0", control="ttyS1")

# A kernel for 64-bit ARM runs programs for 32-bit ARM, too.
MACHINES = {"x86_64": X86_64, "aarch64": AARCH64, "arm": AARCH64}


def machine_of(program: Path) -> Machine:
    """Return the machine for the program."""
    name = Elf(program).machine
    if name not in MACHINES:
        raise OSError(f"{program}: no guest runs a program for {name}")
    return MACHINES[name]
