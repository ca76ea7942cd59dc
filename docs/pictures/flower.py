#!/usr/bin/env python3
"""Draws what three networks make of examples/planar.csv: flower.svg, beside this script.

  docs/pictures/flower.py

Each network is trained by `shallownet train` with the options below, and `shallownet predict` says for each point of a fine
grid how probable class 1 is there: that is what the colours show. The accuracy above a panel is the one that `train --json`
gives for the 80 rows that it held out. Needs Python alone.
"""
import csv
import io
import json
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TABLE = ROOT / "examples" / "planar.csv"
NETWORKS = [
    ("Logistic regression", ["--hidden", "none"]),
    ("4 tanh units", ["--hidden", "4", "--activation", "tanh"]),
    ("64 tanh units", ["--hidden", "64", "--activation", "tanh"]),
]
SIDE = 4.6  # the panels show x1 and x2 from -SIDE to SIDE
POINTS = 101  # of the grid, along each side
LEVELS = [i / 10 for i in range(1, 10)]  # probabilities between which a band has one colour
COLOURS = ["#b2481f", "#cc6d43", "#df9570", "#eebca1", "#f6dfd2", "#d6e5ef", "#a9cbe0", "#78abcd", "#4a88b5", "#27659a"]
DARK = ("#8f330f", "#154a78")
PANEL, GAP, TOP, BOTTOM = 260, 24, 44, 40


