"""Adapter: the organisation's identity provider, by OpenID Connect (domain/ports/identities.py).

The only package that speaks HTTP to the outside, and the only one that knows of tokens. Nothing of
what a provider says is believed before it is verified, and nothing of it is of unlimited size or
time. Must never log or raise with a token, a code or the client's secret in it.
"""
