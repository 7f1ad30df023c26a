"""The sites that launch this app: one registration at one EHR each, from sites.toml or from the environment.

A site is what `smart_launch` needs to launch there (issuer, client, keys, scopes, quirks) and what the application
needs besides: programme, time zone, where pickups are written, who may frame the page.
"""

from service.sites.registered import LaunchSite, LaunchSites, WriteTarget
from service.sites.sources import load_sites

__all__ = ["LaunchSite", "LaunchSites", "WriteTarget", "load_sites"]
