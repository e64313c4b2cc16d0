"""Spreadsheets that mean harm are refused by name, quickly and in little memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.hostile_sheets import HOSTILE

# In a process of its own, whose memory is its own; only a guard against hanging, no measure.
PATIENCE = 60
MEGABYTES = 200
READ = """
import re, sys, time
from registry.domain.errors import InvalidInput
from registry.sheets.reading import read_sheet
began = time.process_time()
with open(sys.argv[1], "rb") as content:
    try:
        read_sheet(content)
    except InvalidInput as refused:
        code = refused.problems[0].code
# Not ru_maxrss, in which a process begins with the peak of who started it.
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
print(code, peak // 1024, round(time.process_time() - began, 1))
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_is_refused_by_name_and_costs_little(name: str, tmp_path: Path) -> None:
    make, code = HOSTILE[name]
    file = tmp_path / "hostile"
    file.write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", READ, str(file)],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    found, megabytes, seconds = done.stdout.split()
    assert found == code
    assert int(megabytes) < MEGABYTES
    # Of the processor's time, which others on the machine do not lengthen.
    assert float(seconds) < 5
