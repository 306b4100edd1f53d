"""django-hordak as its documentation sets it up, on the PostgreSQL of the bench, in a database of its own."""

import os

from meadow.bench.database import pooled

DATABASES = {"default": pooled(os.environ["HORDAK_DATABASE_URL"])}
SECRET_KEY = "of no use to anybody"  # noqa: S105 - books on a loopback address for a minute
DEBUG = False
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "mptt",
    "djmoney",
    "hordak",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DEFAULT_CURRENCY = "CNY"
CURRENCIES = ["CNY"]
HORDAK_INTERNAL_CURRENCY = "CNY"
USE_TZ = True
