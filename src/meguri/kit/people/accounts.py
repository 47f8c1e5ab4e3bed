"""Making the accounts that nobody can sign up for: the first administrator, and memberships."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from meguri.kit.people import duties
from meguri.kit.problems import N_, Conflict, Problem, gather

if TYPE_CHECKING:
    from meguri.kit.models import Membership, User


def create_administrator(username: str, password: str, email: str = "") -> User:
    """Create an administrator's account. Raises Refused for a weak password or a bad name, Conflict where it exists.

    Needs Django to be set up.
    """
    return _create(username, password, email, administrator=True)


def create_person(username: str, password: str, email: str = "") -> User:
    """Create an account without powers of its own (`join` gives it an organisation). Raises as create_administrator."""
    return _create(username, password, email, administrator=False)


def _create(username: str, password: str, email: str, *, administrator: bool) -> User:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from meguri.kit.models import User

    name = User.normalize_username(username.strip())
    user = User(username=name, email=email)
    found: list[Problem] = []
    try:
        User._meta.get_field("username").run_validators(name)
        if not name:
            raise ValidationError("")
    except ValidationError:
        found.append(
            Problem(
                N_("“{name}” cannot be a user name. Use letters, digits and @ . + - _ only, at most 150."),
                "/username",
                "username",
                {"name": username[:160]},
            )
        )
    if email:
        try:
            validate_email(email)
        except ValidationError:
            found.append(
                Problem(
                    N_("“{email}” is no e-mail address. Write it like name@example.org, or leave it empty."),
                    "/email",
                    "email",
                    {"email": email[:80]},
                )
            )
    try:
        validate_password(password, user)
    except ValidationError as error:
        found.extend(Problem(N_("{reason}"), "/password", "password", {"reason": reason}) for reason in error.messages)
    gather(found)
    if User.objects.filter(username__iexact=name).exists():
        raise Conflict(
            Problem(N_("There is a user “{name}” already. Choose another name."), "/username", "exists", {"name": name})
        )
    make = User.objects.create_superuser if administrator else User.objects.create_user
    return make(username=name, email=email, password=password)


def join(user: User, organisation: str, held: Sequence[str] = duties.FULL) -> Membership:
    """Let a person act for an organisation (``organisation:xyz``) in roles; doing so twice changes nothing.

    One whose membership has ended begins anew.
    """
    from meguri.kit.models import Membership

    found, made = Membership.objects.get_or_create(
        user=user, organisation=organisation, defaults={"duties": list(held)}
    )
    if not made and found.until is not None and found.until <= datetime.now(UTC):
        found.duties, found.until = list(held), None
        found.save(update_fields=["duties", "until"])
    return found
