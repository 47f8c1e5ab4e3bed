"""Addresses of buying points."""

from __future__ import annotations

from django.urls import path

from meguri.buying.web import collectors, purchases
from meguri.kit.web import links
from meguri.kit.words import Words

app_name = "buying"
urlpatterns = [
    path("buying/", purchases.overview, name="overview"),
    path("buying/points/<str:facility>/prices", purchases.board, name="board"),
    path("buying/points/<str:facility>/buy", purchases.buy, name="buy"),
    path("buying/receipts/<str:lot>", purchases.receipt, name="receipt"),
    path("buying/slip/<str:token>", purchases.slip, name="slip"),
    path("buying/card/<str:id>", purchases.scanned, name="scanned"),
    path("buying/collectors/new", collectors.register, name="register"),
    path("buying/collectors/<str:id>", collectors.detail, name="collector"),
    path("buying/collectors/<str:id>/card", collectors.card, name="card"),
    path("buying/collectors/<str:id>/meet", collectors.meet, name="meet"),
    path("buying/collectors/<str:id>/lose", collectors.lose, name="lose"),
    path("buying/collectors/<str:id>/details", collectors.details, name="details"),
    path("buying/collectors/<str:id>/erase", collectors.erase, name="erase"),
]
links.add(Words("Buying from collectors"), "/buying/")
