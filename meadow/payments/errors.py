"""What payments refuse, in words."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import EngineUnavailable, MeadowError


class ProviderMissing(MeadowError):
    """No provider of this name is on."""

    status = 404
    code = "payments.provider_missing"
    message = _("This way to pay is not offered here.")
    hint = _("Choose one of those on the wallet page.")


class UnitNotTaken(MeadowError):
    """The provider does not take this currency."""

    status = 422
    code = "payments.unit_not_taken"
    message = _("This way to pay does not take this currency.")
    hint = _("Choose another currency or another way to pay.")


class AmountOutOfBounds(MeadowError):
    """A payment is smaller or larger than one may be."""

    status = 422
    code = "payments.amount_out_of_bounds"
    message = _("One top-up is {least} to {most}.")
    hint = _("Choose an amount in between.")


class TopUpsOfDayUsed(MeadowError):
    """Somebody would top up more in 24 hours than one person may."""

    status = 422
    code = "payments.top_ups_of_day_used"
    message = _("In any 24 hours, {most} can be topped up at most.")
    hint = _("{left} is left just now. Payments that still wait count too.")


class TopUpsOfMonthUsed(MeadowError):
    """Somebody would top up more in 30 days than one person may."""

    status = 422
    code = "payments.top_ups_of_month_used"
    message = _("In any 30 days, {most} can be topped up at most.")
    hint = _("{left} is left just now. Payments that still wait count too.")


class BoundsUnusable(MeadowError):
    """Limits of top-ups do not go up from the smallest one to 30 days."""

    status = 422
    code = "payments.bounds_unusable"
    message = _("These limits leave no room.")
    hint = _(
        "From the smallest top-up to the largest, a day and 30 days, each is at least the one before."
    )


class BoundsChangedMeanwhile(MeadowError):
    """Somebody else has set the limits since they were looked at."""

    status = 409
    code = "payments.bounds_changed"
    message = _("Somebody has changed these limits in the meantime.")
    hint = _("Reload the page, look at theirs, and set yours again.")


class SpendingOfDayUsed(MeadowError):
    """More would go out of a wallet in 24 hours than its owner wants."""

    status = 409
    code = "payments.spending_of_day_used"
    message = _("You let {most} go out in any 24 hours, and {left} of it is left.")
    hint = _("Wait, or raise your limit on the wallet page: that holds 24 hours later.")


class SpendingOfMonthUsed(MeadowError):
    """More would go out of a wallet in 30 days than its owner wants."""

    status = 409
    code = "payments.spending_of_month_used"
    message = _("You let {most} go out in any 30 days, and {left} of it is left.")
    hint = _("Wait, or raise your limit on the wallet page: that holds 24 hours later.")


class KeyTaken(MeadowError):
    """An idempotency key came with another payment or refund."""

    status = 422
    code = "payments.key_taken"
    message = _("This key was used for something else.")
    hint = _("Use a new key for a new request.")


class PaymentMissing(MeadowError):
    """No payment has this id, or it is somebody else's."""

    status = 404
    code = "payments.payment_missing"
    message = _("There is no such payment.")
    hint = _("Your payments are on your wallet page.")


class ProviderAway(EngineUnavailable):
    """The provider does not answer, or not in time: jobs wait for it however long that takes."""

    code = "payments.provider_away"
    message = _("The payment service does not answer just now.")
    hint = _("Nothing is charged twice: try again in a minute, or choose another way to pay.")

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "60"}


class ProviderRefused(MeadowError):
    """The provider does not accept what it was asked; `reason` is its own word for why."""

    status = 502
    code = "payments.provider_refused"
    message = _("The payment service did not accept this ({reason}).")
    hint = _(
        "Nothing was charged. Choose another way to pay, or tell the people who run this site."
    )


class MethodNotTaken(MeadowError):
    """A token of a payment method was given to a provider that takes none."""

    status = 422
    code = "payments.method_not_taken"
    message = _("This way to pay takes no payment method of your own.")
    hint = _("Leave `method` out, and send the payer to `pay_url`.")


class NotRefundable(MeadowError):
    """A payment has not come in, or was given back as far as is asked."""

    status = 409
    code = "payments.not_refundable"
    message = _("At most {left} of this payment can be given back.")
    hint = _("Choose a smaller amount.")


class SpentAlready(MeadowError):
    """What should be given back is not in the wallet any more."""

    status = 409
    code = "payments.spent_already"
    message = _("The wallet does not hold this much any more.")
    hint = _("Nothing was moved. Give back at most what is there.")


class WebhookUnset(MeadowError):
    """News came from a provider whose signing secret is not set: nothing can be believed."""

    status = 503
    code = "payments.webhook_unset"
    message = _("This site has no secret to check messages of this payment service with.")
    hint = _("Set {variable} and start again. Nothing was booked; the service will send it again.")


class WebhookForged(MeadowError):
    """News is not signed by the provider."""

    code = "payments.webhook_forged"
    message = _("This message is not signed by the payment service.")
    hint = _("Nothing was booked. If you run this site, look at the signing secret.")


class WebhookStale(MeadowError):
    """News was signed too long ago, or in the future."""

    code = "payments.webhook_stale"
    message = _("This message was signed more than {minutes} minutes ago, or in the future.")
    hint = _("Nothing was booked. If it is fresh, one of the two clocks is wrong.")


class WebhookUnreadable(MeadowError):
    """News is signed, but is not of a form that we know."""

    code = "payments.webhook_unreadable"
    message = _("This message is not of a form that we know.")
    hint = _("Nothing was booked.")


class WebhookTooLarge(MeadowError):
    """News is longer than any provider sends."""

    status = 413
    code = "payments.webhook_too_large"
    message = _("This message is too long.")
