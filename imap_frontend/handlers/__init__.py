"""One file per command: resolve, one service call, describe. States and errors are not theirs."""

from imap_frontend.handlers.acl import get_acl, list_rights, my_rights, set_acl
from imap_frontend.handlers.append import append
from imap_frontend.handlers.authenticate import authenticate
from imap_frontend.handlers.capability import capability
from imap_frontend.handlers.check import check
from imap_frontend.handlers.close import close
from imap_frontend.handlers.compress import compress
from imap_frontend.handlers.copy import copy
from imap_frontend.handlers.create import create
from imap_frontend.handlers.delete import delete
from imap_frontend.handlers.enable import enable
from imap_frontend.handlers.expunge import expunge
from imap_frontend.handlers.fetch import fetch
from imap_frontend.handlers.identify import identify
from imap_frontend.handlers.idle import idle
from imap_frontend.handlers.list_views import list_views
from imap_frontend.handlers.login import login
from imap_frontend.handlers.logout import logout
from imap_frontend.handlers.lsub import lsub
from imap_frontend.handlers.metadata import get_metadata, set_metadata
from imap_frontend.handlers.move import move
from imap_frontend.handlers.namespace import namespace
from imap_frontend.handlers.noop import noop
from imap_frontend.handlers.notify import notify
from imap_frontend.handlers.quota import get_quota, get_quota_root, set_quota
from imap_frontend.handlers.rename import rename
from imap_frontend.handlers.search import search
from imap_frontend.handlers.select import select
from imap_frontend.handlers.sort import sort
from imap_frontend.handlers.starttls import starttls
from imap_frontend.handlers.status import status
from imap_frontend.handlers.store import store
from imap_frontend.handlers.subscribe import subscribe, unsubscribe
from imap_frontend.handlers.thread import thread
from imap_frontend.handlers.unselect import unselect

__all__ = [
    "append",
    "authenticate",
    "capability",
    "check",
    "close",
    "compress",
    "copy",
    "create",
    "delete",
    "enable",
    "expunge",
    "fetch",
    "get_acl",
    "get_metadata",
    "get_quota",
    "get_quota_root",
    "identify",
    "idle",
    "list_rights",
    "list_views",
    "login",
    "logout",
    "lsub",
    "move",
    "my_rights",
    "namespace",
    "noop",
    "notify",
    "rename",
    "search",
    "select",
    "set_acl",
    "set_metadata",
    "set_quota",
    "sort",
    "starttls",
    "status",
    "store",
    "subscribe",
    "thread",
    "unselect",
    "unsubscribe",
]
