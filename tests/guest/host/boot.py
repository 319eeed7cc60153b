#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Boot a kernel from fetch.sh in QEMU, and run a script in it.

Receives: the folder of a kernel, files, and a script.
Hands on: the script's output, and an exit status: 0 = the script passed and the kernel did not
          complain, 1 = it failed, 2 = the guest died.
Always:   success needs both the guest's "@end 0" and QEMU's exit status 1, which only exit.c makes.
          The machine is the one that exit.c was compiled for.
"""

import argparse
import json
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from initramfs import Initramfs, SetupError, resolve_modules, run  # noqa: E402
from machines import machine_of  # noqa: E402

INSIDE = Path(__file__).resolve().parent.parent / "inside"
PASSED, FAILED, DIED = 0, 1, 2
BOOT_SECONDS = 120  # ten times the boot of a guest on a busy host; scripts get more
DISKS = {  # kind: QEMU's device, its name in the guest, its modules
    "virtio": ("virtio-blk-pci,drive={id}", "vd{letter}", ["virtio_pci", "virtio_blk"]),
    "nvme": ("nvme,drive={id},serial={id}", "nvme{number}n1", ["nvme"]),
}
DISPLAYS = {"cirrus": ("cirrus-vga", "cirrus"), "bochs": ("bochs-display", "bochs")}


def say(text: str) -> None:
    print(f"boot.py: {text}", file=sys.stderr, flush=True)


def split(argument: str) -> tuple[str, str]:
    first, _, rest = argument.partition(":")
    return first, rest


def plan_disks(arguments: list[str]) -> list[tuple[str, str, str]]:
    """Return for each disk: QEMU's device, its name in the guest, its image."""
    plan: list[tuple[str, str, str]] = []
    count = dict.fromkeys(DISKS, 0)
    for index, (kind, image) in enumerate(map(split, arguments)):
        device, name, _ = DISKS[kind]
        number, count[kind] = count[kind], count[kind] + 1
        name = name.format(number=number, letter=chr(ord("a") + number))
        plan.append((device.format(id=f"disk{index}"), name, image))
    return plan


def build_initramfs(args: argparse.Namespace, file: Path) -> None:
    root = Initramfs(args.sysroot)
    for path in ("/proc", "/sys", "/dev", "/tmp", "/test"):
        root.directory(path)
    root.add_busybox()
    for name, device in machine_of(args.exit_helper).terminals().items():
        root.link(f"/etc/guest/{name}", device)
    root.add(INSIDE / "init", "/init")
    root.add(INSIDE / "screendump", "/bin/screendump")
    root.add(args.exit_helper, "/bin/guest-exit")
    root.add(args.script, "/etc/guest/script")
    root.add(INSIDE / "lib.sh", "/etc/guest/lib.sh")
    for source, path in map(split, args.add):
        root.add(Path(source), path.rstrip("/") or f"/test/{Path(source).resolve().name}")

    modules = [(name, "") for disk in args.disk for name in DISKS[split(disk)[0]][2]]
    modules += [(DISPLAYS[args.display][1], "")] if args.display else []
    files = resolve_modules(args.kernel, modules + [split(module) for module in args.module])
    files += [(Path(ko), params) for ko, params in map(split, args.ko)]
    root.add_modules(files, "/etc/guest/modules")
    root.text("/etc/guest/disks", "".join(f"{name}\n" for _, name, _ in plan_disks(args.disk)))
    root.write(file)


