"""The installation: config.toml and the environment, as frozen settings."""

from plugin.config.fields import did_you_mean
from plugin.config.loader import load, mappings_folder
from plugin.config.model import (
    AlertSettings,
    AtsSettings,
    DoorSettings,
    JobsBackend,
    JobSettings,
    Language,
    LogFormat,
    LogLevel,
    LogSettings,
    MauticAuth,
    MauticSettings,
    ProvisionSettings,
    RetentionSettings,
    Secret,
    Settings,
    UiSettings,
)
from plugin.config.schema import every_setting

__all__ = [
    "AlertSettings",
    "AtsSettings",
    "DoorSettings",
    "JobSettings",
    "JobsBackend",
    "Language",
    "LogFormat",
    "LogLevel",
    "LogSettings",
    "MauticAuth",
    "MauticSettings",
    "ProvisionSettings",
    "RetentionSettings",
    "Secret",
    "Settings",
    "UiSettings",
    "did_you_mean",
    "every_setting",
    "load",
    "mappings_folder",
]
