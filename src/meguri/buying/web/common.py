"""What the pages share: forms that come back with what is to be put right, and codes to scan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import qrcode
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from qrcode.image.svg import SvgPathImage

from meguri.kit.problems import MeguriError, Problem


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    error: MeguriError | None = None,
    fields: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Render a page; with an error, its problems point at the form's own fields."""
    found = fields or {}
    problems = (
        tuple(Problem(one.text, found.get(one.pointer, one.pointer), one.code, one.params) for one in error.problems)
        if error
        else ()
    )
    values = request.POST if request.method == "POST" else request.GET
    return render(
        request,
        f"buying/{template}",
        {"values": values, **context, "problems": problems},
        status=error.status if error else 200,
    )


def code(url: str) -> SafeString:
    """A QR code as SVG. It is made of squares alone: nothing of the address stands in it as text."""
    made = qrcode.make(url, image_factory=SvgPathImage, border=2)
    return mark_safe(made.to_string(encoding="unicode"))  # noqa: S308  # nosec B308 B703
