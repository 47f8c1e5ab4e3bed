"""Addresses of the pages that say where it should go next."""

from django.urls import path

from meguri.kit.web import links
from meguri.kit.words import Words
from meguri.network.web.answers import front, regret
from meguri.network.web.downloads import plan_files
from meguri.network.web.plans import comparison, own_scenario, pages

app_name = "network"

urlpatterns = [
    path("plan/", pages.overview, name="overview"),
    path("plan/compare/", comparison.compare, name="compare"),
    path("plan/whatever-comes", regret.page, name="whatever"),
    path("plan/whatever-comes/start", regret.start, name="whatever_start"),
    path("plan/new", own_scenario.new, name="new"),
    path("plan/<slug:key>/", pages.plan, name="plan"),
    path("plan/<slug:key>/start", pages.start, name="start"),
    path("plan/<slug:key>/forget", pages.forget, name="forget"),
    path("plan/<slug:key>/front", front.page, name="front"),
    path("plan/<slug:key>/front/start", front.start, name="front_start"),
    path("plan/<slug:key>/front.csv", front.table, name="front_csv"),
    path("plan/<slug:key>/table/<slug:name>.csv", plan_files.one, name="table"),
    path("plan/<slug:key>/results.<slug:form>", plan_files.whole, name="results"),
    path("plan/<slug:key>/model.mps", plan_files.model, name="model"),
    path("plan/<slug:key>/model/start", plan_files.start_model, name="model_start"),
]

links.add(Words("Where should it go next?"), "/plan/")
