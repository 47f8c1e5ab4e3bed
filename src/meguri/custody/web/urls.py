"""Addresses of lots."""

from __future__ import annotations

from django.urls import path

from meguri.custody.web import forms, pages, scales, transformations
from meguri.custody.web.assays import pages as samples
from meguri.custody.web.assays import reconciled
from meguri.kit.web import links
from meguri.kit.words import Words

app_name = "custody"
urlpatterns = [
    path("lots/", pages.mine, name="lots"),
    path("lots/take-in", forms.take_in, name="take_in"),
    path("lots/blend", transformations.blend, name="blend"),
    path("lots/dispatch", forms.dispatch, name="dispatch"),
    path("lots/receive", forms.receive, name="receive"),
    path("lots/smelt", transformations.smelt, name="smelt"),
    path("lots/instruments", scales.instruments_page, name="instruments"),
    path("lots/sample", samples.draw, name="draw_sample"),
    path("lots/<str:id>", pages.lot, name="lot"),
    path("lots/<str:id>/trace", pages.trace, name="trace"),
    path("lots/<str:id>/share", pages.make_share, name="share_lot"),
    path("lots/<str:id>/share/<str:token>/withdraw", pages.withdraw_share, name="withdraw_share"),
    path("lots/<str:id>/dismantle", transformations.dismantle, name="dismantle"),
    path("lots/<str:id>/pack", transformations.pack, name="pack"),
    path("lots/<str:id>/agree", forms.agree, name="agree"),
    path("lots/<str:id>/correct", forms.correct, name="correct"),
    path("samples/", samples.samples, name="samples"),
    path("samples/<str:id>", samples.sample, name="sample"),
    path("samples/<str:id>/assay", samples.assay, name="assay_sample"),
    path("samples/<str:id>/exchange", samples.exchange, name="exchange_sample"),
    path("samples/<str:id>/umpire", samples.umpire, name="judge_sample"),
    path("samples/<str:id>/settle", samples.settle, name="settle_sample"),
    path("samples/<str:id>/provisional", samples.provisional, name="provisional_sample"),
    path("balance", pages.balance, name="balance"),
    path("balance/reconciled", reconciled.reconciled, name="reconciled"),
    path("share/<str:token>", pages.shared, name="shared"),
]
links.add(Words("Lots"), "/lots/")
