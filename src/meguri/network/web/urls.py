"""Addresses of the pages that say where it should go next."""

from django.urls import path

from meguri.kit.web import links
from meguri.kit.words import Words
from meguri.network.web import comparing, downloads, fronts, making, views, whatever

app_name = "network"

urlpatterns = [
    path("plan/", views.overview, name="overview"),
    path("plan/compare/", comparing.compare, name="compare"),
    path("plan/whatever-comes", whatever.page, name="whatever"),
    path("plan/whatever-comes/start", whatever.start, name="whatever_start"),
    path("plan/new", making.new, name="new"),
    path("plan/<slug:key>/", views.plan, name="plan"),
    path("plan/<slug:key>/start", views.start, name="start"),
    path("plan/<slug:key>/forget", views.forget, name="forget"),
    path("plan/<slug:key>/front", fronts.page, name="front"),
    path("plan/<slug:key>/front/start", fronts.start, name="front_start"),
    path("plan/<slug:key>/front.csv", fronts.table, name="front_csv"),
    path("plan/<slug:key>/table/<slug:name>.csv", downloads.one, name="table"),
    path("plan/<slug:key>/results.<slug:form>", downloads.whole, name="results"),
    path("plan/<slug:key>/model.mps", downloads.model, name="model"),
    path("plan/<slug:key>/model/start", downloads.start_model, name="model_start"),
]

links.add(Words("Where should it go next?"), "/plan/")
