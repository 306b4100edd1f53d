"""Django settings: everything that varies comes from the environment, read once."""

from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from meadow.runtime.environment import load_environment

ENVIRONMENT = load_environment()
HOME = ENVIRONMENT.home
TESTING = ENVIRONMENT.mode == "test"
PRODUCTION = ENVIRONMENT.mode == "production"

SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = ENVIRONMENT.hosts
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ENVIRONMENT.hosts if PRODUCTION]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "template_partials",
    "procrastinate.contrib.django",
    "meadow.core",
    "meadow.analytics",
    "meadow.experiments",
    "meadow.media",
    "meadow.accounts",
    "meadow.notifications",
    "meadow.decisions",
    "meadow.integrity",
    "meadow.ledger",
    "meadow.programs",
    "meadow.payments",
    "meadow.payouts",
    "meadow.promotion",
    "meadow.charges",
    "meadow.statements",
    "meadow.finance",
    "meadow.notes",
    "meadow.feed",
    "meadow.search",
    "meadow.pages",
    "meadow.studio",
    "meadow.demo",
    "meadow.web",
]

MIDDLEWARE = [
    "meadow.core.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "meadow.web.compression.PageCompression",
    "meadow.web.csp.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "meadow.accounts.sessions.PersonMiddleware",
    "meadow.accounts.middleware.PreferencesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "meadow.web.csrf.FormMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "meadow.accounts.middleware.StandingMiddleware",
    "meadow.core.middleware.ProblemMiddleware",
]

ROOT_URLCONF = "meadow.web.urls"
WSGI_APPLICATION = "meadow.web.wsgi.application"
APPEND_SLASH = False

FORM_RENDERER = "meadow.web.widgets.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ENVIRONMENT.source / "meadow" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """Turn a postgresql:// URL (a socket folder goes into ?host=) into Django's settings."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "meadow",
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or query.pop("password", "")),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": 0,
        # Connections are not probed at each request: ProblemMiddleware drops the dead ones.
        "OPTIONS": {
            **query,
            **({} if TESTING else {"pool": {"min_size": 1, "max_size": 16, "timeout": 5}}),
        },
    }


DATABASES = {"default": _database(ENVIRONMENT.database_url)}
# allauth counts its sign-in attempts in the cache: it must be one for all web processes.
# The table is made (unlogged) by a migration of core; see docs/decisions/0002.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
# Handles are unique whatever their case, by a constraint on lower(handle) that the check overlooks.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
if TESTING:
    # A slow hash is right for people and pointless for fixtures: it took most of the tests' time.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_USER_MODEL_USERNAME_FIELD = "handle"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_ADAPTER = "meadow.accounts.adapter.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_USERNAME_MIN_LENGTH = 3
ACCOUNT_USERNAME_VALIDATORS = "meadow.accounts.handles.validators"
ACCOUNT_FORMS = {
    "login": "meadow.accounts.forms.LoginForm",
    "signup": "meadow.accounts.forms.SignupForm",
}
ACCOUNT_LOGOUT_ON_GET = False
# In production one proxy stands in front and appends the caller's address.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if PRODUCTION else 0
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "meadow.accounts.adapter.SecondStepAdapter"
MFA_TOTP_ISSUER = "Meadow"
USERSESSIONS_TRACK_ACTIVITY = False

SESSION_ENGINE = "meadow.accounts.sessions"
SESSION_COOKIE_NAME = "meadow_session"
CSRF_COOKIE_NAME = "meadow_csrf"
CSRF_FAILURE_VIEW = "meadow.web.refusals.stale_form"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_SSL_REDIRECT = False  # the proxy in front redirects; engines probe over plain HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        # hls.js hands a video its pieces through a blob address of this page.
        "media-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF, ENVIRONMENT.realtime_origin],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LANGUAGE_COOKIE_NAME = "meadow_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
# The compiled catalogue is built into the data folder; the source tree holds only .po files.
LOCALE_PATHS = [HOME / "build" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [HOME / "build" / "static"]
WHITENOISE_MAX_AGE = 31_536_000


def _storage(url: str) -> dict[str, object]:
    """Turn file:///folder or s3://bucket/prefix into the default storage."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {"bucket_name": parts.netloc, "location": parts.path.strip("/")},
        }
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": unquote(parts.path)},
    }


def _archive(url: str) -> dict[str, object]:
    """Return where the facts are kept for good: beside the uploads in a bucket, else at home."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        location = f"{parts.path.strip('/')}/archive".lstrip("/")
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {"bucket_name": parts.netloc, "location": location},
        }
    return {
        "BACKEND": "meadow.core.durable_files.DurableFiles",
        "OPTIONS": {"location": HOME / "archive", "file_permissions_mode": 0o600},
    }


STORAGES = {
    "default": _storage(ENVIRONMENT.storage_url),
    "archive": _archive(ENVIRONMENT.storage_url),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "meadow.web.storage.HashedStaticFiles"
    },
}
WHITENOISE_USE_FINDERS = TESTING or DEBUG
# A file is looked for when it is asked for: a test's client need not list all of them first.
WHITENOISE_AUTOREFRESH = TESTING or DEBUG
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Nine phone photos in one form without JavaScript, and no more.
MAX_BODY_BYTES = 64 * 1024 * 1024
# A rule of 30 criteria is some 300 fields, a pilot of six steps that ask for so much 2,000.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if ENVIRONMENT.mail_host
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = HOME / "mail"
EMAIL_HOST = ENVIRONMENT.mail_host
EMAIL_PORT = ENVIRONMENT.mail_port
EMAIL_HOST_USER = ENVIRONMENT.mail_user
EMAIL_HOST_PASSWORD = ENVIRONMENT.mail_password
EMAIL_USE_TLS = ENVIRONMENT.mail_tls
# Without one, a mail server that does not answer would hold whoever sends for ever.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = ENVIRONMENT.mail_from

PAYMENTS = ENVIRONMENT.payments
SPONSORED_LABELS = dict(ENVIRONMENT.sponsored_labels)

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "meadow.core.logs.RequestIdFilter"}},
    "formatters": {
        "line": {
            "format": "{asctime} {levelname} {name} [{request_id}]: {message}",
            "style": "{",
        }
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
