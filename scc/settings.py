"""Settings. Every one that differs between machines is read from the environment; see `.env.example`."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from scc import env, generics

generics.allow()

BASE_DIR = Path(__file__).resolve().parent.parent

# Whether this runs on AWS Lambda, which sets the name of the function.
ON_LAMBDA = bool(env.text("AWS_LAMBDA_FUNCTION_NAME"))
DEBUG = env.flag("SCC_DEBUG", default=False)

SECRET_KEY = env.text("SCC_SECRET_KEY")
if not SECRET_KEY:
    if ON_LAMBDA:
        raise ImproperlyConfigured(
            "SCC_SECRET_KEY is not set. Make one: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    SECRET_KEY = "for development only, " * 3

# What wraps the keys of personal data: a key of AWS KMS, or on a machine of one's own one that is set here.
SCC_KMS_KEY = env.text("SCC_KMS_KEY")
SCC_LOCAL_KEY = env.key("SCC_LOCAL_KEY", hashlib.sha256(b"for development only").digest())
if ON_LAMBDA and not SCC_KMS_KEY:
    raise ImproperlyConfigured("SCC_KMS_KEY is not set. The deploy sets it to the key of the stack.")

# The one table, and who we are to AWS. Off Lambda the default is the emulator, which takes any key.
SCC_TABLE = env.text("SCC_TABLE", "scc")
AWS_REGION = env.text("AWS_REGION", env.text("AWS_DEFAULT_REGION", "us-west-2"))
os.environ.setdefault("AWS_DEFAULT_REGION", AWS_REGION)

SCC_SITE_URL = env.text("SCC_SITE_URL", f"http://127.0.0.1:{env.number('PORT', 8000)}").rstrip("/")
_SITE = urlsplit(SCC_SITE_URL)
if _SITE.scheme not in {"http", "https"} or not _SITE.hostname:
    raise ImproperlyConfigured(
        f"SCC_SITE_URL is {SCC_SITE_URL!r}. Set it to an address such as https://crew.example.com"
    )
SCC_HTTPS = _SITE.scheme == "https"
if ON_LAMBDA and not SCC_HTTPS:
    raise ImproperlyConfigured("SCC_SITE_URL is not https. Behind CloudFront it always is.")
# A development machine answers by any of its own names; production by its canonical one alone.
ALLOWED_HOSTS = [_SITE.hostname] if SCC_HTTPS else [_SITE.hostname, "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SCC_SITE_URL]

SCC_CURRENCY = env.text("SCC_CURRENCY", "USD")
SCC_OPERATOR = env.text("SCC_OPERATOR", "Ship Captain Crew")
ADMIN_PASS_HASH = env.text("ADMIN_PASS_HASH")
# Cards, with both or not at all.
SCC_STRIPE_KEY = env.text("SCC_STRIPE_KEY")
SCC_STRIPE_WEBHOOK_SECRETS = env.words("SCC_STRIPE_WEBHOOK_SECRETS")
SCC_ORIGIN_SECRETS = env.words("SCC_ORIGIN_SECRETS")
# Which release this is, by the deploy; every answer of the function names it.
SCC_RELEASE = env.text("SCC_RELEASE", "none")

INSTALLED_APPS = [
    "scc.dynamo",
    "scc.staff",
    "scc.mail",
    "scc.imports",
    "scc.dispatch",
    "scc.edge",
    "scc",
    "events",
    "payments",
    "payments.cards",
    "waivers",
    # Not the default configuration: that would register auth's own users and groups, which have no table.
    "scc.staff.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # CloudFront compresses only what it may keep.
    "django.middleware.gzip.GZipMiddleware",
    # On Lambda CloudFront takes static files from S3, and the package holds none.
    *([] if ON_LAMBDA else ["whitenoise.middleware.WhiteNoiseMiddleware"]),
    "csp.middleware.CSPMiddleware",
    "scc.middleware.NoStoreMiddleware",
    "scc.middleware.BodyHeadersMiddleware",
    "scc.middleware.StoreErrorMiddleware",
    "scc.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "scc.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# No SQL anywhere: this engine's transactions are DynamoDB's, and any query of SQL raises.
DATABASES = {"default": {"ENGINE": "scc.dynamo.db"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["scc.staff.backends.StaffBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    # What the older tool holds.
    "scc.staff.hashers.SafeBCryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# JSON under /api/, Django's page elsewhere.
CSRF_FAILURE_VIEW = "scc.api.views.csrf_failure"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "dispatch:board"

SESSION_ENGINE = "scc.dynamo.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SCC_HTTPS
# Every save is a write to the table, and a cookie on a page is a page that no cache may keep.
SESSION_SAVE_EVERY_REQUEST = False
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

LANGUAGE_CODE = "en"
# In which signers read; staff's pages are English, as nothing chooses for them.
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["scc.formats"]
TIME_ZONE = SCC_TIME_ZONE = env.time_zone("SCC_TIME_ZONE", "America/Los_Angeles")

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
SCC_MEDIA_BUCKET = env.text("SCC_MEDIA_BUCKET", "scc-media")
STORAGES = {
    "default": {
        "BACKEND": "scc.bucket.MediaStorage",
        "OPTIONS": {"bucket_name": SCC_MEDIA_BUCKET},
    },
    "staticfiles": {
        "BACKEND": "scc.edge.statics.Storage" if ON_LAMBDA else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Development serves straight from the source folders, without `collectstatic` and the manifest that it makes.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not ON_LAMBDA

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # The cast-off page's.
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SCC_HTTPS else 0
# The subdomains, and a browser's own list, are the domain's owner's to decide on (W005, W021); CloudFront redirects to
# https before any request gets here (W008).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]

# A payment's body is under 64 KiB and a signature's under 512 KiB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Mail: SES first when it has a sender, then Gmail; to the console where neither is set.
SES_SENDER_EMAIL = env.text("SES_SENDER_EMAIL")
GMAIL_SMTP_HOST = env.text("GMAIL_SMTP_HOST", "smtp.gmail.com")
GMAIL_SMTP_PORT = env.number("GMAIL_SMTP_PORT", 465)
GMAIL_SENDER_EMAIL = env.text("GMAIL_SENDER_EMAIL")
GMAIL_APP_PASSWORD = env.text("GMAIL_APP_PASSWORD")
EMAIL_BACKEND = (
    "anymail.backends.amazon_ses.EmailBackend" if SES_SENDER_EMAIL else "django.core.mail.backends.console.EmailBackend"
)
DEFAULT_FROM_EMAIL = SES_SENDER_EMAIL or GMAIL_SENDER_EMAIL or "crew@localhost"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name} {message}", "style": "{"}},
    "filters": {"secrets": {"()": "scc.logs.WithoutSecrets"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["stderr"], "level": env.text("SCC_LOG_LEVEL", "WARNING")},
    # On Lambda the one line of each request says a 404 too.
    "loggers": {"django.request": {"level": "ERROR" if ON_LAMBDA else "NOTSET"}},
}
