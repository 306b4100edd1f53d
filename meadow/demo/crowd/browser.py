"""A very small browser: cookies, forms, fragments and facts over HTTP, and patience."""

import asyncio
import logging
import random
import time
from types import TracebackType
from typing import Any, Self

import aiohttp

from meadow.demo.crowd.pages import Page, read_page

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 20.0
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# facts.js names what happens once per token by the token, so that a repetition counts once.
ONCE = {"impression": "i", "open": "o", "read": "r"}
AGENT = "Meadow-Demo-Crowd/1.0 (scripted demo reader)"


class SignedOut(Exception):
    """The session is over: sign in again."""


class Refused(Exception):
    """The site said no for a reason that waiting does not mend."""


class Browser:
    """One person's session. Every call waits, as long as it takes, for a site that is away."""

    def __init__(self, base_url: str, *, chance: random.Random) -> None:
        self.base_url = base_url
        self.chance = chance
        # The site's own address has no dot in it, and aiohttp refuses cookies of bare addresses.
        self.session = aiohttp.ClientSession(
            base_url,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=20),
            headers={"User-Agent": AGENT, "Accept-Language": "zh-CN,en;q=0.8"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.session.close()

    async def open(self, path: str, *, fragment: bool = False) -> Page:
        """Return the page at `path`. Raises Refused or SignedOut."""
        return read_page(await self._ask("GET", path, headers=_htmx(fragment)))

    async def sign_in(self, *, handle: str, password: str) -> Page:
        """Fill in the form as anybody does; returns the page it leads to, which is Hot.

        Raises Refused for a wrong password.
        """
        path = "/accounts/login/"
        form = await self.open(path)
        landed = await self._ask(
            "POST",
            path,
            data={
                "csrfmiddlewaretoken": form.csrf,
                "login": handle,
                "password": password,
                "remember": "on",
            },
        )
        if "meadow_session" not in {cookie.key for cookie in self.session.cookie_jar}:
            raise Refused(f"{handle} cannot sign in")
        return read_page(landed)

    async def press(self, path: str, page: Page, **fields: str) -> None:
        """Send one of a page's forms the way htmx does. Raises Refused or SignedOut.

        Once it may have arrived it is not sent again: what it asks for may have been done.
        """
        data = {"csrfmiddlewaretoken": page.csrf, **fields}
        await self._ask("POST", path, insist=False, data=data, headers=_htmx(True))

    async def tell(self, *events: dict[str, Any]) -> None:
        """Hand facts in as facts.js does, again and again until they are on the server's disk."""
        await self._ask(
            "POST",
            "/e",
            json={"v": 1, "events": list(events)},
            headers={"Origin": self.base_url, "Sec-Fetch-Site": "same-origin"},
        )

    def fact(self, kind: str, token: str, *, ms: float = 0.0) -> dict[str, Any]:
        """Return one event that happens now."""
        if kind in ONCE:
            name = ONCE[kind] + token[3:18]
        else:
            name = "".join(self.chance.choice(ALPHABET) for _ in range(18))
        at = round(time.time() * 1000)
        return {"id": f"e{name}", "k": kind, "t": token, "ms": round(ms), "at": at}

    async def _ask(self, method: str, path: str, *, insist: bool = True, **what: Any) -> str:
        pause = FIRST_PAUSE
        while True:
            asked = 0.0
            try:
                async with self.session.request(method, path, **what) as answer:
                    text = await answer.text()
                    if answer.status < 400:
                        if "/accounts/login/" in answer.url.path and path != answer.url.path:
                            raise SignedOut
                        return text
                    if answer.status == 401:
                        raise SignedOut
                    if answer.status < 500 and answer.status != 429:
                        raise Refused(f"{method} {path}: {answer.status}")
                    asked = float(answer.headers.get("Retry-After", "0"))
                    log.info("%s %s: %s, waiting", method, path, answer.status)
            except (aiohttp.ClientError, TimeoutError) as away:
                if not insist and not isinstance(away, aiohttp.ClientConnectorError):
                    raise Refused(f"{method} {path}: the answer was lost") from away
                log.info("%s %s: %s, waiting", method, path, type(away).__name__)
            await asyncio.sleep(max(asked, pause * self.chance.uniform(0.75, 1.25)))
            pause = min(pause * 2, LONGEST_PAUSE)


def _htmx(fragment: bool) -> dict[str, str]:
    return {"HX-Request": "true"} if fragment else {}
