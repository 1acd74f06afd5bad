"""What an installation may set: one file, the environment, and a default for everything."""

from gridops.settings.loading import beside, load_settings
from gridops.settings.model import (
    ControlSettings,
    DetectionSettings,
    LinkSettings,
    ServerSettings,
    Settings,
)
from gridops.settings.public import PublicSettings

__all__ = [
    "ControlSettings",
    "DetectionSettings",
    "LinkSettings",
    "PublicSettings",
    "ServerSettings",
    "Settings",
    "beside",
    "load_settings",
]
