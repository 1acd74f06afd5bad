"""What an installation may set: one file, the environment, and a default for everything."""

from gridops.settings.loading import load_settings
from gridops.settings.model import (
    ControlSettings,
    DetectionSettings,
    LinkSettings,
    ServerSettings,
    Settings,
)

__all__ = [
    "ControlSettings",
    "DetectionSettings",
    "LinkSettings",
    "ServerSettings",
    "Settings",
    "load_settings",
]
