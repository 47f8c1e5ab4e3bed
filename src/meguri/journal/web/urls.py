"""Addresses of the journal's pages."""

from django.urls import path

from meguri.journal.web import views

app_name = "journal"
urlpatterns = [
    # Where C2SP tlog-tiles has it: the address of the log with /checkpoint behind it. It never changes.
    path("log/checkpoint", views.log_checkpoint, name="log_checkpoint"),
    path("log/tile/<path:path>", views.log_tile, name="log_tile"),
    path("journal/", views.overview, name="overview"),
    path("journal/acts/<str:id>", views.act, name="act"),
]
