"""The commands of ``proxyd``, one file per group; ``proxyd.cli`` puts them together.

They read what was typed, call one service and show the result. What a service refuses becomes a
sentence and an exit code in ``failure.py``, nowhere else.
"""
