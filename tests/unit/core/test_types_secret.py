from __future__ import annotations

import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idscan.core.types import Secret

NUMBER = "001099000001"


@given(st.text(min_size=4))
def test_a_secret_never_shows_its_text(text: str) -> None:
    secret = Secret(text)
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret:>40}", f"{secret!r}", "%s" % secret):  # noqa: UP031
        assert shown.strip() in {"***", "Secret('***')"}


def test_a_secret_in_a_traceback_stays_masked() -> None:
    def leak(secret: Secret) -> None:
        raise ValueError(secret)

    with pytest.raises(ValueError, match=r"\*") as caught:
        leak(Secret(NUMBER))
    assert NUMBER not in "".join(traceback.format_exception(caught.value))


def test_secrets_compare_by_their_text() -> None:
    assert Secret(NUMBER) == Secret(NUMBER)
    assert hash(Secret(NUMBER)) == hash(Secret(NUMBER))
    assert Secret(NUMBER) != Secret(NUMBER[::-1])
    assert Secret(NUMBER) != NUMBER


def test_a_secret_survives_a_process_border() -> None:
    assert pickle.loads(pickle.dumps(Secret(NUMBER))).reveal() == NUMBER


def test_a_secret_does_not_change() -> None:
    with pytest.raises(AttributeError):
        Secret(NUMBER).other = 1  # type: ignore[attr-defined]


def test_fingerprints_depend_on_the_key() -> None:
    secret = Secret(NUMBER)
    assert secret.fingerprint(b"a") == Secret(NUMBER).fingerprint(b"a")
    assert secret.fingerprint(b"a") != secret.fingerprint(b"b")


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret("x")
    assert len(Secret(NUMBER)) == 12
