"""What a process remembers of a session's signature changes nothing of what sessions say."""

from meadow.accounts.sessions import SessionStore


def test_a_session_says_the_same_each_time_whatever_was_done_to_its_last_answer() -> None:
    store = SessionStore()
    words = store.encode({"kept": {"list": [1]}, "name": "安妮"})

    store.decode(words)["kept"]["list"].append(2)

    assert store.decode(words) == {"kept": {"list": [1]}, "name": "安妮"}


def test_a_session_that_was_tampered_with_says_nothing() -> None:
    store = SessionStore()
    words = store.encode({"name": "ann"})
    store.decode(words)

    assert [store.decode(words[:-1] + letter) for letter in "#!"] == [{}, {}]
    assert store.decode("nothing of ours") == {}
