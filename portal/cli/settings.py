"""The settings that every command begins with."""

import os

import click

from portal.config import Settings, SettingsError, read_settings


def the_settings() -> Settings:
    """The settings of the environment; what is odd in them is said in one sentence."""
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
