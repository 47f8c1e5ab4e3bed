"""Addresses of the portal's own pages."""

from django.urls import path

from meguri.portal.web import access, members, people, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("find", views.find, name="find"),
    path("next", views.next_stop, name="next"),
    path("about/confidence", views.how_sure, name="how_sure"),
    path("people/access", access.overview, name="access"),
    path("people", people.overview, name="people"),
    path("people/organisations", people.admit, name="admit"),
    path("people/authorities", people.admit_authority, name="admit_authority"),
    path("people/accounts", people.add_person, name="person_add"),
    path("people/accounts/<str:username>/active", people.set_active, name="person_active"),
    path("people/accounts/<str:username>/password", people.new_password, name="person_password"),
    path("organisation/people", members.overview, name="members"),
    path("organisation/people/invite", members.invite, name="invite"),
    path("organisation/people/<int:member>/change", members.change, name="member_change"),
    path("organisation/people/<int:member>/end", members.end, name="member_end"),
    path("organisation/people/invitations/<int:invitation>/withdraw", members.withdraw, name="invitation_withdraw"),
    path("invitation/<str:secret>", members.invitation, name="invitation"),
]
