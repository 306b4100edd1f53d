"""What our mail and our refusals say, to whom in which language, and that the links work."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client

from meadow.accounts.adapter import AccountAdapter
from meadow.accounts.models import Person
from meadow.accounts.testing import PASSWORD, make_person, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("words")]

RESET = {
    "en": (
        "Meadow: Choose a new password",
        """\
Somebody asked for a new password for your Meadow account @ann. \
If it was you, open this link and choose one:

LINK

It works once, within three days.

If it was not you, ignore this mail: your password stays as it is.

Meadow
http://testserver/""",
    ),
    "zh-hans": (
        "Meadow：设置新密码",
        """\
有人申请重置你的 Meadow 账号 @ann 的密码。如果是你本人，打开下面的链接设置新密码：

LINK

链接三天内有效，只能用一次。

如果不是你，不用理会这封邮件，你的密码不会改变。

Meadow
http://testserver/""",
    ),
}
WELCOME = {
    "en": (
        "Meadow: Confirm your e-mail address",
        """\
Welcome to Meadow. Your account is @ann. \
To confirm that this e-mail address is yours, open this link:

LINK

It works for three days.

If it was not you who joined, somebody mistyped their address. \
Ignore this mail: the address stays unconfirmed.

Meadow
http://testserver/""",
    ),
    "zh-hans": (
        "Meadow：验证你的邮箱",
        """\
欢迎来到 Meadow。你的账号是 @ann。打开下面的链接，确认这个邮箱是你的：

LINK

链接三天内有效。

如果注册的人不是你，那就是有人填错了邮箱。不用理会这封邮件，这个邮箱不会被验证。

Meadow
http://testserver/""",
    ),
}
LATER = {
    "en": (
        "Meadow: Confirm your e-mail address",
        """\
The Meadow account @ann uses this e-mail address. To confirm that it is yours, open this link:

LINK

It works for three days.

If this is not your account, ignore this mail: the address stays unconfirmed.

Meadow
http://testserver/""",
    ),
    "zh-hans": (
        "Meadow：验证你的邮箱",
        """\
Meadow 账号 @ann 绑定了这个邮箱。打开下面的链接，确认它是你的：

LINK

链接三天内有效。

如果这不是你的账号，不用理会这封邮件，这个邮箱不会被验证。

Meadow
http://testserver/""",
    ),
}
UNKNOWN = {
    "en": (
        "Meadow: No account uses this e-mail address",
        """\
Somebody asked for a new password with the address o'hara@example.org, \
but no Meadow account uses it.

If it was you, you may have joined with another address. Try that one, or make a new account:

LINK

If it was not you, ignore this mail: there is nothing to change.

Meadow
http://testserver/""",
    ),
    "zh-hans": (
        "Meadow：没有账号绑定这个邮箱",
        """\
有人用 o'hara@example.org 申请重置密码，但没有 Meadow 账号绑定这个邮箱。

如果是你本人，你注册时用的可能是另一个邮箱。换那个邮箱试试，或者注册一个新账号：

LINK

如果不是你，不用理会这封邮件，什么都不用做。

Meadow
http://testserver/""",
    ),
}
TAKEN = {
    "en": (
        "Meadow: You already have an account",
        """\
Somebody tried to make a new Meadow account with the address ann@example.org, \
but you already have one with it.

If it was you, sign in as before. If you forgot your password, choose a new one:

LINK

If it was not you, ignore this mail: your account stays as it is.

Meadow
http://testserver/""",
    ),
    "zh-hans": (
        "Meadow：你已经有账号了",
        """\
有人想用 ann@example.org 注册 Meadow，但这个邮箱已经绑定了你的账号。

如果是你本人，像以前一样登录就好。忘了密码的话，在这里设置新密码：

LINK

如果不是你，不用理会这封邮件，你的账号不会有任何变化。

Meadow
http://testserver/""",
    ),
}
both_languages = pytest.mark.parametrize("language", ["en", "zh-hans"])


def the_mail() -> tuple[str, str, str]:
    """Return the subject and body of the only mail, with LINK for its link, and the link's path."""
    (sent,) = mail.outbox
    body = str(sent.body)
    found = re.search(r"^http://testserver(/.+)$", body, re.MULTILINE)
    assert found
    return str(sent.subject), body.replace(found[0], "LINK", 1), found[1]


@both_languages
def test_a_reset_is_written_in_the_language_of_the_account_whoever_asked(language: str) -> None:
    make_person("ann", password=PASSWORD, language=language)
    asked_in = "zh-hans" if language == "en" else "en"

    Client(headers={"Accept-Language": asked_in}).post(
        "/accounts/password/reset/", {"email": "ann@example.org"}
    )

    subject, body, link = the_mail()
    assert (subject, body) == RESET[language]
    assert "token_fail" not in Client().get(link, follow=True).context
    assert "token_fail" in Client().get(link[:-2] + "/", follow=True).context
    assert settings.PASSWORD_RESET_TIMEOUT == 3 * 24 * 60 * 60  # as the mail says


