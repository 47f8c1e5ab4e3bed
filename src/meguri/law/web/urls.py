"""Addresses of the verdict page."""

from django.urls import path

from meguri.law.web import changes, views

app_name = "law"

urlpatterns = [
    path("may-it-move", views.ask, name="ask"),
]

changes.offer()
