"""Addresses of the page for systems."""

from django.urls import path

from meguri.systems.web import pages

app_name = "systems"
urlpatterns = [
    path("systems/", pages.overview, name="overview"),
    path("systems/tokens", pages.make_token, name="token_make"),
    path("systems/tokens/<str:prefix>/withdraw", pages.withdraw_token, name="token_withdraw"),
    path("systems/webhooks", pages.make_hook, name="hook_make"),
    path("systems/webhooks/<str:id>/switch", pages.switch_hook, name="hook_switch"),
    path("systems/webhooks/<str:id>/replay", pages.replay_hook, name="hook_replay"),
    path("systems/webhooks/<str:id>/remove", pages.remove_hook, name="hook_remove"),
]
