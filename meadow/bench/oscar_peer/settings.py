"""django-oscar as its sandbox sets it up, on PostgreSQL: the second peer of `meadow bench feed`.

Where a choice is open it is made in the peer's favour: templates cached, no debug, no search server, a
thumbnailer that only hands out the address, a connection pool like ours.
"""

import os

from oscar import INSTALLED_APPS as OSCAR_APPS
from oscar.defaults import *  # noqa: F403 - the way django-oscar documents it

from meadow.bench.database import pooled

DATABASES = {"default": pooled(os.environ["OSCAR_DATABASE_URL"])}
SECRET_KEY = "of no use to anybody"  # noqa: S105 - a shop on a loopback address for a minute
ALLOWED_HOSTS = ["*"]
DEBUG = False
SITE_ID = 1
INSTALLED_APPS = list(OSCAR_APPS)
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
    "django.middleware.common.CommonMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
]
ROOT_URLCONF = "meadow.bench.oscar_peer.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.apps.communication.notifications.context_processors.notifications",
                "oscar.core.context_processors.metadata",
            ],
        },
    }
]
AUTHENTICATION_BACKENDS = ["oscar.apps.customer.auth_backends.EmailBackend"]
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "meadow.bench.oscar_peer.search.NewestEngine"}}
OSCAR_THUMBNAILER = "meadow.bench.oscar_peer.thumbnails.AddressOnly"
OSCAR_PRODUCTS_PER_PAGE = 20
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LANGUAGE_CODE = "en-gb"
USE_TZ = True
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = os.environ["OSCAR_MEDIA_ROOT"]
STATIC_ROOT = os.path.join(MEDIA_ROOT, "static")
