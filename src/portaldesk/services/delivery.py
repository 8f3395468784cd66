"""Delivery: what waits in the outbox is written, handed over and marked, each message on its own.

A message is claimed in one short transaction, in which it is verified and its link or code derived; handed to the
transport outside of any; and marked sent, with its event, in another. Two deliverers never have the same message. After
a crash between the two, the claim lapses and the message goes again under the same Message-ID: at least once.

Nothing goes out that has gone dead while it waited, or to an address that the link was not made for: it is dropped.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import ColumnElement, or_, update
from sqlmodel import Session, col, func, select

from portaldesk.errors import DeskError, RecordAltered
from portaldesk.mail.envelope import envelope, mail_host
from portaldesk.mail.smtp import SmtpTransport
from portaldesk.mail.transport import FolderTransport, Refused, Transport, Unreachable
from portaldesk.rules import emails, masks
from portaldesk.services import credentials, letters, patients
from portaldesk.services.letters import Dead
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of, whole

CLAIM_LIFE = timedelta(minutes=2)
SECONDS_A_MESSAGE = 30.0
SMTP_PASSWORD = "smtp-password"  # its name in the secret store
