# Find ganutils: in this clone, installed, or else install it from its repository.
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

if not (3, 10) <= sys.version_info < (3, 14):
    sys.exit(f"Choose a kernel with Python 3.10 to 3.13, not {sys.version.split()[0]}.")
folders = [Path.cwd(), *Path.cwd().parents]
clone = next((f for f in folders if (f / "ganutils" / "__init__.py").is_file()), None)
if clone:
    sys.path.insert(0, str(clone))
elif importlib.util.find_spec("ganutils") is None:
    package = "git+{{repository}}"
    pip = [sys.executable, "-m", "pip", "install", "-q", package]
    done = subprocess.run(pip, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        reason = re.search("(fatal|ERROR): .*|$", done.stderr)[0]
        sys.exit(f"pip cannot install {package}; it needs a network and git. {reason}")
    importlib.invalidate_caches()
if importlib.util.find_spec("tensorflow") is None:
    sys.exit(f"{sys.executable} has no TensorFlow. Run `make lab` and use its kernel.")
importlib.import_module("ganutils.kit.runtime").prepare()  # TensorFlow without its log
