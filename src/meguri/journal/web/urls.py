"""Addresses of the journal's pages."""

from django.urls import path

from meguri.journal.web import views

app_name = "journal"
urlpatterns = [
    path("journal/", views.overview, name="overview"),
    path("journal/acts/<str:id>", views.act, name="act"),
]
