"""A notebook as a command: [python3, notebook.py, notebook.ipynb]. Runs it once for each unit
folder.

The notebook finds the folder in the environment, as CVRLAB_UNIT. It is kept there as it ran, with
its output.
"""

import os
import subprocess
import sys

notebook, *units = sys.argv[1:]
for unit in units:
    unit = os.path.abspath(unit)
    run = ["jupyter", "nbconvert", "--to", "notebook", "--execute", notebook]
    run += ["--output-dir", unit, "--output", "ran.ipynb", "--log-level", "ERROR"]
    subprocess.run(run, env={**os.environ, "CVRLAB_UNIT": unit}, check=True)
