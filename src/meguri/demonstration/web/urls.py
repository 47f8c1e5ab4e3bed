"""Addresses of the demonstration's own doors."""

from django.urls import path

from meguri.demonstration.web import views

app_name = "demonstration"
urlpatterns = [
    path("demonstration/", views.overview, name="story"),
    path("demonstration/role", views.role, name="role"),
    path("demonstration/as/<slug:role>", views.as_role, name="as"),
    path("demonstration/step", views.step, name="step"),
    path("demonstration/play", views.play, name="play"),
    path("demonstration/restart", views.restart, name="restart"),
]
