"""The scripted readers: what each does next, at a pace that nobody has to notice."""

import asyncio
import logging
import random
import signal
from dataclasses import dataclass, field
from functools import cache

from meadow.demo.crowd.browser import Browser, Refused, SignedOut
from meadow.demo.crowd.pages import Card, Page
from meadow.demo.crowd.words import choose_comment
from meadow.demo.texts import PASSWORD, DemoPerson, note_id, read_crowd, read_notes

log = logging.getLogger(__name__)

# Seconds between two acts of the whole crowd.
PACE = (2.0, 4.0)
MOST_COMMENTS = 12
LIKES, SAVES, FOLLOWS, COMMENTS = 0.35, 0.12, 0.08, 0.22
SEEN_AT_ONCE = (3, 7)
READING_SECONDS = (2.5, 9.0)
RESTING_SECONDS = (40.0, 90.0)


@cache
def demo_notes() -> frozenset[str]:
    """Return the public ids of the demo's own notes."""
    return frozenset(note_id(note.key) for note in read_notes())


class Pacer:
    """Hands out turns, so that eight readers together are as quiet as one."""

    def __init__(self, chance: random.Random, pace: tuple[float, float] = PACE) -> None:
        self.chance = chance
        self.pace = pace
        self.lock = asyncio.Lock()

    async def turn(self) -> None:
        """Return when it is the caller's turn."""
        async with self.lock:
            await asyncio.sleep(self.chance.uniform(*self.pace))


@dataclass
class Reader:
    """One scripted reader between two visits; `read` are the notes they know.

    `promised` is what any of the crowd is about to say, by note: who opened a page earlier does not see it.
    """

    person: DemoPerson
    browser: Browser
    pacer: Pacer
    crowd: frozenset[str]
    chance: random.Random
    hurry: float = 1.0
    promised: dict[str, set[str]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)

    async def live(self) -> None:
        """Sign in and read until cancelled."""
        signed_in = False
        while True:
            try:
                await self.pacer.turn()
                if signed_in:
                    wall = await self.browser.open("/")
                else:
                    wall = await self.browser.sign_in(handle=self.person.handle, password=PASSWORD)
                    signed_in = True
                await self.walk(wall)
            except SignedOut:
                signed_in = False
            except Refused as refusal:
                # A note was deleted, or somebody blocked this reader: go on elsewhere.
                log.info("%s: %s", self.person.handle, refusal)
            await asyncio.sleep(self.chance.uniform(*RESTING_SECONDS) * self.hurry)

    async def walk(self, page: Page) -> None:
        """Walk down the Hot wall, page by page, and read what is new to this reader."""
        while True:
            fresh = await self.look(page)
            for card in fresh:
                await self.pacer.turn()
                await self.read_note(card)
            if not page.next_url or (not fresh and self.chance.random() < 0.3):
                return
            await self.pacer.turn()
            page = await self.browser.open(page.next_url, fragment=True)

    async def look(self, page: Page) -> list[Card]:
        """Tell which cards were seen; returns the ones to open."""
        seen = page.cards[: self.chance.randint(*SEEN_AT_ONCE)]
        chosen = self.choose(page)
        seen += [card for card in chosen if card not in seen]
        if seen:
            await self.browser.tell(
                *(
                    self.browser.fact("impression", token, ms=1000 + self.chance.random() * 1500)
                    for card in seen
                    for token in (card.token, *card.also)
                )
            )
        return chosen

    def choose(self, page: Page) -> list[Card]:
        """Return up to three unread cards; a note that a visitor wrote comes before the demo's."""
        fresh = [card for card in page.cards if card.note_id not in self.read]
        self.chance.shuffle(fresh)
        fresh.sort(key=lambda card: card.note_id in demo_notes())
        return fresh[: self.chance.randint(1, 3)]

    async def read_note(self, card: Card) -> None:
        """Open a note from its card, stay with it, and perhaps say or press something."""
        self.read.add(card.note_id)
        await self.browser.tell(self.browser.fact("click", card.token))
        page = await self.browser.open(card.link or f"/n/{card.note_id}")
        await self.browser.tell(self.browser.fact("open", page.note_token))
        first = 1.0 + self.chance.random()
        await asyncio.sleep(first)
        await self.browser.tell(self.browser.fact("read", page.note_token, ms=first * 1000))
        stay = self.chance.uniform(*READING_SECONDS) * self.hurry
        await asyncio.sleep(stay)
        await self.react(card.note_id, page)
        await self.browser.tell(
            self.browser.fact("dwell", page.note_token, ms=(first + stay) * 1000)
        )

    async def react(self, note_id: str, page: Page) -> None:
        """Do what this reader feels like; each act is one of the page's own forms."""
        wishes = (
            (f"/n/{note_id}/like", LIKES),
            (f"/n/{note_id}/save", SAVES),
            (f"/@{page.author}/follow", FOLLOWS),
        )
        for path, likelihood in wishes:
            if path in page.actions and self.chance.random() < likelihood:
                await self.pacer.turn()
                await self.browser.press(path, page)
        if self.chance.random() < COMMENTS and (words := self.words_for(note_id, page)):
            self.promised.setdefault(note_id, set()).add(words)
            await self.pacer.turn()
            await self.browser.press(f"/n/{note_id}/comments/add", page, body=words)

    def words_for(self, note_id: str, page: Page) -> str | None:
        """Return a comment for a note, or None where the crowd has said enough."""
        by_crowd = [handle for handle, _ in page.comments if handle in self.crowd]
        if page.has_more_comments or len(by_crowd) >= MOST_COMMENTS:
            return None
        if self.person.handle in by_crowd:
            return None
        said = {words for _, words in page.comments} | self.promised.get(note_id, set())
        return choose_comment(page, language=self.person.language, said=said, chance=self.chance)


async def run_crowd(*, base_url: str, hurry: float = 1.0) -> None:
    """Let the crowd read until SIGTERM or SIGINT; every pause is `hurry` times as long."""
    chance = random.Random()  # noqa: S311 - a crowd is not a secret
    pacer = Pacer(chance, (PACE[0] * hurry, PACE[1] * hurry))
    people = read_crowd()
    handles = frozenset(person.handle for person in people)
    browsers = [Browser(base_url, chance=chance) for _ in people]
    promised: dict[str, set[str]] = {}
    tasks = [
        asyncio.create_task(
            Reader(
                person=person,
                browser=browser,
                pacer=pacer,
                crowd=handles,
                chance=chance,
                hurry=hurry,
                promised=promised,
            ).live()
        )
        for person, browser in zip(people, browsers, strict=True)
    ]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: [task.cancel() for task in tasks])
    try:
        await asyncio.gather(*tasks)
    except asyncio.CancelledError:
        log.info("the crowd goes home")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for browser in browsers:
            await browser.session.close()
