# SPDX-License-Identifier: LGPL-3.0-or-later
"""Login with Amazon: applications, their secrets, and the tokens of sellers."""

import hashlib
import random
import uuid
from dataclasses import dataclass, field

from .clock import DAY, HOUR, MINUTE
from .messages import Answer

TOKEN_LIFE = HOUR
CODE_LIFE = 5 * MINUTE
OLD_SECRET_LIFE = 7 * DAY
SECRET_LIFE = 180 * DAY
SCOPES = (
    "sellingpartnerapi::notifications",
    "sellingpartnerapi::client_credential:rotation",
)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
REQUIRED = {
    "refresh_token": ("refresh_token",),
    "authorization_code": ("code",),
    "client_credentials": ("scope",),
}


class LwaError(Exception):
    """A refusal in OAuth's form (RFC 6749 section 5.2)."""

    def __init__(self, status, error, description):
        super().__init__(error)
        self.status = status
        self.error = error
        self.description = description

    def answer(self):
        body = {"error": self.error, "error_description": self.description}
        return Answer(self.status, body)


@dataclass
class Application:
    """A registered application. `secrets` maps each secret to its end of life.

    `solution_id` is what the consent page calls it; sellers are sent back to its
    `redirect_uris` only. A `draft` is not on the app store yet.
    """

    client_id: str
    secrets: dict
    grants: set = field(default_factory=lambda: set(REQUIRED))
    redirect_uris: list = field(default_factory=list)
    draft: bool = True

    @property
    def solution_id(self):
        digest = hashlib.sha256(self.client_id.encode()).hexdigest()
        return f"amzn1.sp.solution.{uuid.UUID(digest[:32])}"


@dataclass
class AccessToken:
    """`resources`: a restricted data token opens these (method, path) alone."""

    application_id: str
    merchant_token: str
    expires_at: float
    refresh_token: str = ""
    scope: str = ""
    resources: frozenset = frozenset()


@dataclass
class Code:
    application_id: str
    merchant_token: str
    redirect_uri: str
    expires_at: float


