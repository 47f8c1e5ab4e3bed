"""Addresses of the verdict page and of the library of the law."""

from django.urls import path

from meguri.kit.web import links
from meguri.kit.words import Words
from meguri.law.web import changes, gap_views, laboratory_views, library_views, map_views, timeline_views, views
from meguri.law.web.asked import looked
from meguri.law.web.laboratory import clause_views

app_name = "law"

urlpatterns = [
    path("may-it-move", views.ask, name="ask"),
    path("law/", library_views.index, name="library"),
    path("law/checked", looked.page, name="checked"),
    path("law/gaps", gap_views.page, name="gaps"),
    path("law/gaps.csv", gap_views.download, name="gaps-csv"),
    path("law/timeline", timeline_views.page, name="timeline"),
    path("law/map", map_views.page, name="map"),
    path("law/laboratory", laboratory_views.page, name="laboratory"),
    path("law/clauses", clause_views.page, name="clauses"),
    path("law/instruments/<slug:slug>", library_views.instrument, name="instrument"),
    path("law/<str:code>", library_views.economy, name="economy"),
]

changes.offer()
links.add(Words("Law library"), "/law/")
