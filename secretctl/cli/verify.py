"""``verify``: would the server accept this credential, and why not."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from secretctl.cli import inputs, options
from secretctl.cli.output import emit, emit_json, note, say, warn
from secretctl.errors import UsageError
from secretctl.model import KINDS, Client, Credential, Refusal, Request, Resource

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.authenticate import Authenticator
    from secretctl.model import Der, Kind, Principal, SecretText, Target, Verdict
    from secretctl.parsers.http import Capture
    from secretctl.profiles import Profile
    from secretctl.stores import Store

_EXPLAINED_METHODS = frozenset({"client_secret_basic", "client_secret_post"})
_PLAIN_REASONS = frozenset({None, "no_credential", "disabled", "expired"})  # None: it was accepted
_SOURCES = ("request", "basic", "form", "assertion", "batch")


def verify(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="[TARGET]",
            help="Whose secret or TLS certificate it is, where no request says so.",
            show_default=False,
        ),
    ] = None,
    request: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A captured HTTP request, raw or by curl; - is stdin.", show_default=False),
    ] = None,
    basic: Annotated[
        str | None, typer.Option(metavar="FILE", help="An Authorization header, or its value.", show_default=False)
    ] = None,
    form: Annotated[
        str | None, typer.Option(metavar="FILE", help="An x-www-form-urlencoded body.", show_default=False)
    ] = None,
    assertion: Annotated[
        str | None, typer.Option(metavar="FILE", help="A client assertion (JWT).", show_default=False)
    ] = None,
    batch: Annotated[
        str | None, typer.Option(metavar="FILE", help="Newline-delimited JSON, streamed.", show_default=False)
    ] = None,
    client_cert: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The certificate that TLS presented (PEM, DER, base64).", show_default=False),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="client|resource", help="Whose id a request holds [default: client].")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="P", help="Judge by another server's rules.", show_default=False)
    ] = None,
    audience: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="What an assertion's aud must be; may be repeated.", show_default=False),
    ] = None,
    require_typ: Annotated[
        bool, typer.Option("--require-typ", help="An assertion's typ must be client-authentication+jwt.")
    ] = False,
    trust: Annotated[
        str | None, typer.Option(metavar="CA.pem", help="The CA bundle for subject names.", show_default=False)
    ] = None,
    replay_cache: Annotated[
        str | None, typer.Option(metavar="FILE", help="Let each jti pass once, across runs.", show_default=False)
    ] = None,
    secret_file: options.SecretFileOption = None,
    secret_env: options.SecretEnvOption = None,
    from_keyring: options.FromKeyringOption = False,
    prompt: options.PromptOption = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say what probably went wrong.")] = False,
    at: options.AtOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> int:
    """Say whether the server would accept a credential, and why not.

    \b
    secretctl verify client/web --secret-file secret.txt --explain
    secretctl verify --request captured.http --json
    """
    source = inputs.SecretSource(secret_file, secret_env, from_keyring, prompt)
    files = dict(zip(_SOURCES, (request, basic, form, assertion, batch), strict=True))
    presented = _Presented(
        target, {name: path for name, path in files.items() if path is not None}, source, client_cert, _kind(kind)
    )
    profile = options.profile_name(profile)
    now = options.clock(at)
    store = options.open_registry_store(registry, settings)
    from secretctl.authenticate import authenticator_for

    authenticator = authenticator_for(
        store.find,
        store.settings(),
        profile=profile,
        audiences=tuple(audience) if audience else None,
        require_typ=require_typ,
        trust=trust,
        replay_cache=replay_cache,
    )
    if batch is not None:
        return _verify_batch(batch, store if explain else None, authenticator, presented.kind or "client", now)
    verdict = presented.judged(store, authenticator, now, explain=explain)
    warn(*verdict.warnings)
    if json:
        emit_json(verdict.as_dict())
    else:
        from secretctl.render.verdict_text import verdict_text

        emit(verdict_text(verdict))
        if not explain and _may_be_explained(verdict):
            say("hint: --explain tries what people do wrong with such a secret, and names the mistake")
    return 0 if verdict.accepted else 1


def _may_be_explained(verdict: "Verdict") -> bool:
    """Whether a shared secret was refused, for a reason that does not say it all."""
    return verdict.method in _EXPLAINED_METHODS and verdict.reason not in _PLAIN_REASONS


def _kind(text: str | None) -> "Kind | None":
    """What ``--kind`` names; IdentityServer3 called a resource a scope."""
    if text is None:
        return None
    return options.one_of("resource" if text == "scope" else text, KINDS, what="kind")


class _Presented:
    """What the command line presents: exactly one credential, or a batch."""

    def __init__(
        self,
        target: str | None,
        files: dict[str, str],
        source: inputs.SecretSource,
        client_cert: str | None,
        kind: "Kind | None",
    ) -> None:
        self.target = target
        self.files = files
        self.source = source
        self.client_cert = client_cert
        self.kind = kind
        self._capture: Capture | None = None
        if len(self.files) + (self.target is not None) != 1:
            raise UsageError(
                "one_credential",
                "verify takes one credential",
                hint="give a TARGET with a secret, or one of --request, --basic, --form, --assertion and --batch",
            )
        if self.target is None and self.source.given:
            raise UsageError(
                "secret_needs_target", "a secret goes with a TARGET", hint="name client/ID or resource/NAME"
            )
        if self.client_cert is not None and ("assertion" in self.files or "batch" in self.files):
            raise UsageError(
                "client_cert_misplaced",
                "--client-cert goes with a TARGET, --request, --basic or --form",
                hint="in a batch, each line may hold client_cert",
            )
        if list(self.files.values()).count("-") + (self.source.file == "-") + (self.client_cert == "-") > 1:
            raise UsageError("stdin_twice", "stdin can be read once only", hint="put one of the inputs into a file")

    def judged(self, store: "Store", authenticator: "Authenticator", now: "datetime", *, explain: bool) -> "Verdict":
        """The verdict, with its explanations where they are wanted."""
        from secretctl.authenticate import presented_der

        presented = inputs.read_input(self.client_cert, what="certificate") if self.client_cert else None
        request: Request | None = None
        explained: Credential | Refusal
        if self.target is None:
            kind = self.kind or "client"
            request = self._request(presented)
            certificate = presented_der(request.client_cert)
            credential = explained = authenticator.credential(request, certificate)
        else:
            certificate = presented_der(presented)
            principal, target = _lookup(store, self.target, self.kind)
            kind = target.kind
            explained = self._named(store, principal, target, certificate, now)
            credential = _within_limits(explained, authenticator.profile)
        verdict = authenticator.answer(credential, kind=kind, now=now, certificate=certificate)
        if self._capture is not None:
            verdict = _with_remarks(verdict, self._capture, authenticator.profile)
        if not explain or verdict.accepted:
            return verdict
        from secretctl.explain import explain as explanations

        found = explanations(explained, kind=kind, store=store, profile=authenticator.profile, now=now, request=request)
        return verdict._replace(explanations=found)

    def _named(
        self,
        store: "Store",
        principal: "Principal | None",
        target: "Target",
        certificate: "Der | Refusal | None",
        now: "datetime",
    ) -> Credential | Refusal:
        """The credential of a TARGET, as it was given: its secret, or its TLS certificate where that is all there is."""
        if certificate is not None and not self.source.given:
            return (
                certificate._replace(id=target.id)
                if isinstance(certificate, Refusal)
                else Credential("tls_client_auth", target.id, certificate=certificate)
            )
        return Credential("client_secret_basic", target.id, self._secret(store, principal, target, now))

    def _secret(self, store: "Store", principal: "Principal | None", target: "Target", now: "datetime") -> "SecretText":
        def from_keyring() -> "SecretText":
            from secretctl.delivery.keyring import read_from_keyring

            known = principal or (Client(target.id) if target.kind == "client" else Resource(target.id))
            return read_from_keyring(store.settings().name, known, now)

        return self.source.read(from_keyring=from_keyring)

    def _request(self, certificate: bytes | None) -> Request:
        ((form, path),) = self.files.items()
        data = inputs.read_input(path, what="header" if form == "basic" else form)
        if form == "request":
            from secretctl.crypto.text_encoding import utf8
            from secretctl.parsers.http import read_capture

            self._capture = read_capture(utf8(data))
            request = self._capture.request
            return request if certificate is None else request._replace(client_cert=certificate)
        data = inputs.cut_newline(data)
        if form == "basic":
            return Request(authorization=_basic_value(data), client_cert=certificate)
        if form == "form":
            return Request(form=data, client_cert=certificate)
        from secretctl.builders.assertion import assertion_form

        return Request(form=assertion_form(data.decode("utf-8", "replace").strip()))


def _with_remarks(verdict: "Verdict", capture: "Capture", profile: "Profile") -> "Verdict":
    """The verdict with what is to be said of the capture itself."""
    doubts = capture.doubts if profile.several_credentials == "refuse" else ()  # strict in what it takes
    gap = () if capture.gap is None else (capture.gap,)
    if verdict.reason == "no_credential" and capture.unread:
        detail = f"{verdict.detail}; its body is {capture.unread}, which servers do not read"
        verdict = verdict._replace(detail=detail)
    return verdict._replace(warnings=(*verdict.warnings, *doubts, *gap))


def _within_limits(credential: Credential | Refusal, profile: "Profile") -> Credential | Refusal:
    """What is left of a credential that was typed under the limits of a profile."""
    from secretctl.authenticate import typed_credential

    if isinstance(credential, Refusal) or credential.secret is None:
        return credential
    return typed_credential(credential.id, credential.secret, profile)


def _lookup(store: "Store", text: str, kind: "Kind | None") -> "tuple[Principal | None, Target]":
    """The principal that TARGET names, if there is one. An unknown one is rejected, not an error."""
    from secretctl.operations.targets import find_target

    principal, target = find_target(store, text, kind=kind)
    if principal is None and os.path.isfile(text):  # noqa: PTH113 - Path's raises for names that no file can have
        note(f"{text!a} is a file: a captured request goes with --request, a header with --basic")
    return principal, target


def _basic_value(data: bytes) -> str:
    """The value of a header line, of a bare value, or of nothing but the base64."""
    text = data.decode("latin-1").strip()
    name, colon, value = text.partition(":")
    if colon and name.strip().lower() == "authorization":
        text = value.strip()
    return text if " " in text else f"Basic {text}"


def _verify_batch(
    path: str, explained_by: "Store | None", authenticator: "Authenticator", kind: "Kind", now: "datetime"
) -> int:
    from secretctl.cli.batch import run_batch

    if explained_by is None:
        return run_batch(path, authenticator, kind, now)
    from secretctl.explain import Explainer

    return run_batch(path, authenticator, kind, now, explain=Explainer(explained_by, authenticator.profile))
