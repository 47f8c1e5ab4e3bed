"""Addresses of papers."""

from __future__ import annotations

from django.urls import path

from meguri.papers.web import pages

app_name = "papers"

urlpatterns = [
    path("papers/attach", pages.attach, name="attach"),
    path("papers/<str:paper>", pages.content, name="content"),
    path("papers/<str:paper>/erase", pages.erase, name="erase"),
]
