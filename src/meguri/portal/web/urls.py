"""Addresses of the portal's own pages."""

from django.urls import path

from meguri.portal.web import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("find", views.find, name="find"),
    path("next", views.next_stop, name="next"),
    path("about/confidence", views.how_sure, name="how_sure"),
]
