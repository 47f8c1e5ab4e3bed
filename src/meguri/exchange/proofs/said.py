"""The words of a check: what was looked at, how it came out, and how old the knowledge was."""

from __future__ import annotations

from meguri.kit.words import Words

VALID = {True: Words("good", context="proof"), False: Words("not good", context="proof")}
CHECKS = {
    "signature": Words("signed by a key of its issuer that counted then"),
    "status": Words("not revoked"),
    "scope": Words("within a licence of its issuer, at that site and instant"),
    "digest": Words("unchanged since it was issued"),
}
OUTCOME = {True: Words("yes"), False: Words("no"), None: Words("not known here", context="proof")}
AGE = Words("What is known of revocations is {days} days old.")
AGE_UNKNOWN = Words("Nothing is known of revocations by this issuer.")
