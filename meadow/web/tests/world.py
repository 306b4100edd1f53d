"""The little world that the permission matrix is played in: a person a role, and things they own."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.test import Client

from meadow.accounts.queries import list_tokens
from meadow.accounts.scopes import SCOPES
from meadow.accounts.services import block_person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.analytics.tokens import seal_token
from meadow.charges.testing import make_charges
from meadow.core.clock import now
from meadow.core.pagination import encode_cursor
from meadow.decisions.testing import make_appeal, make_decision
from meadow.experiments.testing import make_experiment
from meadow.finance.services import approve
from meadow.finance.testing import make_operator, make_proposal
from meadow.integrity.testing import (
    hide_reported,
    make_case,
    make_inquiry,
    make_violation,
    make_word,
)
from meadow.ledger.services import ask_check
from meadow.ledger.testing import make_books
from meadow.media.testing import make_upload
from meadow.media.video.testing import make_video
from meadow.notes.services import delete_note
from meadow.notes.testing import make_board, make_comment, make_note, make_topic, make_video_note
from meadow.notifications.testing import make_notification
from meadow.payments.testing import begin, pay
from meadow.payouts.testing import make_payouts
from meadow.programs.testing import admit, make_orchard, make_vineyard
from meadow.promotion.testing import make_audience, make_held_order, make_order

PEOPLE = ("stranger", "owner", "blocked", "moderator", "operator")


@dataclass
class World:
    """Names of things by what the routes call them, and one client a role."""

    names: dict[str, str]
    clients: dict[str, Client]
    tokens: dict[str, str]

    def client(self, role: str) -> Client:
        """Return a fresh client with the cookies of a role, so that no answer changes the next."""
        client = Client()
        if role in self.clients:
            client.cookies.load(self.clients[role].cookies.output(header="", sep=";"))
        return client

    def headers(self, role: str) -> dict[str, Any]:
        """Return the headers a role sends."""
        token = self.tokens.get(role)
        return {"headers": {"Authorization": f"Bearer {token}"}} if token else {}

    def fill(self, value: Any) -> Any:
        """Put the names of this world into a path or body."""
        if isinstance(value, str):
            for name, real in self.names.items():
                value = value.replace("{" + name + "}", real)
            return value
        if isinstance(value, dict):
            return {key: self.fill(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.fill(one) for one in value]
        return value


def make_deleted(author: int) -> str:
    """Return the public id of a note that its author deleted."""
    note = make_note(author)
    delete_note(public_id=note.public_id, author_id=author, now=now())
    return note.public_id


def make_world() -> World:
    """Make an owner with a note, a draft, photos, comments and a token, and everybody else."""
    people = {name: make_person(f"the_{name}") for name in PEOPLE}
    for name in ("moderator", "operator"):
        people[name].role = name
        people[name].save()
    owner, stranger = people["owner"], people["stranger"]
    admit(owner.pk, "creator-center")
    admit(owner.pk, "promotion")
    note = make_note(owner.pk, with_files=True)
    topic = make_topic("harbour", note)
    board = make_board(owner.pk, note)
    draft = make_note(owner.pk, published=False, with_files=True)
    comment = make_comment(note, owner.pk)
    make_comment(note, stranger.pk, parent=comment)
    film = make_video_note(owner.pk, published=False)
    loose = make_upload(owner.pk, with_files=True)
    block_person(blocker_id=owner.pk, blocked_id=people["blocked"].pk, now=now())
    make_token(owner, "notes:read")
    case = make_case(owner.pseudonym)
    violation = make_violation(owner.pk)
    reported, hidden = make_note(owner.pk, photos=0), make_note(owner.pk, photos=0)
    inquiry = make_inquiry(reported.public_id, reporter_id=people["operator"].pk)
    restorable = make_inquiry(hidden.public_id, reporter_id=people["operator"].pk)
    hide_reported(restorable, moderator_id=people["moderator"].pk)
    news = make_notification(owner.pk)
    appeal_until = now() + dt.timedelta(days=14)
    decision = make_decision(owner, appeal_until=appeal_until)
    appeal = make_appeal(make_decision(owner, appeal_until=appeal_until), now=now())
    payment = begin(owner.pk, now=now())
    keeper = make_operator("the_keeper")
    proposal = make_proposal(keeper.pk, taker="@the_owner", now=now())
    moved = make_proposal(keeper.pk, taker="@the_owner", now=now())
    approve(proposal=moved.public_id, operator_id=people["operator"].pk, now=now())
    mine = make_proposal(people["operator"].pk, taker="@the_owner", now=now())
    make_experiment("asleep", running=False)
    make_experiment("awake", traffic=5000)
    return World(
        names={
            "handle": owner.handle,
            "stranger": stranger.handle,
            "note": note.public_id,
            "draft": draft.public_id,
            "binned": make_deleted(owner.pk),
            "topic": topic.slug,
            "board": board.public_id,
            "shelf": make_board(owner.pk).public_id,
            "comment": comment.public_id,
            "since": encode_cursor({"pk": 0}),
            "note_photo": note.photos.get().upload.public_id,
            "draft_photo": draft.photos.get().upload.public_id,
            "upload": loose.public_id,
            "film": film.public_id,
            # Files of what is removed stay removed, though its rows come back.
            "spare_film": make_video_note(owner.pk, published=False).public_id,
            "spare_video": make_video(owner.pk).public_id,
            "filmed": film.video.upload.public_id,
            "video": make_video(owner.pk, captions=True).public_id,
            "case": case.public_id,
            "decision": decision.public_id,
            "appeal": appeal.public_id,
            "news": news.public_id,
            "program": make_orchard(now()).slug,
            **make_vineyard(applicant_id=owner.pk, guest_id=stranger.pk, now=now()),
            "inquiry": inquiry,
            "restorable": restorable,
            "word": make_word(operator_id=people["operator"].pk),
            "hidden": hidden.public_id,
            **make_books(str(owner.pk)),
            "month": f"{now():%Y-%m}",
            "year": f"{now():%Y}",
            "violation": violation.public_id,
            "proposal": proposal.public_id,
            "moved": moved.public_id,
            "check": ask_check(operator_id=people["operator"].pk, now=now()).public_id,
            "mine": mine.public_id,
            "soon": (now() + dt.timedelta(hours=2)).isoformat(),
            **make_charges(owner.pk, people["operator"].pk, now=now()),
            "order": make_held_order(owner, note_id=note.pk, now=now()).public_id,
            "play": payment.reference,
            "payment": payment.public_id,
            "paid": pay(owner.pk, key="two", now=now()).public_id,
            **make_payouts(owner.pk, now=now()),
            "reach": make_order(buyer=owner, now=now(), note_id=note.pk, state="running").public_id,
            "card": seal_token(note_id=note.pk, author_id=owner.pk, surface="hot", now=now()),
            **make_audience(owner),
            "token": list_tokens(owner.pk, now=now())[0].public_id,
            "waiting_order": make_order(buyer=owner, note_id=note.pk, now=now()).public_id,
        },
        clients={name: sign_in(person) for name, person in people.items()},
        tokens={
            "token_narrow": make_token(stranger, "analytics:read"),
            "token_full": make_token(stranger, *SCOPES),
        },
    )
