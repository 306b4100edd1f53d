"""Loaded once by the process that forks for each death of `meadow.core.deaths`."""

import django

django.setup()
