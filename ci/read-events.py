"""Reads event files with TensorBoard's own reader and compares them with the history of the same training, a CSV file.

Usage: read-events.py DIR HISTORY
"""

import csv
import pathlib
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def float32(text):
    return struct.unpack("f", struct.pack("f", float(text)))[0]


folder, history = sys.argv[1:]
expected = {}
with open(history, encoding="utf-8") as file:
    for row in csv.DictReader(file):
        run = f"{row['family']}-fold{int(row['fold']) + 1}" if "family" in row else "network"
        tags = expected.setdefault(run, {})
        for column, text in row.items():
            part, _, name = column.partition("_")
            if part in ("train", "dev") and text:
                tags.setdefault(f"{name}/{part}", []).append((int(row["epoch"]), float32(text)))

values = 0
for run, tags in expected.items():
    [training] = pathlib.Path(folder).iterdir()
    events = EventAccumulator(str(training / run), size_guidance={"scalars": 0})
    events.Reload()
    assert sorted(events.Tags()["scalars"]) == sorted(tags), (run, events.Tags()["scalars"], sorted(tags))
    for tag, known in tags.items():
        read = [(event.step, event.value) for event in events.Scalars(tag)]
        assert read == known, (run, tag, read[:3], known[:3])
        values += len(read)
assert values > 0, "nothing was read"
print(f"TensorBoard reads {values} values of {len(expected)} runs as the history has them.")
