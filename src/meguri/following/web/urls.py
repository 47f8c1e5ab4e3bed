"""Addresses of what is followed."""

from __future__ import annotations

from django.urls import path

from meguri.following.web import feeds, pages

app_name = "following"
urlpatterns = [
    path("following/", pages.page, name="page"),
    path("following/add", pages.add, name="add"),
    path("following/address", feeds.address, name="address"),
    path("following/address/withdraw", feeds.withdraw, name="address_withdraw"),
    path("following/feed/<str:secret>.xml", feeds.feed, name="feed"),
    path("following/alerts/<str:number>", pages.alert, name="alert"),
    path("following/<str:number>/end", pages.end, name="end"),
]