class LoginWithAmazon:
    """The token endpoint; one for all regions and sellers."""

    def __init__(self, seed):
        self._random = random.Random(f"lwa-{seed}")
        self.applications = {}
        self.refresh_tokens = {}
        self.access_tokens = {}
        self.codes = {}
        self.token_life = TOKEN_LIFE

    def _secret_text(self, length):
        return "".join(self._random.choices(ALPHABET, k=length))

    def register(self, now, client_id=None, client_secret=None):
        """A new application with one secret, valid for 180 days."""
        client_id = client_id or (
            f"amzn1.application-oa2-client.{self._secret_text(32).lower()}"
        )
        client_secret = client_secret or f"amzn1.oa2-cs.v1.{self._secret_text(48)}"
        application = Application(client_id, {client_secret: now + SECRET_LIFE})
        self.applications[client_id] = application
        return application

    def current_secret(self, client_id):
        secrets = self.applications[client_id].secrets
        return max(secrets, key=secrets.get)

    def rotate_secret(self, client_id, now):
        """A new secret; the old ones go on working for seven days at most."""
        secrets = self.applications[client_id].secrets
        for secret, end in secrets.items():
            secrets[secret] = min(end, now + OLD_SECRET_LIFE)
        secret = f"amzn1.oa2-cs.v1.{self._secret_text(48)}"
        secrets[secret] = now + SECRET_LIFE
        return secret

    def expire_secrets(self, client_id, now):
        """As if the yearly deadline had passed: no secret works any more."""
        secrets = self.applications[client_id].secrets
        for secret in secrets:
            secrets[secret] = min(secrets[secret], now)

    def authorise(self, client_id, merchant_token, refresh_token=None):
        """A refresh token, as self-authorisation in the portal shows it."""
        refresh_token = refresh_token or f"Atzr|{self._secret_text(96)}"
        self.refresh_tokens[refresh_token] = (client_id, merchant_token)
        return refresh_token

    def issue_code(self, client_id, merchant_token, redirect_uri, now):
        """The `spapi_oauth_code` of the consent page: five minutes, one use."""
        code = f"ANsim{self._secret_text(20)}"
        self.codes[code] = Code(
            client_id, merchant_token, redirect_uri, now + CODE_LIFE
        )
        return code

    def revoke(self, refresh_token):
        """The seller removes the application: its access tokens die too."""
        self.refresh_tokens.pop(refresh_token, None)
        self.access_tokens = {
            text: token
            for text, token in self.access_tokens.items()
            if token.refresh_token != refresh_token
        }

    def token(self, form, now):
        """Answer `POST /auth/o2/token`; LwaError if refused."""
        grant = form.get("grant_type", "")
        if not grant:
            raise LwaError(400, "invalid_request", "The grant type is missing")
        if grant not in REQUIRED:
            text = "The authorization grant type is not supported"
            raise LwaError(400, "unsupported_grant_type", text)
        application = self._application(form, now)
        if grant not in application.grants:
            text = "The client is not authorized to use this grant type"
            raise LwaError(400, "unauthorized_client", text)
        for name in REQUIRED[grant]:
            if not form.get(name):
                text = f"The request is missing a required parameter : {name}"
                raise LwaError(400, "invalid_request", text)
        return Answer(200, getattr(self, f"_{grant}")(application, form, now))

    def _application(self, form, now):
        application = self.applications.get(form.get("client_id"))
        end = application and application.secrets.get(form.get("client_secret"))
        if not end or end <= now:
            raise LwaError(401, "invalid_client", "Client authentication failed")
        return application

    def _refresh_token(self, application, form, now):
        refresh_token = form["refresh_token"]
        client_id, merchant_token = self.refresh_tokens.get(refresh_token, ("", ""))
        if not client_id:
            text = "The request has an invalid grant parameter : refresh_token"
            raise LwaError(400, "invalid_grant", text)
        if client_id != application.client_id:
            text = "The refresh token was not issued to this client"
            raise LwaError(400, "unauthorized_client", text)
        return self._issue(application, merchant_token, refresh_token, now)

    def _authorization_code(self, application, form, now):
        code = self.codes.pop(form["code"], None)
        uri = form.get("redirect_uri", "")
        if code is None or code.expires_at <= now or code.redirect_uri != uri:
            text = "The request has an invalid grant parameter : code"
            raise LwaError(400, "invalid_grant", text)
        if code.application_id != application.client_id:
            text = "The code was not issued to this client"
            raise LwaError(400, "unauthorized_client", text)
        refresh_token = self.authorise(application.client_id, code.merchant_token)
        return self._issue(application, code.merchant_token, refresh_token, now)

    def _client_credentials(self, application, form, now):
        scope = form["scope"]
        if scope not in SCOPES:
            raise LwaError(400, "invalid_scope", "The requested scope is invalid")
        text = self._store(AccessToken(application.client_id, "", 0, scope=scope), now)
        return self._body(text)

    def _issue(self, application, merchant_token, refresh_token, now):
        token = AccessToken(application.client_id, merchant_token, 0, refresh_token)
        return self._body(self._store(token, now), refresh_token)

    def restrict(self, token, resources, now):
        """A restricted data token of an access token's owner, as its text.

        :param resources: (method, path) of each restricted resource
        """
        kind = AccessToken(
            token.application_id,
            token.merchant_token,
            0,
            token.refresh_token,
            resources=frozenset(resources),
        )
        return self._store(kind, now, "Atz.sprdt")

    def _store(self, token, now, kind="Atza"):
        token.expires_at = now + self.token_life
        text = f"{kind}|{self._secret_text(96)}"
        self.access_tokens[text] = token
        return text

    def _body(self, text, refresh_token=None):
        body = {"access_token": text, "token_type": "bearer"}
        body["expires_in"] = int(self.token_life)
        if refresh_token:
            body["refresh_token"] = refresh_token
        return body
