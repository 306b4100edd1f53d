"""What an access token may be allowed to do."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SCOPES: dict[str, str | Promise] = {
    "profile:read": _("Read your profile and settings"),
    "profile:write": _("Change your profile"),
    "social:write": _("Follow, block, like, save and comment as you"),
    "notes:read": _("Read your notes and drafts"),
    "notes:write": _("Write, publish and delete notes as you"),
    "notifications": _("Read your notifications and mark them read"),
    "wallet:read": _("Read your wallet: balances, history, payments"),
    "wallet:write": _("Top up your wallet as you, and choose when to be told that it is low"),
    "wallet:spend": _("Agree to what you are asked to pay, as you"),
    "charges:write": _("Ask people for money, capture it and give it back (operators only)"),
    "payouts:write": _("Ask for payouts as you, and choose where and when you are paid"),
    "promotion:read": _("Read your orders of reach, your audiences and reports"),
    "promotion:write": _("Order reach for your notes and keep audiences, as you"),
    "payments:operate": _("Read and give back payments (operators only)"),
    "decisions:read": _("Read decisions about you and their receipts"),
    "decisions:write": _("Appeal against decisions as you"),
    "reports": _("Report what breaks the rules as you, and read what became of it"),
    "analytics:read": _("Read the figures of your notes"),
    "promotion:operate": _(
        "Review orders of promotion, set prices, coupons and the switch (operators only)"
    ),
    "programs:read": _("Read where you stand with programs"),
    "programs:write": _("Apply to programs, take up invitations and leave as you"),
    "programs:operate": _("Run programs: rules, seats, people (operators only)"),
    "experiments:read": _("Read experiments (operators only)"),
    "experiments:write": _("Create, start and stop experiments (operators only)"),
    "facts:import": _("Import events from elsewhere (operators only)"),
    "integrity:read": _("Read what detectors decided (operators only)"),
    "integrity:write": _("Take back what detectors decided (operators only)"),
    "moderation:read": _("Read reports and violations (moderators only)"),
    "moderation:write": _("Decide reports, record and close violations (moderators only)"),
    "finance:read": _("Read the books of this installation (operators only)"),
    "finance:write": _(
        "Propose and decide transfers by hand, check and resolve as you (operators only)"
    ),
    "screening": _("Read and change block words and links (operators only)"),
}
