"""Tenant keys as text: no two alike, nothing that a server could read otherwise."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tenant_minio.routing.escape import IN_BUCKET, IN_PREFIX, Alphabet

from .strategies import keys, prove

ALPHABETS = pytest.mark.parametrize("alphabet", [IN_PREFIX, IN_BUCKET], ids=["prefix", "bucket"])


@pytest.mark.parametrize(
    ("key", "in_prefix", "in_bucket"),
    [
        ("acme", "acme", "acme"),
        ("Acme Corp", "_41cme_20_43orp", "-41cme-20-43orp"),
        ("acme_corp", "acme__corp", "acme-5fcorp"),
        ("acme-corp", "acme-corp", "acme--corp"),
        ("a*", "a_2a", "a-2a"),
        ("a?", "a_3f", "a-3f"),
        ("..", "_2e_2e", "-2e-2e"),
        ("a/b", "a_2fb", "a-2fb"),
        ("é", "_c3_a9", "-c3-a9"),
        ("\ud800", "_ed_a0_80", "-ed-a0-80"),
    ],
)
def test_key_is_written_as(key: str, in_prefix: str, in_bucket: str) -> None:
    assert IN_PREFIX.encode(key) == in_prefix
    assert IN_BUCKET.encode(key) == in_bucket


@ALPHABETS
@prove
@given(one=keys, other=keys)
@example(one="Acme", other="acme")
@example(one="a_b", other="a-b")
@example(one="é", other="e\u0301")
@example(one="\ud83d\ude00", other="\U0001f600")
@example(one="a*", other="a_2a")
@example(one="a-2a", other="a*")
@example(one="a", other="a" * 300)
def test_two_keys_are_never_written_alike(alphabet: Alphabet, one: str, other: str) -> None:
    assume(one != other)
    written = {form(key) for form in (alphabet.encode, alphabet.shorten) for key in (one, other)}
    assert len(written) == 4


@ALPHABETS
@prove
@given(key=keys)
def test_what_was_written_is_read_back(alphabet: Alphabet, key: str) -> None:
    assert alphabet.decode(alphabet.encode(key)) == key
    assert not alphabet.is_shortened(alphabet.encode(key))


@ALPHABETS
@prove
@given(key=keys)
def test_shortened_text_is_told_from_every_other(alphabet: Alphabet, key: str) -> None:
    short = alphabet.shorten(key)
    assert alphabet.is_shortened(short)
    assert alphabet.decode(short) is None
    assert len(short) <= 54
    assert short[0] + short[-1] == re.sub("[^a-z0-9]", "", short[0] + short[-1])


@ALPHABETS
@prove
@given(text=keys | st.text(alphabet="ab019ef_-h", max_size=12))
def test_only_what_is_written_so_is_read(alphabet: Alphabet, text: str) -> None:
    key = alphabet.decode(text)
    assert key is None or alphabet.encode(key) == text


@prove
@given(keys)
def test_alphabets_are_kept(key: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]+", IN_PREFIX.encode(key))
    assert re.fullmatch(r"[a-z0-9_-]+", IN_PREFIX.shorten(key))
    assert re.fullmatch(r"[a-z0-9-]+", IN_BUCKET.encode(key))
    assert re.fullmatch(r"[a-z0-9-]+", IN_BUCKET.shorten(key))


@ALPHABETS
@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "a.b",
        "a/b",
        "é",
        "{e}",
        "{e}4",
        "{e}4G",
        "{e}2A",
        "{e}61",
        "a{e}",
        "{e}ff",
        "{e}c3",
        "a\n",
    ],
)
def test_text_that_no_key_gives_is_not_read(alphabet: Alphabet, text: str) -> None:
    assert alphabet.decode(text.replace("{e}", alphabet.escape)) is None


@ALPHABETS
def test_shortened_text_fed_back_as_a_key_is_another_tenant(alphabet: Alphabet) -> None:
    key = "acme" * 100
    chain = [key]
    for _ in range(5):
        chain.append(alphabet.shorten(chain[-1]))
    assert len(set(chain)) == 6
    assert len({alphabet.encode(link) for link in chain}) == 6


@ALPHABETS
def test_long_keys_that_differ_at_the_end_stay_apart(alphabet: Alphabet) -> None:
    short = {alphabet.shorten("x" * 5000 + end) for end in ("a", "b", "A", "", "\x00")}
    assert len(short) == 5
