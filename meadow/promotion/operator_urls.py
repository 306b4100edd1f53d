"""Addresses of operators' promotion."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.promotion.views import operator_figures, operator_reviews, operator_rules

OPERATOR = "operator/promotion"

urlpatterns: list[URLPattern] = [
    path(OPERATOR, operator_reviews.queue, name="operator_promotion"),
    path(
        f"{OPERATOR}/orders/<slug:public_id>",
        operator_reviews.order,
        name="operator_promotion_order",
    ),
    path(f"{OPERATOR}/rules", operator_rules.rules, name="operator_promotion_rules"),
    path(f"{OPERATOR}/rules.csv", operator_rules.rules_csv, name="operator_promotion_rules_csv"),
    path(f"{OPERATOR}/coupons", operator_rules.coupons, name="operator_promotion_coupons"),
    path(f"{OPERATOR}/switch", operator_rules.switch, name="operator_promotion_switch"),
    path(f"{OPERATOR}/inventory", operator_figures.inventory, name="operator_promotion_inventory"),
    path(
        f"{OPERATOR}/inventory.csv",
        operator_figures.inventory_csv,
        name="operator_promotion_inventory_csv",
    ),
    path(
        f"{OPERATOR}/prices.csv", operator_figures.prices_csv, name="operator_promotion_prices_csv"
    ),
    path(f"{OPERATOR}/pacing", operator_figures.pacing, name="operator_promotion_pacing"),
    path(
        f"{OPERATOR}/pacing.csv", operator_figures.pacing_csv, name="operator_promotion_pacing_csv"
    ),
    path(
        f"{OPERATOR}/predictions",
        operator_figures.predictions,
        name="operator_promotion_predictions",
    ),
    path(
        f"{OPERATOR}/predictions.csv",
        operator_figures.predictions_csv,
        name="operator_promotion_predictions_csv",
    ),
]
