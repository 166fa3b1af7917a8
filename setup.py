"""What pyproject.toml can't say: each build begins in an empty directory of its own.

setuptools copies into build/lib and takes along whatever lies there: a module that was removed
would come back with the next "pip install .". A checkout that is read only can be built as well.
"""

import atexit
import os
import shutil
import tempfile

from setuptools import setup

scratch = tempfile.mkdtemp(prefix="proxyd-build-")
atexit.register(shutil.rmtree, scratch, ignore_errors=True)
options = {"build": {"build_base": scratch}}
if not os.access(".", os.W_OK):
    options["egg_info"] = {"egg_base": scratch}

setup(options=options)
