"""Payout accounts: added, asked to be verified, verified or refused by an operator, removed."""

import datetime as dt
from collections.abc import Mapping

from django.db.models import Q, QuerySet

from meadow.accounts.queries import get_people
from meadow.core.ids import new_id
from meadow.core.transactions import transaction, transaction_required
from meadow.decisions.records import AppealRecord, Reason, Ruling
from meadow.decisions.services import record
from meadow.notifications.services import notify
from meadow.payouts.details import last4_of, read_details
from meadow.payouts.errors import MethodDecided, MethodMissing, MethodsFull, OwnAffair
from meadow.payouts.limits import APPEAL_WITHIN, MOST_METHODS
from meadow.payouts.models import Payee, Payout, PayoutMethod
from meadow.payouts.queries import terms_in_force
from meadow.payouts.records import MethodRecord, method_record
from meadow.payouts.sealing import seal, sealing_key_id, unseal
from meadow.payouts.services.payees import lock_payee
from meadow.payouts.terms import SHIPPED

SCOPE = "payouts/method"
CAPABILITY = "payouts.paid_to_account"
State = PayoutMethod.State
PAGE = "/wallet/payouts"
OVER = (Payout.State.PAID, Payout.State.RETURNED)
SEALED_AT_ONCE = 200


def add_method(
    *,
    person_id: int,
    kind: str,
    payee_kind: str,
    region: str,
    details: Mapping[str, str],
    now: dt.datetime,
) -> MethodRecord:
    """Keep where somebody wants to be paid to, sealed; it begins unverified, and they are told.

    The same details again while the account stands are the same account. Raises InvalidInput by
    field, MethodsFull.
    """
    kept = read_details(kind, details, region=region)
    with transaction():
        lock_payee(person_id)
        standing = PayoutMethod.objects.filter(person_id=person_id).exclude(state=State.REMOVED)
        for one in standing.filter(kind=kind, last4=last4_of(kept), region=region):
            if one.payee_kind == payee_kind and _open(one) == kept:
                return method_record(one)
        if standing.count() >= MOST_METHODS:
            raise MethodsFull(most=MOST_METHODS)
        public_id = new_id("m")
        sealed, key_id = seal(kept, public_id=public_id)
        method = PayoutMethod.objects.create(
            public_id=public_id,
            person_id=person_id,
            kind=kind,
            payee_kind=payee_kind,
            region=region,
            bank=kept.get("bank", ""),
            last4=last4_of(kept),
            sealed=sealed,
            key_id=key_id,
            added_at=now,
        )
        _tell(method, "payouts.method_added", now=now)
    return method_record(method)


def ask_verification(*, method: str, person_id: int, now: dt.datetime) -> MethodRecord:
    """Have a payout account looked at by an operator, once. Raises MethodMissing."""
    with transaction():
        found = _lock(method, person_id=person_id)
        if found.state == State.UNVERIFIED:
            found.state, found.asked_at = State.ASKED, now
            found.save(update_fields=["state", "asked_at"])
    return method_record(found)


def remove_method(*, method: str, person_id: int, now: dt.datetime) -> None:
    """Forget a payout account; what is on its way to it still arrives. Raises MethodMissing."""
    with transaction():
        lock_payee(person_id)
        found = _lock(method, person_id=person_id)
        found.state, found.removed_at = State.REMOVED, now
        found.save(update_fields=["state", "removed_at"])
        Payee.objects.filter(person_id=person_id, method=found).update(
            schedule=Payee.Schedule.NEVER, next_at=None, method=None
        )
        _empty(PayoutMethod.objects.filter(pk=found.pk))
        _tell(found, "payouts.method_removed", now=now)


def verify_method(*, method: str, operator_id: int, now: dt.datetime) -> MethodRecord:
    """Let a payout account be paid to, once the days to notice a stranger's are over.

    Raises MethodMissing, MethodDecided, OwnAffair.
    """
    with transaction():
        found = _lock_asked(method, operator_id)
        _verify(found, operator_id, now)
    return method_record(found)


