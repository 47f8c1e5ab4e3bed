"""Addresses of the exchange room: documents, certificates and claims, and what checks them."""

from __future__ import annotations

from django.urls import path

from meguri.exchange.web import proofs, views
from meguri.kit.web import links
from meguri.kit.words import Words

app_name = "exchange"

urlpatterns = [
    path("movements/<str:movement>/document.pdf", views.movement_document, name="movement_document"),
    path("cases/<str:case>/movements/<str:movement>/document.pdf", views.movement_document, name="former_document"),
    path("certificates/", proofs.certificates, name="certificates"),
    path("certificates/<str:id>", proofs.certificate, name="certificate"),
    path(
        "certificates/<str:id>/file.<str:ending>",
        proofs.certificate_file,
        name="certificate_file",
    ),
    path("certificates/<str:id>/revoke", proofs.revoke, name="revoke"),
    path("claims/", proofs.content_claims, name="claims"),
    path("claims/accounts/<str:id>", proofs.claim_account, name="claim_account"),
    path("claims/<str:id>", proofs.claim, name="claim"),
    path("claims/<str:id>/file.<str:ending>", proofs.claim_file, name="claim_file"),
    path("verify", proofs.verify, name="verify"),
    path("proofs/issuer.json", proofs.issuer, name="issuer"),
    path("proofs/status/<str:number>", proofs.status_list, name="status_list"),
]
links.add(Words("Certificates"), "/certificates/")
links.add(Words("Recycled content"), "/claims/")
