"""What promotion keeps: rules, orders and their money, delivery, audiences, predictions."""

from meadow.promotion.models.audiences import (
    AdChoice,
    AudienceAnswer,
    AudienceSnapshot,
    SavedAudience,
    UploadedList,
)
from meadow.promotion.models.delivery import (
    Delivered,
    InventoryHour,
    Met,
    Pace,
    PeopleWithin,
    ServedReport,
    WebServer,
)
from meadow.promotion.models.orders import Order, OrderHold, OrderStep
from meadow.promotion.models.predictions import Prediction, ResponseModel
from meadow.promotion.models.rules import Coupon, CouponUse, PromotionRule, Switch

__all__ = [
    "AdChoice",
    "AudienceAnswer",
    "AudienceSnapshot",
    "Coupon",
    "CouponUse",
    "Delivered",
    "InventoryHour",
    "Met",
    "Order",
    "OrderHold",
    "OrderStep",
    "Pace",
    "PeopleWithin",
    "Prediction",
    "PromotionRule",
    "ResponseModel",
    "SavedAudience",
    "ServedReport",
    "Switch",
    "UploadedList",
    "WebServer",
]