def shallownet(*arguments):
    return subprocess.run([str(ROOT / "shallownet"), *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout


def grid():
    """The places of the grid's points along a side."""
    return [SIDE * (2 * i / (POINTS - 1) - 1) for i in range(POINTS)]


def train(options, folder, points):
    """Gives back the accuracy on the held-out rows and a row of probabilities for each x2 of the grid."""
    model = Path(folder) / "model.onnx"
    report = json.loads(shallownet("train", TABLE, "--target", "label", *options, "--out", model, "--json", "--quiet"))
    answers = list(csv.DictReader(io.StringIO(shallownet("predict", model, points, "--probabilities"))))
    column = next(name for name in answers[0] if name.endswith("1"))
    values = [float(answer[column]) for answer in answers]
    return report["dev"]["accuracy"], [values[i : i + POINTS] for i in range(0, len(values), POINTS)]


def outlines(field, level):
    """The closed lines around where a field of rows is at least the level, in units of the grid: marching squares."""
    low = [[-1.0] * (POINTS + 2)]
    field = low + [[-1.0, *row, -1.0] for row in field] + low
    follows = {}
    for y in range(POINTS + 1):
        for x in range(POINTS + 1):
            corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]
            inside = [field[cy][cx] >= level for cx, cy in corners]
            edges = [(corners[i], corners[(i + 1) % 4]) for i in range(4)]
            # Around the cell, inside on the left: a line begins where the way goes in, and ends where it goes out.
            leaves = [i for i in range(4) if inside[i] and not inside[(i + 1) % 4]]
            enters = [i for i in range(4) if not inside[i] and inside[(i + 1) % 4]]
            for i in leaves:
                j = next(k % 4 for k in range(i + 1, i + 5) if k % 4 in enters)
                follows[frozenset(edges[i])] = frozenset(edges[j])
    lines = []
    while follows:
        edge, following = follows.popitem()
        first, line = edge, [edge]
        while following != first:
            line.append(following)
            following = follows.pop(following)
        lines.append([crossing(field, e, level) for e in line])
    return lines


def crossing(field, edge, level):
    """Where the field crosses the level on an edge; at the field's own border, the point inside."""
    (ax, ay), (bx, by) = sorted(edge)
    a, b = field[ay][ax], field[by][bx]
    share = 1.0 if a < 0 else 0.0 if b < 0 else (level - a) / (b - a)
    return ax + share * (bx - ax) - 1, ay + share * (by - ay) - 1


def path(lines):
    """Closed lines as the commands of an SVG path, in tenths of a pixel, each point from the one before."""
    unit = 10 * PANEL / (POINTS - 1)
    commands = []
    for line in lines:
        places = [(round(x * unit), 10 * PANEL - round(y * unit)) for x, y in line]
        steps = [(x - a, y - b) for (a, b), (x, y) in zip(places, places[1:]) if (x, y) != (a, b)]
        if steps:
            commands.append(f"M{places[0][0]} {places[0][1]}l" + " ".join(f"{x} {y}" for x, y in steps) + "z")
    return "".join(commands)


def dots(rows):
    parts = ['<defs><g id="dots" stroke="#ffffff" stroke-width="0.7">']
    for x1, x2, label in rows:
        x, y = (x1 / SIDE + 1) / 2 * PANEL, (1 - x2 / SIDE) / 2 * PANEL
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{DARK[label]}"/>')
    return [*parts, "</g></defs>"]


def panel(title, accuracy, field, left):
    parts = [f'<g transform="translate({left} {TOP})">', f'<rect width="{PANEL}" height="{PANEL}" fill="{COLOURS[0]}"/>']
    parts.append('<g transform="scale(0.1)" clip-path="url(#inside)">')
    for level, colour in zip(LEVELS, COLOURS[1:]):
        parts.append(f'<path d="{path(outlines(field, level))}" fill="{colour}" fill-rule="evenodd"/>')
    parts.append(f'<path d="{path(outlines(field, 0.5))}" fill="none" stroke="#ffffff" stroke-width="14"/>')
    parts.append("</g>")
    parts.append('<use href="#dots"/>')
    parts.append(f'<rect width="{PANEL}" height="{PANEL}" fill="none" stroke="#8a8f98" stroke-width="2"/>')
    parts.append(f'<text x="0" y="-26" font-size="15" font-weight="600" fill="#1f2328">{title}</text>')
    parts.append(f'<text x="0" y="-9" font-size="12" fill="#57606a">right on {100 * accuracy:.1f} % of 80 rows held out</text>')
    parts.append("</g>")
    return parts


def main():
    with open(TABLE, newline="", encoding="utf-8") as file:
        rows = [(float(r["x1"]), float(r["x2"]), int(r["label"])) for r in csv.DictReader(file)]
    width, height = 3 * PANEL + 4 * GAP, TOP + PANEL + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="-apple-system, Segoe UI, Helvetica, Arial, sans-serif">',
        f'<clipPath id="inside"><rect width="{10 * PANEL}" height="{10 * PANEL}"/></clipPath>',
        f'<rect width="{width}" height="{height}" rx="6" fill="#ffffff"/>',
        *dots(rows),
    ]
    with tempfile.TemporaryDirectory() as folder:
        points = Path(folder) / "grid.csv"
        points.write_text("x1,x2\n" + "".join(f"{x1!r},{x2!r}\n" for x2 in grid() for x1 in grid()), encoding="utf-8")
        for i, (title, options) in enumerate(NETWORKS):
            parts += panel(title, *train(options, folder, points), GAP + i * (PANEL + GAP))
    x, y = GAP, TOP + PANEL + 15
    for i, colour in enumerate(COLOURS):
        parts.append(f'<rect x="{x + 140 + 16 * i}" y="{y}" width="16" height="10" fill="{colour}"/>')
    style = 'font-size="12" fill="#57606a"'
    parts.append(f'<text x="{x}" y="{y + 9}" {style}>surely class 0 (red)</text>')
    parts.append(f'<text x="{x + 140 + 16 * len(COLOURS) + 8}" y="{y + 9}" {style}>surely class 1 (blue)</text>')
    parts.append(f'<text x="{width - GAP}" y="{y + 9}" {style} text-anchor="end">white line: probability 0.5 · dots: the 400 rows</text>')
    parts.append("</svg>\n")
    (HERE / "flower.svg").write_text("\n".join(parts), encoding="utf-8")
    print(HERE / "flower.svg")


if __name__ == "__main__":
    main()
