"""What can go wrong with people, passwords, sessions and tokens (docs/reference/identity.md)."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class CredentialsMissing(Problem):
    """The request names nobody."""

    code = "credentials_missing"
    kind = Kind.UNAUTHENTICATED


class AccessTokenInvalid(Problem):
    """The access token was not made by this hub, or not for this use."""

    code = "access_token_invalid"
    kind = Kind.UNAUTHENTICATED


class AccessTokenExpired(Problem):
    """The access token was good once."""

    code = "access_token_expired"
    kind = Kind.UNAUTHENTICATED


class SessionEnded(Problem):
    """The session was signed out, ran out, or its password was changed."""

    code = "session_ended"
    kind = Kind.UNAUTHENTICATED


class RefreshTokenMissing(Problem):
    """There is no refresh cookie."""

    code = "refresh_token_missing"
    kind = Kind.UNAUTHENTICATED


class RefreshTokenInvalid(Problem):
    """The refresh token is unknown, or its session has ended."""

    code = "refresh_token_invalid"
    kind = Kind.UNAUTHENTICATED


class RefreshTokenReused(Problem):
    """The refresh token was used before: somebody else may hold it, so its session was ended."""

    code = "refresh_token_reused"
    kind = Kind.UNAUTHENTICATED


class SignInFailed(Problem):
    """The e-mail or the password is wrong; never says which."""

    code = "sign_in_failed"
    kind = Kind.UNAUTHENTICATED


class TooManyAttempts(Problem):
    """Sign-in, sign-up or password attempts came too fast."""

    code = "too_many_attempts"
    kind = Kind.THROTTLED


class SignInBusy(Problem):
    """More passwords wait to be checked than the machine can check soon."""

    code = "sign_in_busy"
    kind = Kind.UNAVAILABLE


class AccountDisabled(Problem):
    """The password is right but an administrator has disabled the person's access."""

    code = "account_disabled"
    kind = Kind.FORBIDDEN


class CrossSiteRequest(Problem):
    """Another site's page sent the request with this site's cookie."""

    code = "cross_site_request"
    kind = Kind.FORBIDDEN


class EmailInvalid(Problem):
    """This is not the syntax of an e-mail address."""

    code = "email_invalid"


class EmailTaken(Problem):
    """Somebody signed up with this e-mail address."""

    code = "email_taken"
    kind = Kind.CONFLICT


class LanguageUnknown(Problem):
    """There are no letters in this language."""

    code = "language_unknown"


class LinkCodeInvalid(Problem):
    """The code of a letter is wrong, was used, or is too old."""

    code = "link_code_invalid"


class PasswordTooShort(Problem):
    """The password has too few characters."""

    code = "password_too_short"


class PasswordTooLong(Problem):
    """The password has too many characters."""

    code = "password_too_long"


class PasswordTooCommon(Problem):
    """The password is on the list that every attacker tries first."""

    code = "password_too_common"


class PasswordIsEmail(Problem):
    """The password is the person's own address or the part before its @."""

    code = "password_is_email"


class PasswordsDiffer(Problem):
    """The password and its confirmation differ."""

    code = "passwords_differ"


class CurrentPasswordWrong(Problem):
    """The current password, asked again before a sensitive change, is wrong."""

    code = "current_password_wrong"


class TermsNotAccepted(Problem):
    """The terms of use were not accepted."""

    code = "terms_not_accepted"


class FirstNameMissing(Problem):
    """The first name is empty or blank."""

    code = "first_name_missing"


class SessionNotFound(Problem):
    """There is no such session, or it is not yours."""

    code = "session_not_found"
    kind = Kind.NOT_FOUND


class LastAdministrator(Problem):
    """Who closes their account is the only administrator of a hub that others use."""

    code = "last_administrator"
    kind = Kind.CONFLICT