class Guest:
    """A run of QEMU. Sockets carry the guest's output, its control line ("@word rest"), and QMP."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.machine = machine_of(args.exit_helper)
        self.script_began = False
        self.hung = False
        self.aborted = False
        self.end = ""
        self.pairs = {name: socket.socketpair() for name in ("output", "control", "qmp")}
        self.qmp_pending = b""
        self.qmp_ready = False

    def command(self) -> list[str]:
        args = self.args
        machine = self.machine
        command = [args.qemu or machine.qemu, "-accel", "tcg,thread=multi", *machine.options,
                   "-nodefaults", "-display", "none", "-no-reboot", "-m", args.memory,
                   "-smp", str(args.smp), "-kernel", str(args.kernel / "vmlinuz"),
                   "-initrd", str(args.out / "initramfs.gz"),
                   "-append", f"{machine.append()} {args.append}"]
        for name, (_, theirs) in self.pairs.items():
            command += ["-chardev", f"socket,id={name},fd={theirs.fileno()}"]
        command += ["-mon", "chardev=qmp,mode=control",
                    "-serial", f"file:{args.out / 'console.log'}", *machine.ports]
        for index, (device, _, image) in enumerate(plan_disks(args.disk)):
            file = image.replace(",", ",,")
            drive = f"file={file},if=none,id=disk{index},format=raw,snapshot=on"
            command += ["-drive", drive, "-device", device]
        for device in args.device:
            command += ["-device", device]
        for tag, folder in map(split, args.share):
            path = folder.replace(",", ",,")
            command += ["-fsdev", f"local,id={tag},path={path},security_model=none",
                        "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
        if args.display:
            command += ["-device", DISPLAYS[args.display][0]]
        return command

    def qmp(self, execute: str, **arguments: str) -> None:
        ours = self.pairs["qmp"][0]
        ours.sendall(json.dumps({"execute": execute, "arguments": arguments}).encode() + b"\n")
        while True:  # the greeting and events may come before the answer
            while b"\n" not in self.qmp_pending:
                data = ours.recv(65536)
                if not data:
                    raise OSError("QMP is closed")
                self.qmp_pending += data
            line, self.qmp_pending = self.qmp_pending.split(b"\n", 1)
            answer = json.loads(line)
            if "error" in answer:
                raise OSError(answer["error"]["desc"])
            if "return" in answer:
                return

    def screendump(self, name: str) -> None:
        if not re.fullmatch(r"[\w.-]+", name):
            raise OSError(f"not a file name: {name!r}")
        if not self.qmp_ready:
            self.qmp("qmp_capabilities")
            self.qmp_ready = True
        self.qmp("screendump", filename=str(self.args.out / f"{name}.ppm"))

    def obey(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "@script":
            self.script_began = True
        elif word == "@end":
            self.end = rest
        elif word == "@screendump":
            answer = b"ok\n"
            try:
                self.screendump(rest)
            except OSError as error:
                say(f"screendump: {error}")
                answer = b"failed\n"
            self.pairs["control"][0].sendall(answer)

    def limit(self) -> float:
        """Return the seconds that the guest may take: less until its script begins."""
        return self.args.timeout if self.script_began else min(self.args.timeout, BOOT_SECONDS)

    def converse(self) -> bool:
        """Stream the output and obey the control line until QEMU ends. Return False on time-out."""
        began = time.monotonic()
        control = b""
        with selectors.DefaultSelector() as selector, \
                open(self.args.out / "output.log", "wb") as log:
            for name in ("output", "control"):
                selector.register(self.pairs[name][0], selectors.EVENT_READ, name)
            while selector.get_map():
                left = began + self.limit() - time.monotonic()
                if left <= 0:
                    return False
                for key, _ in selector.select(left):
                    data = self.pairs[key.data][0].recv(65536)
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.data == "output":
                        log.write(data)
                        sys.stdout.buffer.write(data)
                        sys.stdout.buffer.flush()
                    else:
                        *lines, control = (control + data).split(b"\n")
                        for line in lines:
                            self.obey(line.decode(errors="replace").strip())
        return True

    def run(self) -> int:
        fds = [theirs.fileno() for _, theirs in self.pairs.values()]
        with open(self.args.out / "qemu.log", "wb") as log:
            process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, pass_fds=fds)
        try:
            for _, theirs in self.pairs.values():
                theirs.close()
            in_time = self.converse()
            self.hung = not in_time
            if in_time:
                process.wait(timeout=30)
        finally:
            process.kill()  # has no effect if QEMU has ended
            status = process.wait()
        self.aborted = status == -signal.SIGABRT
        if in_time and (status, self.end) == (1, "0"):
            return PASSED
        if in_time and (status, self.end) == (3, "1"):
            return FAILED
        reason = "" if in_time else f"out of time after {self.limit():g} s: "
        say(f"{reason}QEMU's exit status {status}, the guest's result {self.end or 'missing'}")
        return DIED


def run_guest(args: argparse.Namespace) -> int:
    guest = Guest(args)
    version = re.search(r"version (\d+)\.", run(guest.command()[0], "--version"))
    result = guest.run()
    # QEMU 7.2 under TCG crashes some guests while they boot. With 10.0, one of a hundred boots of
    # Linux 7.3 hung, and one of several hundred ended at an assertion of QEMU (iotlb_to_section).
    # There is no second try once the script has begun: a test may be the cause.
    old = version is not None and int(version[1]) < 8
    if result == DIED and not guest.script_began and (old or guest.hung or guest.aborted):
        say("booting again: the script had not begun")
        result = Guest(args).run()
    return result


def show_tail(file: Path, lines: int) -> None:
    text = file.read_text(errors="replace").splitlines() if file.exists() else []
    if text:
        print(f"--- {file.name} ---", *text[-lines:], sep="\n", file=sys.stderr, flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--kernel", type=Path, required=True, metavar="DIR", help="folder that fetch.sh filled")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for logs and pictures")
    add("--script", type=Path, required=True, metavar="FILE",
        help="script for busybox sh; it runs in /test")
    add("--exit-helper", type=Path, required=True, metavar="FILE", help="exit.c, compiled")
    add("--sysroot", type=Path, metavar="DIR",
        help="libraries and busybox of the guest's machine, if it is not this one")
    add("--add", action="append", default=[], metavar="SRC[:DEST]",
        help="file or folder for the guest; DEST is /test/NAME by default")
    add("--module", action="append", default=[], metavar="NAME[:PARAMS]",
        help="module of the kernel to load")
    add("--ko", action="append", default=[], metavar="FILE[:PARAMS]",
        help="module in a file, to load after these")
    add("--disk", action="append", default=[], metavar="KIND:IMAGE",
        help="raw image, which never changes; KIND is virtio or nvme")
    add("--display", choices=DISPLAYS)
    add("--device", action="append", default=[], metavar="DEVICE",
        help="device, in the syntax of QEMU's -device")
    add("--share", action="append", default=[], metavar="TAG:DIR",
        help="folder of the host to share by 9p")
    add("--memory", default="1G")
    add("--smp", type=int, default=2)
    add("--timeout", type=float, default=300, metavar="SECONDS")
    add("--append", default="", help="addition to the kernel's command line")
    add("--qemu", metavar="PROGRAM", help="QEMU for the machine of the exit helper")
    args = parser.parse_args()
    if any(split(disk)[0] not in DISKS for disk in args.disk):
        parser.error("--disk takes virtio:IMAGE or nvme:IMAGE")
    return args


def main() -> int:
    args = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(DIED))  # so that QEMU ends, too
    try:
        args.out = args.out.resolve()
        args.out.mkdir(parents=True, exist_ok=True)
        for stale in ("console.log", "output.log", "qemu.log"):
            (args.out / stale).unlink(missing_ok=True)
        build_initramfs(args, args.out / "initramfs.gz")
        result = run_guest(args)
    except (SetupError, OSError, subprocess.TimeoutExpired) as error:
        say(str(error))
        result = DIED
    if result != PASSED:
        show_tail(args.out / "qemu.log", 20)
        show_tail(args.out / "console.log", 60)
    return result


if __name__ == "__main__":
    sys.exit(main())
