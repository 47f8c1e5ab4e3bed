"""Addresses of the exchange room: documents to download."""

from __future__ import annotations

from django.urls import path

from meguri.exchange.web import views

app_name = "exchange"

urlpatterns = [
    path("movements/<str:movement>/document.pdf", views.movement_document, name="movement_document"),
    path("cases/<str:case>/movements/<str:movement>/document.pdf", views.movement_document, name="former_document"),
]
