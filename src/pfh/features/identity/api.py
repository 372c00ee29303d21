"""What the web entry, the pages and other features may ask of identity."""

from __future__ import annotations

from pfh.features.identity.authenticate import admin_claims, authenticate, authenticate_bearer
from pfh.features.identity.change_password import ChangePassword, change_password
from pfh.features.identity.change_profile import ChangeProfile, change_profile
from pfh.features.identity.client import Client, client_of
from pfh.features.identity.close_account import close_account
from pfh.features.identity.cookies import (
    ACCESS_COOKIE,
    REFRESH_COOKIE,
    Cookie,
    page_cookies,
    read_cookie,
    refresh_cookie,
    removed_cookies,
)
from pfh.features.identity.count_active_users import count_active_users
from pfh.features.identity.count_refusals import forget_refusals, recent_refusals
from pfh.features.identity.current_user import Person, current_user
from pfh.features.identity.errors import (
    AccountDisabled,
    CredentialsMissing,
    EmailTaken,
    SessionNotFound,
    SignInFailed,
    TooManyAttempts,
)
from pfh.features.identity.founders import usual_founders
from pfh.features.identity.make_admin_token import make_admin_token
from pfh.features.identity.open_session import SignedIn
from pfh.features.identity.owners import owners
from pfh.features.identity.recovery.post_code import forget_codes
from pfh.features.identity.refresh_session import refresh_session
from pfh.features.identity.refusal_store import Refusals
from pfh.features.identity.register_user import RegisterUser, register_user
from pfh.features.identity.registration_rules import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from pfh.features.identity.revoke_sessions import revoke_sessions_of
from pfh.features.identity.session_store import SessionRecord
from pfh.features.identity.sign_in import SignIn, sign_in
from pfh.features.identity.sign_out import (
    end_all_sessions,
    end_session,
    list_sessions,
    sign_out,
    sign_out_by_refresh_token,
    sign_out_everywhere,
)
from pfh.features.identity.store import UserRecord, administrators
from pfh.features.identity.visit import Visit, actor_from_cookies, visit_from_cookies

__all__ = [
    "ACCESS_COOKIE",
    "PASSWORD_LENGTH_MAX",
    "PASSWORD_LENGTH_MIN",
    "REFRESH_COOKIE",
    "AccountDisabled",
    "ChangePassword",
    "ChangeProfile",
    "Client",
    "Cookie",
    "CredentialsMissing",
    "EmailTaken",
    "Person",
    "Refusals",
    "RegisterUser",
    "SessionNotFound",
    "SessionRecord",
    "SignIn",
    "SignInFailed",
    "SignedIn",
    "TooManyAttempts",
    "UserRecord",
    "Visit",
    "actor_from_cookies",
    "admin_claims",
    "administrators",
    "authenticate",
    "authenticate_bearer",
    "change_password",
    "change_profile",
    "client_of",
    "close_account",
    "count_active_users",
    "current_user",
    "end_all_sessions",
    "end_session",
    "forget_codes",
    "forget_refusals",
    "list_sessions",
    "make_admin_token",
    "owners",
    "page_cookies",
    "read_cookie",
    "recent_refusals",
    "refresh_cookie",
    "refresh_session",
    "register_user",
    "removed_cookies",
    "revoke_sessions_of",
    "sign_in",
    "sign_out",
    "sign_out_by_refresh_token",
    "sign_out_everywhere",
    "usual_founders",
    "visit_from_cookies",
]
