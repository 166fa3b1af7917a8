"""What the service layer needs from the adapters, as protocols: one file per subject.

``store`` and ``upstream`` implement these; ``service`` knows nothing else of them (docs/design.md
§5). Import from the subject's module: this package itself has no names.
"""
