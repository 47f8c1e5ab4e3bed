"""Addresses of the registry."""

from __future__ import annotations

from django.urls import path

from meguri.kit.web import links
from meguri.kit.words import Words
from meguri.registry.web import views

app_name = "registry"
urlpatterns = [
    path("organisations/", views.listing, name="organisations"),
    path("organisations/<str:id>", views.detail, name="organisation"),
]
links.add(Words("Organisations and licences"), "/organisations/")
