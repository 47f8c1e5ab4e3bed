"""Addresses of the portal's own pages."""

from django.urls import path

from meguri.portal.web import access, calendar, drafts, mail, members, people, views

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
    path("organisation/four-eyes", drafts.four_eyes, name="four_eyes"),
    path("calendar", calendar.page, name="calendar"),
    path("calendar/withdraw", calendar.withdraw, name="calendar_withdraw"),
    path("calendar/<str:secret>.ics", calendar.feed, name="calendar_feed"),
    path("mail", mail.page, name="mail"),
    path("mail/end/<str:key>", mail.end, name="mail_end"),
    path("drafts/", drafts.listing, name="drafts"),
    path("drafts/<int:draft>", drafts.page, name="draft"),
    path("drafts/<int:draft>/sign", drafts.sign, name="draft_sign"),
    path("drafts/<int:draft>/away", drafts.put_away, name="draft_away"),
    path("invitation/<str:secret>", members.invitation, name="invitation"),
]
