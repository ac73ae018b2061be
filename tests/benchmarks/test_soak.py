"""The judge of a soak run finds what it is there to find."""

from __future__ import annotations

import re
import socket

import pytest

from benchmarks.soak.bodies import Stamp, make, read
from benchmarks.soak.ledger import Ledger, Place, judge, read_wrong
from benchmarks.soak.proxy import ResettingProxy

MINE, THEIRS, OTHER = Stamp("acme", 1, 1), Stamp("globex", 1, 2), Stamp("acme", 2, 1)
PLACE: Place = ("acme", "f")


@pytest.fixture
def ledger() -> Ledger:
    """One file was promised."""
    ledger = Ledger()
    ledger.saved(PLACE, MINE)
    return ledger


def test_a_body_says_which_write_it_is_of():
    assert read(make(MINE, 1000)) == MINE
    assert read(make(MINE, 0)) == MINE


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body[:-1],
        lambda body: body + b"x",
        lambda body: body[:-1] + bytes([body[-1] ^ 1]),
        lambda body: b"",
        lambda body: b"{}\n",
        lambda body: b"[1]\n",
        lambda body: body[200:] + body[:200],
    ],
)
def test_a_damaged_body_is_of_no_write(damage):
    assert read(damage(make(MINE, 1000))) is None


def test_what_is_as_promised_is_not_wrong(ledger: Ledger):
    assert judge(ledger, {PLACE: MINE}) == []


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({}, "lost: .*gone"),
        ({PLACE: None}, "lost: .*damaged"),
        ({PLACE: OTHER}, "lost: .*another write"),
        ({PLACE: THEIRS}, "crossed: .*globex"),
        ({PLACE: MINE, ("globex", "g"): MINE}, "crossed: .*'globex'.*acme"),
        ({PLACE: MINE, ("globex", "g"): None}, "lost: .*'globex'.*damaged"),
        ({PLACE: MINE, ("acme", "g"): OTHER}, "never written"),
    ],
)
def test_lost_and_crossed_files_are_found(ledger: Ledger, found, told: str):
    (wrong,) = judge(ledger, found)
    assert re.search(told, wrong)


def test_a_name_that_two_writes_were_given_is_a_lost_file(ledger: Ledger):
    ledger.saved(PLACE, OTHER)
    assert "two writes" in ledger.wrong[0]


def test_a_deleted_file_may_not_come_back_and_its_name_may(ledger: Ledger):
    ledger.deletes(PLACE)
    assert judge(ledger, {PLACE: MINE}) == judge(ledger, {}) == []
    ledger.has_deleted(PLACE)
    assert "was deleted" in judge(ledger, {PLACE: MINE})[0]
    ledger.saved(PLACE, OTHER)
    assert ledger.wrong == []
    assert judge(ledger, {PLACE: OTHER}) == []


def test_a_file_whose_deletion_was_not_sent_must_stay(ledger: Ledger):
    ledger.deletes(PLACE)
    ledger.keeps(PLACE)
    assert "gone" in judge(ledger, {})[0]


def test_a_write_in_doubt_may_be_there_or_not(ledger: Ledger):
    ledger.not_saved(OTHER, unsure=True)
    assert judge(ledger, {PLACE: MINE}) == []
    assert judge(ledger, {PLACE: MINE, ("acme", "g"): OTHER}) == []
    assert read_wrong(PLACE, MINE, OTHER)


def test_a_write_that_was_refused_and_is_there_is_wrong(ledger: Ledger):
    """Planted: a site that stores a file, and says that it did not."""
    ledger.not_saved(OTHER, unsure=False)
    assert judge(ledger, {PLACE: MINE}) == []
    (wrong,) = judge(ledger, {PLACE: MINE, ("acme", "g"): OTHER})
    assert wrong == "('acme', 'g') was refused, and is there"


def test_the_proxy_passes_on_and_resets():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        ResettingProxy("127.0.0.1:" + str(server.getsockname()[1])) as proxy,
    ):
        host, port = proxy.endpoint.split(":")

        def connect() -> tuple[socket.socket, socket.socket]:
            client = socket.create_connection((host, int(port)), timeout=20)
            return client, server.accept()[0]

        client, peer = connect()
        client.sendall(b"ask")
        assert peer.recv(3) == b"ask"
        peer.sendall(b"answer")
        assert client.recv(6) == b"answer"
        proxy.begin_resets()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        # Where the reset comes, is chance.
        with (
            pytest.raises(ConnectionResetError),
            socket.create_connection((host, int(port)), timeout=20) as late,
        ):
            late.recv(1)
        proxy.end_resets()
        client.close()
        peer.close()
        client, peer = connect()
        client.sendall(b"again")
        assert peer.recv(5) == b"again"
        client.close()
        peer.close()
