"""The command that serves TensorBoard, its links, and the projector's pictures."""

import json
import signal
import socket
import subprocess
import sys
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from narrows.board import server
from narrows.board.projector import SPRITE, thumbnails
from narrows.errors import UserError
from support.configs import REPOSITORY


def test_the_script_serves_on_loopback_until_it_is_stopped(folder):
    command = [sys.executable, str(REPOSITORY / "scripts" / "board.py"), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().split()[0]
        assert address.startswith("http://127.0.0.1:")
        with urlopen(f"{address}/data/runs") as answer:
            assert json.load(answer) is not None
        process.send_signal(signal.SIGINT)
        out, err = process.stdout.read(), process.stderr.read()  # `communicate` forgets what `readline` read ahead
    assert (process.returncode, err) == (0, "")
    assert f"{address}/#hparams" in out
    with pytest.raises(URLError):
        urlopen(f"{address}/data/runs")


def test_a_port_that_is_taken_is_refused_and_the_default_one_is_replaced(folder, monkeypatch):
    with socket.create_server((server.HOST, 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(UserError, match=f"^--port {taken}: address already in use; choose another one"):
            server.start(folder, port=taken)
        monkeypatch.setattr(server, "PORT", taken)
        assert not server.start(folder).endswith(f":{taken}")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_that_is_free_is_served(folder, host):
    with socket.create_server((server.HOST, 0)) as other:
        free = other.getsockname()[1]
    address = server.start(folder, host, free)
    assert address == f"http://{host}:{free}"
    with urlopen(f"{address}/data/runs") as answer:
        assert answer.status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "example.org", ""])
def test_other_hosts_than_this_machine_are_refused_with_the_way_to_reach_it(folder, host):
    with pytest.raises(
        UserError, match=r"no password.*127\.0\.0\.1, localhost, ::1.*ssh -L 6007:127\.0\.0\.1:6007"
    ) as error:
        server.start(folder, host, 6007)
    assert str(error.value).startswith(f"--host {host}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("size", [4, 28, 300, 2000])
def test_a_sprite_fits_into_what_a_browser_takes(size):
    import torch

    small = thumbnails(torch.rand(40, 1, size, size // 2))
    assert max(small.shape[2:]) <= min(size, SPRITE // 7)
    assert small.shape[2] >= small.shape[3] >= 1