@both_languages
def test_a_reset_for_somebody_without_a_chosen_language_follows_the_page(language: str) -> None:
    make_person("ann", password=PASSWORD)

    Client(headers={"Accept-Language": language}).post(
        "/accounts/password/reset/", {"email": "ann@example.org"}
    )

    assert the_mail()[:2] == RESET[language]


@both_languages
def test_joining_sends_a_link_that_confirms_the_address(language: str) -> None:
    client = Client(headers={"Accept-Language": language})

    client.post(
        "/accounts/signup/",
        {"email": "ann@example.org", "username": "ann", "password1": PASSWORD},
    )

    subject, body, link = the_mail()
    assert (subject, body) == WELCOME[language]
    client.post(link)
    assert EmailAddress.objects.get().verified is True


@both_languages
def test_an_address_added_later_is_confirmed_by_mail_too(language: str) -> None:
    ann = make_person("ann", password=PASSWORD, language=language)
    client = sign_in(ann)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})

    subject, body, link = the_mail()
    assert mail.outbox[0].to == ["new@example.org"]
    assert (subject, body) == LATER[language]
    client.post(link)
    assert EmailAddress.objects.get(email="new@example.org").verified is True


@both_languages
def test_an_unknown_address_is_told_so_and_keeps_its_apostrophe(language: str) -> None:
    Client(headers={"Accept-Language": language}).post(
        "/accounts/password/reset/", {"email": "o'hara@example.org"}
    )

    subject, body, link = the_mail()
    assert (subject, body) == UNKNOWN[language]
    assert Client().get(link).status_code == 200


@both_languages
def test_somebody_who_joins_twice_hears_it_in_the_language_of_their_account(language: str) -> None:
    from allauth.core.context import request_context
    from django.test import RequestFactory

    make_person("ann", language=language)

    with request_context(RequestFactory().get("/")):
        AccountAdapter().send_account_already_exists_mail("ann@example.org")

    subject, body, link = the_mail()
    assert (subject, body) == TAKEN[language]
    assert Client().get(link).status_code == 200


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "The handle or e-mail and the password do not go together."
            " Check both, or choose a new password.",
        ),
        ("zh-hans", "用户名（或邮箱）和密码对不上。检查一下再试，或者重置密码。"),
    ],
)
@pytest.mark.parametrize("login", ["ann", "nobody", "ann@example.org"])
def test_a_wrong_sign_in_does_not_tell_what_was_wrong(language: str, said: str, login: str) -> None:
    make_person("ann", password=PASSWORD)

    answer = Client(headers={"Accept-Language": language}).post(
        "/accounts/login/", {"login": login, "password": "wrong"}
    )

    assert answer.context["form"].non_field_errors() == [said]


@pytest.mark.parametrize(
    ("language", "email", "handle"),
    [
        (
            "en",
            "This address belongs to an account already."
            " Use another one, or sign in to that account.",
            "This handle is taken. Choose another one.",
        ),
        (
            "zh-hans",
            "这个邮箱已经绑定了一个账号。换一个邮箱，或者登录那个账号。",
            "这个用户名已经有人用了，换一个试试。",
        ),
    ],
)
def test_what_is_taken_is_said_with_what_to_do(language: str, email: str, handle: str) -> None:
    make_person("ann")

    answer = Client(headers={"Accept-Language": language}).post(
        "/accounts/signup/",
        {"email": "ann@example.org", "username": "ANN", "password1": PASSWORD},
    )

    assert answer.context["form"].errors == {"email": [email], "username": [handle]}
    assert Person.objects.count() == 1


def test_guessing_is_told_how_long_to_wait() -> None:
    make_person("ann", password=PASSWORD)
    for _ in range(6):
        answer = Client(headers={"Accept-Language": "en"}).post(
            "/accounts/login/", {"login": "ann", "password": "wrong"}
        )

    assert answer.context["form"].non_field_errors() == [
        "Too many wrong tries. Wait five minutes, or choose a new password."
    ]


def test_signing_in_says_as_whom() -> None:
    make_person("ann", password=PASSWORD, language="zh-hans")

    answer = Client().post("/accounts/login/", {"login": "ann", "password": PASSWORD}, follow=True)

    assert [str(told) for told in answer.context["messages"]] == ["你已登录 @ann。"]


@both_languages
def test_a_wrong_code_is_told_with_what_to_enter(language: str) -> None:
    client = sign_in(make_person("ann", password=PASSWORD, language=language))
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    client.get("/accounts/2fa/totp/activate/")
    answer = client.post("/accounts/2fa/totp/activate/", {"code": "wrong"})

    assert answer.context["form"].errors["code"] == [
        {
            "en": "This code is not right. Enter the one that your app shows now;"
            " a recovery code works only once.",
            "zh-hans": "验证码不对。请输入应用当前显示的验证码；每个恢复码只能用一次。",
        }[language]
    ]
