"""Django settings, from the environment that `portal.environment` has checked."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from meguri.kit import catalogues
from meguri.kit.running import logs
from meguri.portal import environment, rooms

ENVIRONMENT = environment.read()
MODE = ENVIRONMENT.mode
DEMONSTRATION = ENVIRONMENT.demonstration
PRODUCTION = MODE == "production"
NODE = ENVIRONMENT.node
# Which node keeps an economy's authorities and facilities, where it is not this one.
PEERS = {economy: node for economy, node in ENVIRONMENT.peers if node != NODE}
# The folder that each signed checkpoint of the log is written to; empty for none.
CHECKPOINTS = ENVIRONMENT.checkpoints
KEYRING_SECRET = ENVIRONMENT.keyring_secret

ROOMS = Path(__file__).resolve().parent.parent
DATA = ENVIRONMENT.home
SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = False
ALLOWED_HOSTS = list(ENVIRONMENT.hosts)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    *rooms.applications(DEMONSTRATION),
]
# What is asked before a command or a server opens the record.
ON_START = (
    "meguri.kit.running.database.require_isolation",
    "meguri.portal.preparing.require_own_record",
    "meguri.portal.preparing.remember_time",
)
# Gives commands their clock where the record keeps its own date; the machine's otherwise.
CLOCK = "meguri.demonstration.stage.source" if DEMONSTRATION else ""

MIDDLEWARE = [
    "meguri.kit.web.requests.observing.Observing",
    "django.middleware.security.SecurityMiddleware",
    "meguri.kit.web.static_files.StaticFiles",
    "meguri.kit.web.requests.compressing.Compressed",
    "csp.middleware.CSPMiddleware",
    "meguri.kit.web.requests.middleware.BodySize",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "meguri.kit.web.requests.middleware.SpokenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    *(["meguri.demonstration.web.middleware.Demonstration"] if DEMONSTRATION else []),
    "meguri.systems.web.bearer.Bearer",
    "meguri.kit.web.requests.middleware.WhoReads",
    "meguri.kit.web.requests.middleware.Problems",
    "meguri.kit.web.requests.guarding.Guarded",
]

ROOT_URLCONF = "meguri.portal.urls"
WSGI_APPLICATION = "meguri.portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [str(folder) for folder in sorted(ROOMS.glob("*/web/templates"))],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.i18n",
                "meguri.kit.web.tags",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "meguri.kit.web.requests.context.page",
            ],
        },
    }
]
COTTON_DIR = "cotton"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

DATABASES = {
    "default": environment.database(ENVIRONMENT.database_url, ENVIRONMENT.lock_timeout, ENVIRONMENT.statement_timeout)
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "kit.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "meguri.kit.web.signing_in.accounts.ClosedSignUp"
ACCOUNT_FORMS = {
    "login": "meguri.kit.web.signing_in.sign_in.SignIn",
    "reset_password": "meguri.kit.web.signing_in.sign_in.AskReset",
    "reset_password_from_key": "meguri.kit.web.signing_in.sign_in.NewPassword",
    "change_password": "meguri.kit.web.signing_in.sign_in.OtherPassword",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
# Counted by `kit.web.signing_in` instead: theirs would let a stranger lock an account from everywhere.
ACCOUNT_RATE_LIMITS = False
# Nobody learns whether an address has an account, neither on the page nor by a mail.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
PASSWORD_RESET_TIMEOUT = 3600
MFA_ADAPTER = "meguri.kit.web.signing_in.factors.Factors"
MFA_FORMS = {
    "authenticate": "meguri.kit.web.signing_in.sign_in.GiveCode",
    "reauthenticate": "meguri.kit.web.signing_in.sign_in.GiveCodeAgain",
    "activate_totp": "meguri.kit.web.signing_in.sign_in.BeginCodes",
    "add_webauthn": "meguri.kit.web.signing_in.sign_in.AddKey",
    "edit_webauthn": "meguri.kit.web.signing_in.sign_in.NameKey",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Meguri"
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# Another service's sign-in, as MEGURI_OIDC says; for who has connected it, or whom it knows by a trusted address.
SOCIALACCOUNT_ADAPTER = "meguri.kit.web.signing_in.outside.ClosedOutside"
SOCIALACCOUNT_PROVIDERS = environment.oidc(ENVIRONMENT.oidc)
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
# EMAIL_…, as MEGURI_MAIL says; outside production, where it says nothing, a file for each mail.
globals().update(environment.mail(ENVIRONMENT.mail, None if PRODUCTION else DATA / "mail"))

LANGUAGE_CODE = "en"
LANGUAGES = [(code, catalogues.languages()[code].name) for code in catalogues.offered()]
LOCALE_PATHS = [str(folder) for folder in sorted(ROOMS.glob("*/locale"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Served from the packages themselves: nothing to collect, nothing to forget.
STATIC_URL = "static/"
STATICFILES_DIRS = [str(folder) for folder in sorted(ROOMS.glob("*/web/static"))]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "meguri.kit.web.static_files.HashedNames"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        # A browser follows a form's answer to another service only where it is named here.
        "form-action": [SELF, *environment.oidc_origins(ENVIRONMENT.oidc)],
        "frame-ancestors": [NONE],
    }
}
CSRF_FAILURE_VIEW = "meguri.kit.web.requests.problem_pages.csrf"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
# Whoever signs in does so again after a working day.
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
BODY_SIZE_MOST = 10 * 1024 * 1024
# Addresses that take more: a paper, with the form around it.
BODY_SIZE_LARGER = {"/papers/attach": 21 * 1024 * 1024, "/api/papers": 21 * 1024 * 1024}
# So that no file that somebody sends lies unencrypted in a folder: bodies are bounded above.
FILE_UPLOAD_MAX_MEMORY_SIZE = 21 * 1024 * 1024
# Trusted proxies in front of the service, for the caller's address in rate limits.
PROXIES = ENVIRONMENT.proxies
# Where limits are counted that all workers share: `kit.web.requests.counting`.
LIMITS = ENVIRONMENT.limits
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = True
    # A browser takes it from this host alone, and over TLS.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_SECURE = True

LOG = ENVIRONMENT.log
LOGGING = logs.configuration(ENVIRONMENT.log)
# Who may read /metrics; empty for nobody.
METRICS_TOKEN = ENVIRONMENT.metrics_token
# For how many days sign-ins and refusals are kept: `kit.people.access`.
ACCESS_DAYS = ENVIRONMENT.access_days
# The command that looks through what is brought: `papers.scanner`. Empty where there is none.
SCANNER = ENVIRONMENT.scanner
CACHES = {"default": environment.caches(ENVIRONMENT.cache)}
