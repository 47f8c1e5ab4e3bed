"""Addresses of the pages that say what will arise."""

from django.urls import path

from meguri.arisings.web import comparisons as comparing
from meguri.arisings.web import downloads, views
from meguri.kit.web import links
from meguri.kit.words import Words

app_name = "arisings"

urlpatterns = [
    path("what-will-come", views.overview, name="overview"),
    path("what-will-come/ranking.csv", downloads.ranking_table, name="ranking_csv"),
    path("what-will-come/series.csv", downloads.series, name="series_csv"),
    path("what-will-come/elements.csv", downloads.elements, name="elements_csv"),
    path("what-will-come/run.<slug:form>", downloads.whole, name="whole"),
    path("what-will-come/economies/<str:code>", views.economy, name="economy"),
    path("what-will-come/economies/<str:code>/uncertainty", views.uncertainty, name="uncertainty"),
    path("what-will-come/products", views.products, name="products"),
    path("what-will-come/products/<str:code>", views.product, name="product"),
    path("what-will-come/elements", views.elements, name="elements"),
    path("what-will-come/elements/<str:symbol>", views.element, name="element"),
    path("what-will-come/scenarios", comparing.scenarios, name="scenarios"),
    path("what-will-come/compare", comparing.compare, name="compare"),
    path("what-will-come/validation", comparing.validation, name="validation"),
]

links.add(Words("What will come"), "/what-will-come")
