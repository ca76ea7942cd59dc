#!/usr/bin/env python3
"""Writes the tables of this folder: those of ../sql as Arrow, and one with a column of each type.

  python3 -m venv v && v/bin/pip install pandas==3.0.6 pyarrow==25.0.1 && v/bin/python make.py
"""
import datetime
import decimal

import pandas
import pyarrow
import pyarrow.feather
import pyarrow.parquet

# What pandas writes unless told otherwise, packed by LZ4.
customers = pandas.read_parquet("../sql/customers.parquet")
customers.to_feather("customers.feather")

# Several record batches, and words as categories.
table = pyarrow.Table.from_pandas(customers)
table = table.set_column(3, "city", table["city"].dictionary_encode())
with pyarrow.ipc.new_file("customers.arrow", table.schema) as file:
    file.write_table(table, max_chunksize=16)

# Batches whose categories are told anew, in another order, and batches that add to those before.
def encoded(batch, words):
    numbers = [None if city is None else words.index(city) for city in batch["city"].to_pylist()]
    column = pyarrow.DictionaryArray.from_arrays(pyarrow.array(numbers, pyarrow.int8()), pyarrow.array(words))
    return batch.set_column(3, "city", column).to_batches()[0]


batches = [pyarrow.Table.from_pandas(customers[first : first + 5], preserve_index=False) for first in range(0, 40, 5)]
anew = []
added = []
words = []
for batch in batches:
    found = sorted({city for city in batch["city"].to_pylist() if city is not None})
    words = words + [city for city in found if city not in words]
    anew.append(encoded(batch, found[::-1]))
    added.append(encoded(batch, words))
zstd = pyarrow.ipc.IpcWriteOptions(compression="zstd")
with pyarrow.ipc.new_stream("customers.arrows", anew[0].schema, options=zstd) as stream:
    for batch in anew:
        stream.write_batch(batch)
deltas = pyarrow.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
with pyarrow.ipc.new_file("deltas.arrow", added[0].schema, options=deltas) as file:
    for batch in added:
        file.write_batch(batch)

# A column of each type, every seventh cell missing in a place of its own.
rows = 42
day = datetime.datetime(2026, 1, 1, 12)


def column(place, type, values):
    cells = [None if (i + place) % 7 == 3 else value for i, value in enumerate(values)]
    return pyarrow.array(cells, type)


def numbers(largest):
    return [largest - i * i for i in range(rows)]


kinds = {
    "int8": (pyarrow.int8(), [i - 20 for i in range(rows)]),
    "int16": (pyarrow.int16(), numbers(2**15 - 1)),
    "int32": (pyarrow.int32(), numbers(2**31 - 1)),
    "int64": (pyarrow.int64(), numbers(2**63 - 1)),
    "uint8": (pyarrow.uint8(), [255 - i for i in range(rows)]),
    "uint16": (pyarrow.uint16(), numbers(2**16 - 1)),
    "uint32": (pyarrow.uint32(), numbers(2**32 - 1)),
    "uint64": (pyarrow.uint64(), numbers(2**64 - 1)),
    "float16": (pyarrow.float16(), [i / 4 for i in range(rows)]),
    "float32": (pyarrow.float32(), [i / 3 if i % 5 else float("nan") for i in range(rows)]),
    "float64": (pyarrow.float64(), [i / 7 - 3 for i in range(rows)]),
    "decimal": (pyarrow.decimal128(9, 2), [decimal.Decimal(i * i) / 100 for i in range(rows)]),
    "wide": (pyarrow.decimal256(40, 3), [decimal.Decimal(i * i) / 1000 for i in range(rows)]),
    "truth": (pyarrow.bool_(), [i % 3 == 0 for i in range(rows)]),
    "word": (pyarrow.string(), [["Oslo", " Łódź", ""][i % 3] for i in range(rows)]),
    "large": (pyarrow.large_string(), [["a", "b"][i // 2 % 2] for i in range(rows)]),
    "digits": (pyarrow.string(), [str(i) + ".5" for i in range(rows)]),
    "category": (pyarrow.dictionary(pyarrow.int8(), pyarrow.string()), [["x", "y", "z"][i % 3] for i in range(rows)]),
    "code": (pyarrow.dictionary(pyarrow.int32(), pyarrow.int64()), [[5, 7, 9][i % 3] for i in range(rows)]),
    "nothing": (pyarrow.null(), [None] * rows),
    "date": (pyarrow.date32(), [(day + datetime.timedelta(i)).date() for i in range(rows)]),
    "date64": (pyarrow.date64(), [(day - datetime.timedelta(i * 999)).date() for i in range(rows)]),
    "time": (pyarrow.time64("us"), [datetime.time(i % 24, i, i, i * 1000) for i in range(rows)]),
    "stamp": (pyarrow.timestamp("ns"), [day + datetime.timedelta(seconds=i / 8) for i in range(rows)]),
    "zoned": (pyarrow.timestamp("us", "UTC"), [day - datetime.timedelta(days=i * 999) for i in range(rows)]),
    "bytes": (pyarrow.binary(), [b"\0\1"] * rows),
    "list": (pyarrow.list_(pyarrow.int64()), [[1, 2]] * rows),
    "structure": (pyarrow.struct([("a", pyarrow.int64())]), [{"a": 1}] * rows),
    "label": (pyarrow.string(), [["yes", "no"][i // 4 % 2] for i in range(rows)]),
}
columns = {name: column(place, *kind) for place, (name, kind) in enumerate(kinds.items())}
columns["label"] = pyarrow.array(kinds["label"][1])
table = pyarrow.table(columns)
with pyarrow.ipc.new_file("types.arrow", table.schema) as file:
    file.write_table(table, max_chunksize=10)
pyarrow.parquet.write_table(table, "types.parquet")

# Types that Parquet has not.
views = pyarrow.table(
    {
        "view": pyarrow.array(["a", "a word that is longer than twelve letters", None] * 4, pyarrow.string_view()),
        "length": pyarrow.array([datetime.timedelta(seconds=5)] * 12),
        "x": pyarrow.array(range(12)),
    }
)
pyarrow.feather.write_feather(views, "views.feather", compression="uncompressed")
