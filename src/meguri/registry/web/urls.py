"""Addresses of the registry."""

from __future__ import annotations

from django.urls import path

from meguri.kit.web import links
from meguri.kit.words import Words
from meguri.registry.web import applications, bringing, delegations, desk, facilities, licences, organisations, views

app_name = "registry"
urlpatterns = [
    path("organisations/", views.listing, name="organisations"),
    path("organisations/<str:id>", views.detail, name="organisation"),
    path("registry/", desk.desk, name="desk"),
    path("registry/next", desk.following, name="next"),
    path("registry/authorities", desk.authorities, name="authorities"),
    path("registry/organisations/new", organisations.admit, name="admit"),
    path("registry/organisations/<str:id>/describe", organisations.describe, name="describe"),
    path("registry/organisations/<str:id>/role", organisations.give_role, name="role"),
    path("registry/organisations/<str:id>/close", organisations.close, name="close"),
    path("registry/facilities/new", facilities.add, name="facility_new"),
    path("registry/facilities/<str:id>", facilities.detail, name="facility"),
    path("registry/facilities/<str:id>/change", facilities.alter, name="facility_change"),
    path("registry/facilities/<str:id>/checks/<str:scheme>", facilities.check, name="facility_check"),
    path("registry/licences/new", licences.grant, name="licence_new"),
    path("registry/licences/apply", licences.apply, name="licence_apply"),
    path("registry/licences/<str:id>", licences.detail, name="licence"),
    path("registry/licences/<str:id>/step", licences.step, name="licence_step"),
    path("registry/delegations/new", delegations.give, name="delegation_new"),
    path("registry/delegations/<str:id>", delegations.detail, name="delegation"),
    path("registry/delegations/<str:id>/end", delegations.end, name="delegation_end"),
    path("registry/apply", applications.apply, name="apply"),
    path("registry/applied/<str:id>", applications.applied, name="applied"),
    path("registry/applications/<str:id>", applications.decide, name="decide"),
    path("registry/import", bringing.bring, name="bring"),
    path("registry/import/<str:id>", bringing.preview, name="preview"),
    path("registry/import/<str:id>/<str:job>", bringing.working, name="working"),
    path("registry/template.xlsx", bringing.blank, name="template"),
]
links.add(Words("Organisations and licences"), "/organisations/")
links.add(Words("Apply to take part"), "/registry/apply")
