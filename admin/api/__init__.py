"""The HTTP API: what the command line and the pages do, for programs (docs/api.md).

One table of routes (routes.py) is router, OpenAPI document, and list of what the tests play. Must
never know a cookie, nor decide what a service decides.
"""
