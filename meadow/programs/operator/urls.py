"""Addresses of the operator's bench."""

from django.urls import path
from django.urls.resolvers import URLPattern

from meadow.programs.operator import people, rules, runs, terms, views

_ONE = "operator/programs/<slug:slug>"
_RULE = f"{_ONE}/rules/<int:number>"

urlpatterns: list[URLPattern] = [
    path("operator/programs", views.benches, name="operator_programs"),
    path("operator/applications", people.queue, name="operator_applications"),
    path("operator/applications/<public_id>", people.application, name="operator_application"),
    path(_ONE, views.bench, name="operator_bench"),
    path(f"{_ONE}/settings", views.settings, name="operator_settings"),
    path(f"{_ONE}/questions", terms.questions, name="operator_questions"),
    path(f"{_ONE}/pilot", terms.pilot, name="operator_pilot"),
    path(f"{_ONE}/switch/<slug:act>", views.switch, name="operator_switch"),
    path(f"{_ONE}/rules", rules.versions, name="operator_rules"),
    path(f"{_ONE}/rules/import", rules.bring_in, name="operator_rule_import"),
    path(f"{_ONE}/rules/retire", rules.retire, name="operator_rule_retire"),
    path(_RULE, rules.rule, name="operator_rule"),
    path(f"{_RULE}/copy", rules.copy, name="operator_rule_copy"),
    path(f"{_RULE}/rule.json", rules.rule_json, name="operator_rule_json"),
    path(f"{_RULE}/discard", rules.discard, name="operator_rule_discard"),
    path(f"{_RULE}/schedule", rules.schedule, name="operator_schedule"),
    path(f"{_RULE}/unschedule", rules.unschedule, name="operator_unschedule"),
    path(f"{_RULE}/dry-run", runs.dry, name="operator_dry_run"),
    path(f"{_RULE}/dry-run/people.csv", runs.people_csv, name="operator_people_csv"),
    path(f"{_RULE}/dry-run/groups.csv", runs.groups_csv, name="operator_groups_csv"),
    path(f"{_ONE}/compare", runs.compare, name="operator_compare"),
    path(f"{_ONE}/people", people.people, name="operator_people"),
    path(f"{_ONE}/people/<slug:handle>", people.person, name="operator_person"),
    path(f"{_ONE}/invitations", people.invite, name="operator_invitations"),
    path(
        f"{_ONE}/invitations/<public_id>/revoke", people.revoke, name="operator_invitation_revoke"
    ),
    path(f"{_ONE}/cohort", people.cohort, name="operator_cohort"),
]
