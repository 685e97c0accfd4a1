"""The portal that most commands work on."""

from contextlib import AbstractContextManager

from flask import Flask

from portal.app import opened
from portal.cli.settings import the_settings


def the_portal() -> AbstractContextManager[Flask]:
    """The portal of the environment."""
    return opened(the_settings())