def refuse_method(*, method: str, operator_id: int, why: str, now: dt.datetime) -> MethodRecord:
    """Refuse a payout account for a reason (`words.METHOD_REASONS`), on record and open to appeal.

    Raises MethodMissing, MethodDecided, OwnAffair.
    """
    with transaction():
        found = _lock_asked(method, operator_id)
        if found.person_id is None:
            raise MethodMissing
        decided = record(
            ruling=Ruling(
                person_id=found.person_id,
                scope=SCOPE,
                capability=CAPABILITY,
                outcome="refused",
                rule_version="payouts.v1",
                inputs={"method": found.public_id, "kind": found.kind, "region": found.region},
                reasons=[Reason(f"payouts.method.{why}", {})],
                appeal_until=now + APPEAL_WITHIN,
                decided_by=operator_name(operator_id),
            ),
            now=now,
        )
        found.state, found.why, found.decision = State.REFUSED, why, decided.public_id
        found.decided_by, found.decided_at = operator_id, now
        found.save()
        _tell(found, "payouts.method_refused", url=f"/decisions/{decided.public_id}", now=now)
    return method_record(found)


@transaction_required
def verify_on_appeal(appeal: AppealRecord, now: dt.datetime) -> None:
    """Let an account be paid to after all: whoever granted the appeal has verified it."""
    found = PayoutMethod.objects.select_for_update(of=["self"]).get(
        decision=appeal.decision.public_id
    )
    if found.state == State.REFUSED and appeal.reviewer_id is not None:
        _verify(found, appeal.reviewer_id, now)


def reseal_methods(*, now: dt.datetime) -> int:
    """Seal anew what older keys sealed, and empty what nobody needs; returns how many were sealed.

    SEALED_AT_ONCE at most: call again while it returns as many.
    """
    with transaction():
        unneeded = PayoutMethod.objects.filter(Q(person__isnull=True) | Q(state=State.REMOVED))
        _empty(unneeded)
        stale = PayoutMethod.objects.select_for_update(of=["self"]).exclude(sealed=b"")
        stale = stale.exclude(key_id=sealing_key_id())
        found = list(stale.order_by("pk")[:SEALED_AT_ONCE])
        for one in found:
            one.sealed, one.key_id = seal(_open(one), public_id=one.public_id)
            one.save(update_fields=["sealed", "key_id"])
    return len(found)


def open_details(method: str) -> dict[str, str]:
    """Return the details of a payout account: for operators and providers. Raises MethodMissing,
    DetailsUnreadable."""
    found = PayoutMethod.objects.filter(public_id=method).first()
    if found is None or not found.sealed:
        raise MethodMissing
    return _open(found)


def operator_name(operator_id: int) -> str:
    """Return how decisions name whoever decided by hand."""
    return f"operator:{get_people([operator_id])[operator_id].public_id}"


def _open(method: PayoutMethod) -> dict[str, str]:
    return unseal(bytes(method.sealed), key_id=method.key_id, public_id=method.public_id)


@transaction_required
def _empty(unneeded: "QuerySet[PayoutMethod]") -> None:
    """Forget the details of methods to which nothing is on its way."""
    busy = Payout.objects.exclude(state__in=OVER).values("method")
    unneeded.exclude(pk__in=busy).exclude(sealed=b"").update(sealed=b"")


@transaction_required
def _lock(method: str, *, person_id: int | None) -> PayoutMethod:
    rows = PayoutMethod.objects.select_for_update(of=["self"]).filter(public_id=method)
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    found = rows.exclude(state=State.REMOVED).first()
    if found is None:
        raise MethodMissing
    return found


@transaction_required
def _lock_asked(method: str, operator_id: int) -> PayoutMethod:
    found = _lock(method, person_id=None)
    if found.person_id == operator_id:
        raise OwnAffair
    if found.state != State.ASKED:
        raise MethodDecided
    return found


@transaction_required
def _verify(found: PayoutMethod, operator_id: int, now: dt.datetime) -> None:
    days = max(terms_in_force(unit).cooldown_days for unit in SHIPPED)
    found.state = State.VERIFIED
    found.decided_by, found.decided_at = operator_id, now
    # From when it was added: whoever waited to be verified has waited.
    found.usable_from = max(now, found.added_at + dt.timedelta(days=days))
    found.save()
    _tell(found, "payouts.method_verified", now=now)


@transaction_required
def _tell(method: PayoutMethod, kind: str, *, url: str = PAGE, now: dt.datetime) -> None:
    if method.person_id is None:
        return
    params = {"bank": method.bank, "last4": method.last4}
    if kind == "payouts.method_verified" and method.usable_from is not None:
        params["day"] = method.usable_from.date().isoformat()
    notify(
        person_id=method.person_id,
        kind=kind,
        params=params,
        url=url,
        key=f"{kind}-{method.public_id}",
        now=now,
    )
