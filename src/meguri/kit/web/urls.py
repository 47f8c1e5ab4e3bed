"""Addresses of the kit: language, organisation, health."""

from django.urls import path

from meguri.kit.web import jobs, views
from meguri.kit.web.requests import language

app_name = "kit"
urlpatterns = [
    path("language", language.choose_language, name="language"),
    path("act-for", views.act_for, name="act_for"),
    path("jobs/<str:identifier>", jobs.page, name="job"),
    path("jobs/<str:identifier>/part", jobs.part, name="job_part"),
    path("jobs/<str:identifier>/cancel", jobs.cancel, name="job_cancel"),
    path("livez", views.livez, name="livez"),
    path("healthz", views.livez, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
]
