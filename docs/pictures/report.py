#!/usr/bin/env python3
"""Takes two plots out of the page that `shallownet train` writes of examples/customers.csv: report.svg, beside this script.

  docs/pictures/report.py

The plots are the page's own, side by side, with its style sheet for plots. Needs Python alone.
"""
import re
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TITLES = ["ROC curve", "Importance of columns"]
GAP = 20

with tempfile.TemporaryDirectory() as folder:
    page_file = Path(folder) / "customers.html"
    subprocess.run(
        [ROOT / "shallownet", "train", ROOT / "examples" / "customers.csv", "--target", "status", "--quiet",
         "--out", Path(folder) / "customers.onnx", "--report", page_file], check=True, stdout=subprocess.DEVNULL)
    page = page_file.read_text(encoding="utf-8")

style = re.search(r'<style id="plots">(.*?)</style>', page, re.DOTALL).group(1)
plots = []
left = height = 0
for title in TITLES:
    plot = re.search(rf'<svg [^>]*aria-label="{title}".*?</svg>', page, re.DOTALL).group(0)
    own_width, own_height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', plot).groups())
    place = f'<svg x="{left:g}" width="{own_width:g}" height="{own_height:g}"'
    plots.append(plot.replace("<svg", place, 1))
    left += own_width + GAP
    height = max(height, own_height)
width = left - GAP
(HERE / "report.svg").write_text(
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">\n'
    f'<style>{style}</style>\n<rect width="100%" height="100%" fill="var(--paper)"/>\n' + "\n".join(plots) + "\n</svg>\n",
    encoding="utf-8")
