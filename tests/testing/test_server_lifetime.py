from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.testing.support import is_alive, start_python, wait_for

# A process with two servers that says which processes and folders it has caused.
OWNER = """
import json, os, subprocess, sys, time
from tenant_minio.testing.servers import start_minio, start_postgres

servers = [start_minio(local=True), start_postgres()]
held = [server._server.process for server in servers]
pids = [process.pid for process in held] + [process._supervisor.pid for process in held]
folders = [str(process.folder) for process in held]

def say(**more):
    print(json.dumps({"pids": pids, "folders": folders, **more}), flush=True)

"""
ENDS = {
    "return": "say()",
    "exit": "say(); sys.exit(3)",
    "exception": "say(); raise ValueError('no way')",
    "thread": "import threading; threading.Thread(target=say).start()",
    "os._exit": "say(); os._exit(0)",
    "context": "with servers[0], servers[1]: say(); raise KeyboardInterrupt",
}
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


def report_of(owner: subprocess.Popen[str]) -> dict[str, Any]:
    assert owner.stdout is not None
    line = owner.stdout.readline()
    if not line:
        pytest.fail(owner.communicate()[1])
    report: dict[str, Any] = json.loads(line)
    return report


def assert_all_gone(report: dict[str, Any]) -> None:
    for pid in report["pids"]:
        wait_for(lambda pid=pid: not is_alive(pid), f"the end of process {pid}")  # type: ignore[misc]
    for folder in report["folders"]:
        assert not Path(folder).exists()


@pytest.mark.parametrize("end", ENDS)
def test_servers_end_with_their_process(end: str) -> None:
    """However a process ends by itself, its servers, their supervisors and folders go with it."""
    with start_python("-c", OWNER + ENDS[end]) as owner:
        report = report_of(owner)
        owner.communicate()
    assert_all_gone(report)


def test_stopping_leaves_no_child_process() -> None:
    """After a server was stopped, no process is left to wait for, not even a zombie."""
    stop = """
for server in servers: server.stop()
try: os.waitpid(-1, os.WNOHANG)
except ChildProcessError: say()
"""
    with start_python("-c", OWNER + stop) as owner:
        assert_all_gone(report_of(owner))
        owner.communicate()


@pytest.mark.parametrize("signum", SIGNALS, ids=[signum.name for signum in SIGNALS])
def test_servers_end_when_their_process_is_killed(signum: signal.Signals) -> None:
    """A signal to the process, or Ctrl-C to its whole group, takes servers and folders along."""
    with start_python("-c", OWNER + "say(); time.sleep(600)") as owner:
        report = report_of(owner)
        assert all(map(is_alive, report["pids"]))
        os.killpg(owner.pid, signum)
        owner.communicate()
    assert_all_gone(report)


def test_paused_servers_end_too() -> None:
    """A server that was paused does not survive its process."""
    with start_python("-c", OWNER + "servers[0].pause(); say(); os._exit(0)") as owner:
        report = report_of(owner)
        owner.communicate()
    assert_all_gone(report)


def test_a_fork_that_exits_leaves_the_servers() -> None:
    """A forked child, as of gunicorn or multiprocessing, ends no server when it exits."""
    fork = """
if os.fork() == 0:
    servers[0].stop()
    sys.exit()
os.wait()
servers[0].pause(); servers[0].resume()
say()
time.sleep(600)
"""
    with start_python("-c", OWNER + fork) as owner:
        report = report_of(owner)
        assert all(map(is_alive, report["pids"]))
        owner.kill()
        owner.communicate()
    assert_all_gone(report)


@pytest.mark.parametrize(
    "child",
    [
        "child = os.fork() or (time.sleep(600), os._exit(0))",
        "child = subprocess.Popen(['sleep', '600'], close_fds=False).pid",
    ],
    ids=["fork", "program"],
)
def test_a_surviving_child_keeps_no_server_alive(child: str) -> None:
    """Servers end with the process that started them, although a child of it lives on."""
    with start_python("-c", f"{OWNER}{child}\nsay(child=child); time.sleep(600)") as owner:
        report = report_of(owner)
        owner.kill()
        owner.wait()
        try:
            assert_all_gone(report)
            assert is_alive(report["child"])
        finally:
            os.kill(report["child"], signal.SIGKILL)


@pytest.mark.parametrize("signum", SIGNALS[1:], ids=[signum.name for signum in SIGNALS[1:]])
def test_command_line_ends_in_silence(signum: signal.Signals) -> None:
    """Ctrl-C or a signal ends the command with status 0, after its servers, with no traceback."""
    with start_python(
        *("-m", "tenant_minio.testing.servers", "minio:eu", "versitygw", "postgres", "--json"),
    ) as command:
        servers = report_of(command)
        assert list(servers) == ["eu", "versitygw", "postgres"]
        assert servers["eu"].keys() >= {"kind", "endpoint", "access_key", "secret_key", "secure"}
        os.killpg(command.pid, signum)
        output, errors = command.communicate()
    assert (command.returncode, output) == (0, "")
    assert "Traceback" not in errors
    assert not any(is_alive(server["pid"]) for server in servers.values())


def test_command_line_prints_what_a_shell_can_source() -> None:
    """The default servers come as export lines: one per server, then those that tests read."""
    with start_python("-m", "tenant_minio.testing.servers") as command:
        assert command.stdout is not None
        lines = [command.stdout.readline().split() for _ in range(4)]
        command.terminate()
        output, errors = command.communicate()
    assert (command.returncode, output) == (0, ""), errors
    names = [[word.partition("=")[0] for word in line] for line in lines]
    keys = ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY")
    assert names == [
        ["export", *(f"TENANT_MINIO_EU_{key}" for key in keys)],
        ["export", *(f"TENANT_MINIO_US_{key}" for key in keys)],
        ["export", "TENANT_MINIO_POSTGRES_DSN"],
        ["export", "TENANT_MINIO_MINIO_URL"],
    ]


@pytest.mark.parametrize("wanted", ["mino", "postgres:a", "minio:a-b"])
def test_command_line_refuses_unknown_servers(wanted: str) -> None:
    """A kind that does not exist, or a name that no variable can have, is refused."""
    with start_python("-m", "tenant_minio.testing.servers", wanted) as command:
        _, errors = command.communicate()
    assert command.returncode == 2
    assert wanted in errors


def test_command_line_reports_a_failure() -> None:
    """A server that does not come up ends the command with status 1 and a message."""
    with start_python(
        *("-m", "tenant_minio.testing.servers", "minio"),
        TENANT_MINIO_MINIO_URL="http://127.0.0.1:9000",
    ) as command:
        _, errors = command.communicate()
    assert command.returncode == 1
    assert errors.startswith("tenant_minio: entry 1 of TENANT_MINIO_MINIO_URL must look like")
