"""Addresses of the pages of worth."""

from django.urls import path

from meguri.worth.web import views

app_name = "worth"

urlpatterns = [
    path("worth/", views.page, name="page"),
    path("worth/elements.csv", views.elements_csv, name="elements_csv"),
    path("worth/supply.csv", views.supply_csv, name="supply_csv"),
]
