"""What setting rules, the switch and coupons refuses, in words."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, PermissionDenied


class RuleChangedMeanwhile(Conflict):
    """Somebody else wrote a version while this one was written."""

    code = "promotion.rule_changed_meanwhile"
    message = _("Somebody changed the rule while you did.")
    hint = _("Look at it again, and change it if that is still wanted.")


class RuleUnchanged(Conflict):
    """A version would say what the newest says already."""

    code = "promotion.rule_unchanged"
    message = _("Nothing would change: these are the figures that hold already.")
    hint = _("Change a figure, then set the new version.")


class SwitchedAlready(Conflict):
    """Promotion is as somebody wants to switch it."""

    code = "promotion.switched_already"
    message = _("Somebody has switched it so already.")
    hint = _("Reload to see who, when and why.")


class OwnCoupon(PermissionDenied):
    """An operator would give a coupon to themselves."""

    code = "promotion.own_coupon"
    message = _("This coupon would be for you, so somebody else has to make it.")
