"""Why a coupon cannot be used for an order."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError


class CouponUnusable(MeadowError):
    """A coupon is unknown, or somebody else's: whoever asks is not told which."""

    status = 422
    code = "promotion.coupon_unusable"
    message = _("No coupon of yours has this code.")
    hint = _("Check the code, or go on without it. Nothing was paid.")


class CouponEarly(CouponUnusable):
    """A coupon does not hold yet."""

    code = "promotion.coupon_early"
    message = _("This coupon holds from {moment} UTC on.")
    hint = _("Order then, or go on without it. Nothing was paid.")


class CouponOver(CouponUnusable):
    """A coupon holds no longer."""

    code = "promotion.coupon_over"
    message = _("This coupon held until {moment} UTC.")
    hint = _("Use another one, or go on without it. Nothing was paid.")


class CouponUsed(CouponUnusable):
    """The buyer used a coupon before."""

    code = "promotion.coupon_used"
    message = _("You have used this coupon: it holds once for each person.")
    hint = _("Use another one, or go on without it. Nothing was paid.")


class CouponUsedUp(CouponUnusable):
    """Others had all uses of a coupon."""

    code = "promotion.coupon_used_up"
    message = _("Others were quicker: all uses of this coupon are taken.")
    hint = _("Use another one, or go on without it. Nothing was paid.")


class CouponOfOtherUnit(CouponUnusable):
    """A coupon pays in another currency than the order's."""

    code = "promotion.coupon_of_other_unit"
    message = _("This coupon is for orders in {unit}.")
    hint = _("Order in {unit}, or go on without it. Nothing was paid.")


class CouponForLarger(CouponUnusable):
    """A coupon is for orders of more."""

    code = "promotion.coupon_for_larger"
    message = _("This coupon is for orders of {least} or more.")
    hint = _("Choose a larger budget, or go on without it. Nothing was paid.")
