"""Making the accounts that nobody can sign up for: the first administrator, and memberships."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def join(user: User, organisation: str) -> Membership:
    """Let a person act for an organisation (``organisation:xyz``); doing so twice changes nothing."""
    from meguri.kit.models import Membership

    return Membership.objects.get_or_create(user=user, organisation=organisation)[0]
