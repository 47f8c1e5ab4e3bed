"""Addresses of the tables of facts."""

from django.urls import path

from meguri.reference.web import views

app_name = "reference"

urlpatterns = [
    path("facts/", views.index, name="index"),
    path("facts/<slug:name>.csv", views.download, name="csv"),
    path("facts/<slug:name>", views.table, name="table"),
]
